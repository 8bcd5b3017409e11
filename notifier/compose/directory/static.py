"""A store whose users stand in ``directory.yaml`` itself."""

from __future__ import annotations

from collections.abc import Iterable

from notifier.compose.directory.port import User
from notifier.configuration import StaticStoreConfig


class StaticStore:
    """Indexed once; of two users with one name the first counts."""

    def __init__(self, config: StaticStoreConfig) -> None:
        self._users: dict[str, User] = {}
        for number, entry in enumerate(config.users):
            # Somebody without a user name is still a member.
            self._users.setdefault(str(entry.get("username") or f"\0{number}"), entry)

    def user(self, username: str) -> User | None:
        """See the port."""
        return self._users.get(username)

    def users(self) -> Iterable[User]:
        """See the port."""
        return self._users.values()

    def close(self) -> None:
        """Nothing is open."""
