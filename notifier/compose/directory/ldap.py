"""A store in an LDAP server: the entries that ``filter`` finds below ``base``."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from notifier.compose.directory.port import User
from notifier.configuration import LdapStoreConfig
from notifier.errors import DirectoryUnavailable, MissingExtra

if TYPE_CHECKING:
    from notifier.compose.directory.ldap_connection import LdapConnection

#: An entry's attributes by their names in lower case.
Entry = Mapping[str, Sequence[bytes]]
#: What may not stand in a filter's value (RFC 4515).
ESCAPED = str.maketrans({c: f"\\{ord(c):02x}" for c in "\\*()\0"})


class LdapStore:
    """Keeps a connection for each of those who ask at once; opens again what broke."""

    def __init__(self, name: str, config: LdapStoreConfig) -> None:
        self._name = name
        self._config = config
        self._process = os.getpid()
        #: Nobody is using these.
        self._idle: deque[LdapConnection] = deque()
        attributes = (*config.attributes.values(), *config.info.values())
        self._wanted = tuple(dict.fromkeys((config.login, *(name for names in attributes for name in names))))

    def user(self, username: str) -> User | None:
        """See the port."""
        condition = f"(&{self._config.filter}({self._config.login}={escape(username)}))"
        found = [self._user(entry, username) for entry in self._find(condition)]
        # The server compares as its schema says: in any case, usually.
        alike = [user for user in found if user["username"].casefold() == username.casefold()]
        return next((user for user in alike if user["username"] == username), alike[0] if alike else None)

    def users(self) -> Iterator[User]:
        """See the port."""
        # A connection of its own: pages are counted by connection.
        connection = self._open()
        try:
            for entry in connection.pages(self._config.filter, self._wanted, self._config.page_size):
                yield self._user(entry)
        finally:
            connection.close()

    def close(self) -> None:
        """See the port."""
        self._leave_to_the_parent()
        while self._idle:
            self._idle.pop().close()

    def _find(self, condition: str) -> Sequence[Entry]:
        self._leave_to_the_parent()
        try:
            kept = self._idle.pop()
        except IndexError:
            kept = None
        if kept is not None:
            try:
                return self._ask(kept, condition)
            except DirectoryUnavailable:
                # The server may end what nobody used for long: that says nothing of a new one.
                if not kept.lost:
                    raise
        return self._ask(self._open(), condition)

    def _ask(self, connection: LdapConnection, condition: str) -> Sequence[Entry]:
        entries, _ = connection.search(condition, self._wanted)
        self._idle.append(connection)
        return entries

    def _open(self) -> LdapConnection:
        try:
            # Loaded only where there is such a store: it is an extra.
            from notifier.compose.directory.ldap_connection import open_connection  # noqa: PLC0415
        except ImportError:
            raise MissingExtra("a store of type 'ldap'", "ldap") from None
        return open_connection(self._name, self._config)

    def _leave_to_the_parent(self) -> None:
        """A connection can't be shared with the process that this one was forked from."""
        if self._process != os.getpid():
            self._process = os.getpid()
            while self._idle:
                self._idle.pop().leave()

    def _user(self, entry: Entry, asked_for: str = "") -> User:
        config = self._config
        names = _texts(entry.get(config.login.lower(), ()))
        # Somebody may have several names, and was found by one of them.
        by = next((name for name in names if name.casefold() == asked_for.casefold()), names[0] if names else "")
        user = {
            ours: value for ours, theirs in config.attributes.items() if (value := self._value(entry, ours, theirs))
        }
        info = {ours: value for ours, theirs in config.info.items() if (value := self._value(entry, ours, theirs))}
        return {**user, "username": by, **({"info": info} if info else {})}

    def _value(self, entry: Entry, ours: str, theirs: Sequence[str]) -> str | list[str] | None:
        for name in theirs:
            values = _texts(entry.get(name.lower(), ()))
            if values:
                return values if ours in self._config.multivalue else values[0]
        return None


def escape(value: str) -> str:
    """A value as it may stand in a filter."""
    return value.translate(ESCAPED)


def _texts(values: Sequence[bytes]) -> list[str]:
    """What is text of an attribute's values; pictures and keys are nothing we could send."""
    found = []
    for value in values:
        try:
            found.append(value.decode())
        except UnicodeDecodeError:
            continue
    return found
