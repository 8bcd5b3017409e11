"""What was found out about one event, for all definitions that meet it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from notifier.decide.verdict import Check
from notifier.errors import DirectoryUnavailable
from notifier.model import Event, TokenOwner

#: What the directory knows of a user, by name and realm; None: nothing. Raises DirectoryUnavailable.
LookUp = Callable[[str, str], Mapping[str, Any] | None]
#: The owner's attributes that have a place of their own in an event; others stand under ``info``.
_PLACES = (
    "username", "realm", "resolver", "uid", "givenname", "surname", "email", "mobile", "phone", "locale", "timezone",
)  # fmt: skip


class Seen:
    """Shared while one event meets its definitions: each condition is looked at once, the owner looked up once."""

    __slots__ = ("_failure", "_look_up", "_whole", "checks")

    def __init__(self, look_up: LookUp | None = None) -> None:
        #: By condition.
        self.checks: dict[object, Check] = {}
        self._look_up = look_up
        self._whole: Event | None = None
        self._failure: DirectoryUnavailable | None = None

    def whole(self, event: Event) -> Event:
        """The event with what the directory knows of its owner beside what it carries itself.

        Raises:
            DirectoryUnavailable: the directory is down; it isn't asked again.
        """
        if self._failure is not None:
            raise self._failure.with_traceback(None)
        if self._whole is None:
            try:
                self._whole = self._completed(event)
            except DirectoryUnavailable as failure:
                self._failure = failure
                raise
        return self._whole

    def _completed(self, event: Event) -> Event:
        owner = event.facts.tokenowner
        if self._look_up is None or owner is None or not owner.username:
            return event
        known = self._look_up(owner.username, owner.realm or "")
        return event if known is None else replace(event, facts=replace(event.facts, tokenowner=_joined(owner, known)))


def _joined(owner: TokenOwner, known: Mapping[str, Any]) -> TokenOwner:
    """The event's facts come first; with the directory's, all further attributes are known."""
    lacking = {name: known.get(name) for name in _PLACES if getattr(owner, name) is None}
    further = {name: value for name, value in known.items() if name not in _PLACES}
    return replace(owner, **lacking, info=further if owner.info is None else owner.info)
