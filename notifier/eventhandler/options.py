"""``options``: what a handler module is called with. A dict with fixed names, built from one event.

``g`` holds the facts about people and tokens, ``request`` and ``response`` the event's parts of these names,
``handler_def`` the definition. Where the caller is not our pipeline they may be plain mappings, shaped like the
parts of ``data`` in docs/events.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from notifier.compose.action import Composition
from notifier.decide.seen import Seen
from notifier.decide.verdict import Verdict
from notifier.definitions import fields
from notifier.errors import ConfigError
from notifier.intake.contract import parse
from notifier.model import (
    Challenge,
    Container,
    DeliveryRules,
    Event,
    HandlerDefinition,
    LoggedInUser,
    Message,
    OnUnknown,
    Skipped,
    Token,
    TokenOwner,
    Value,
)


@dataclass(frozen=True, slots=True)
class Context:
    """``g``: the event and its facts, by the names of ``data``; one for all definitions that meet the event."""

    event: Event
    #: What their conditions found out so far.
    seen: Seen = field(default_factory=Seen)

    @property
    def logged_in_user(self) -> LoggedInUser | None:
        """The caller."""
        return self.event.facts.logged_in_user

    @property
    def tokenowner(self) -> TokenOwner | None:
        """Whom the event is about."""
        return self.event.facts.tokenowner

    @property
    def token(self) -> Token | None:
        """The one token."""
        return self.event.facts.token

    @property
    def container(self) -> Container | None:
        """The one container."""
        return self.event.facts.container

    @property
    def challenge(self) -> Challenge | None:
        """The open challenges."""
        return self.event.facts.challenge

    @property
    def counters(self) -> Mapping[str, int] | None:
        """Named counters."""
        return self.event.facts.counters

    @property
    def client_ip(self) -> str | None:
        """The client's address."""
        return self.event.facts.request.client_ip if self.event.facts.request else None


@dataclass(slots=True)
class Findings:
    """What a handler module leaves behind: the verdict, the messages to plan, what it skipped and why."""

    verdict: Verdict | None = None
    messages: list[Message] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    #: Further messages, written while they are planned.
    compositions: list[Composition] = field(default_factory=list)

    def write(self) -> Iterator[Message]:
        """All messages, one by one; may be taken once, and `skipped` is complete after that.

        Raises:
            ComposeError: a message can't be written.
            DirectoryUnavailable: somebody has to be looked up, and the directory is down.
        """
        yield from self.messages
        for composition in self.compositions:
            yield from composition.messages
            self.skipped.extend(composition.skipped)


def options_for(context: Context, definition: HandlerDefinition) -> dict[str, Any]:
    """The ``options`` of one definition meeting one event."""
    facts = context.event.facts
    return {
        "g": context,
        "request": facts.request,
        "response": facts.response,
        "handler_def": definition,
        "findings": Findings(),
    }


def event_of(options: Mapping[str, Any], now: datetime) -> Event:
    """The event behind ``options``, whoever built them.

    Args:
        options: What a handler module is called with.
        now: When it happened, where plain mappings don't say (``g`` may have ``time``).

    Raises:
        UnreadableEvent: plain mappings were given that don't follow docs/events.md.
    """
    context = options.get("g")
    if isinstance(context, Context):
        return context.event
    data = {**(context or {}), "request": options.get("request"), "response": options.get("response")}
    time = data.pop("time", None)
    envelope = {"specversion": "1.0", "id": "options", "source": "options", "type": str(data.pop("event", "options"))}
    if time:
        envelope["time"] = str(time)
    return parse(json.dumps({**envelope, "data": data}).encode(), arrived=now)


def definition_of(options: Mapping[str, Any]) -> HandlerDefinition:
    """The definition behind ``options``: ours, or a mapping with its keys, whose values are read as in YAML.

    Raises:
        ConfigError: a mapping was given that can't be one.
    """
    given = options.get("handler_def") or {}
    if isinstance(given, HandlerDefinition):
        return given
    try:
        return HandlerDefinition(
            name=str(given.get("name") or "unnamed"),
            events=fields.names(given.get("event") or ()),
            action=str(given.get("action") or ""),
            conditions=_values(given.get("conditions")),
            on_unknown=OnUnknown(given.get("on_unknown") or OnUnknown.SKIP),
            options=_values(given.get("options")),
            delivery=DeliveryRules(),
        )
    except ValueError as error:
        raise ConfigError(f"handler_def: {error}") from None


def _values(given: Mapping[str, Any] | None) -> dict[str, Value]:
    read: dict[str, Value] = {}
    for name, value in (given or {}).items():
        try:
            read[str(name)] = fields.value(list(value) if isinstance(value, tuple) else value)
        except ValueError as error:
            raise ValueError(f"{name!r} {error}") from None
    return read
