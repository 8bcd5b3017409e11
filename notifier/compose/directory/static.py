"""The directory as written in ``directory.yaml``: realms made of stores in priority order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from notifier.compose.directory.port import User
from notifier.configuration import DirectoryConfig


class StaticDirectory:
    """Indexed once; a user name found in two stores of a realm is the first store's."""

    def __init__(self, config: DirectoryConfig) -> None:
        self._admins = {name: {"username": name, **attributes} for name, attributes in config.internal_admins.items()}
        self._realms: dict[str, dict[str, User]] = {}
        for realm, stores in config.realms.items():
            users = self._realms.setdefault(realm.lower(), {})
            for store in stores:
                for number, entry in enumerate(config.stores.get(store, ())):
                    user = _user(entry, realm, store)
                    # Somebody without a user name is still a member.
                    users.setdefault(str(user["username"] or f"\0{store}\0{number}"), user)
        self._default = config.default_realm.lower()

    def user(self, username: str, realm: str) -> User | None:
        """See the port; an empty realm is the default one."""
        return self._realms.get(realm.lower() or self._default, {}).get(username)

    def members(self, realm: str) -> Iterable[User] | None:
        """See the port."""
        users = self._realms.get(realm.lower())
        return None if users is None else users.values()

    def internal_admin(self, name: str) -> User | None:
        """See the port."""
        return self._admins.get(name)


def _user(entry: Mapping[str, Any], realm: str, store: str) -> User:
    # Custom attributes come before a store's own (reference section 2.7).
    info = entry.get("info")
    further = info if isinstance(info, Mapping) else {}
    own = {key: value for key, value in entry.items() if key != "info"}
    return {"realm": realm, "resolver": store, **own, **further, "username": own.get("username", "")}
