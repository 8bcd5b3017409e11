"""The port of a directory: who somebody is, who belongs to a realm."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

User = Mapping[str, Any]


class Directory(Protocol):
    """Attributes are those of docs/events.md (``email``, ``mobile``, ``givenname`` ...), and any further one.

    Every method raises `notifier.errors.DirectoryUnavailable` while a store that has to be asked doesn't answer;
    `members` also on the way.
    """

    def user(self, username: str, realm: str) -> User | None:
        """The attributes of a user, or None."""
        ...

    def members(self, realm: str) -> Iterable[User] | None:
        """All users of a realm, read as they are asked for; None: there is no such realm."""
        ...

    def internal_admin(self, name: str) -> User | None:
        """The attributes of an internal admin, or None."""
        ...


class Store(Protocol):
    """Where some of the people live: one entry of ``stores``.

    Its users have ``username`` and what else the store knows; attributes under ``info`` come before those beside
    it. Connects when first asked, and raises `notifier.errors.DirectoryUnavailable` as the directory does.
    """

    def user(self, username: str) -> User | None:
        """The attributes of a user, or None."""
        ...

    def users(self) -> Iterable[User]:
        """Everybody, read page by page as they are asked for."""
        ...

    def close(self) -> None:
        """Leave nothing open; asked again, it opens again."""
        ...
