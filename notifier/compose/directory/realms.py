"""The directory of ``directory.yaml``: realms made of stores in priority order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from notifier.compose.directory.port import Store, User
from notifier.compose.directory.registry import open_store
from notifier.configuration import DirectoryConfig, StoreConfig

#: Makes the store of a name; it doesn't connect before it is asked.
OpenStore = Callable[[str, StoreConfig], Store]


class RealmDirectory:
    """Asks the stores of a realm in their order; a user name found in two of them is the first one's."""

    def __init__(self, config: DirectoryConfig, opener: OpenStore = open_store) -> None:
        self._admins = {name: {"username": name, **attributes} for name, attributes in config.internal_admins.items()}
        self._stores = {name: opener(name, store) for name, store in config.stores.items()}
        self._realms: dict[str, tuple[str, ...]] = {}
        for realm, names in config.realms.items():
            known = self._realms.get(realm.lower(), ())
            self._realms[realm.lower()] = tuple(dict.fromkeys((*known, *(n for n in names if n in self._stores))))
        self._default = config.default_realm.lower()

    def user(self, username: str, realm: str) -> User | None:
        """See the port; an empty realm is the default one."""
        realm = realm.lower() or self._default
        # No store is asked for what can't be a name: one says so, another fails for good.
        if not username.isprintable():
            return None
        for name in self._realms.get(realm, ()) if username else ():
            user = self._stores[name].user(username)
            if user is not None:
                return _user(user, realm, name)
        return None

    def members(self, realm: str) -> Iterable[User] | None:
        """See the port."""
        names = self._realms.get(realm.lower())
        return None if names is None else self._members(realm.lower(), names)

    def internal_admin(self, name: str) -> User | None:
        """See the port."""
        return self._admins.get(name)

    def close(self) -> None:
        """Leave no store open."""
        for store in self._stores.values():
            store.close()

    def _members(self, realm: str, names: Sequence[str]) -> Iterator[User]:
        seen: set[str] = set()
        for name in names:
            # What the last store has needn't be remembered: a realm of one store needs no memory.
            last = name == names[-1]
            for entry in self._stores[name].users():
                user = _user(entry, realm, name)
                username = str(user["username"] or "")
                if username and username in seen:
                    continue
                if not last:
                    seen.add(username)
                yield user


def _user(entry: Mapping[str, Any], realm: str, store: str) -> User:
    # Custom attributes come before a store's own (reference section 2.7).
    info = entry.get("info")
    further = info if isinstance(info, Mapping) else {}
    own = {key: value for key, value in entry.items() if key != "info"}
    return {"realm": realm, "resolver": store, **own, **further, "username": own.get("username", "")}
