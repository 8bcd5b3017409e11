"""What is known of a person: what the event carries, then what the directory has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from notifier.compose.directory.port import Directory
from notifier.model import LoggedInUser, TokenOwner

Person = TokenOwner | LoggedInUser
_FIELDS: Mapping[type, frozenset[str]] = {
    kind: frozenset(field.name for field in fields(kind)) - {"info"} for kind in (TokenOwner, LoggedInUser)
}


class Attributes:
    """One person's attributes by name; the directory is asked at most once, and only for what the event lacks.

    Further attributes (``info``) come before the usual ones, as custom attributes do in the system taken over
    (reference section 2.7). Known and empty is an answer: the directory isn't asked.
    """

    __slots__ = ("_directory", "_found", "_person")

    def __init__(self, person: Person | None, directory: Directory) -> None:
        self._person = person
        self._directory = directory
        self._found: Mapping[str, Any] | None = None

    def get(self, name: str) -> Any:
        """The value of an attribute, None where nobody knows."""
        person = self._person
        if person is None:
            return None
        value = person.info.get(name) if person.info else None
        if value is None and name in _FIELDS[type(person)]:
            value = getattr(person, name)
        return self._record.get(name) if value is None else value

    @property
    def found(self) -> bool:
        """The directory knows this person."""
        return bool(self._record)

    @property
    def _record(self) -> Mapping[str, Any]:
        if self._found is None:
            person = self._person
            known = self._directory.user(person.username, person.realm or "") if person and person.username else None
            self._found = known or {}
        return self._found
