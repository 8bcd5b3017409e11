"""``directory.yaml``: realms made of stores, and the internal admins."""

from __future__ import annotations

from notifier.configuration import DirectoryConfig, StaticStoreConfig
from notifier.definitions.problems import did_you_mean, salvage
from notifier.definitions.schema import DirectoryFile, StoreEntry
from notifier.definitions.yamlfile import YamlFile

STORES = ("static", "ldap", "sql")


def directory_of(file: YamlFile) -> DirectoryConfig:
    """The directory; what is wrong in one store leaves the others as written."""
    parsed = salvage(file, DirectoryFile)
    for name, store in parsed.stores.items():
        _check_store(file, name, store)
    for realm, stores in parsed.realms.items():
        for i, store_name in enumerate(stores):
            if store_name not in parsed.stores:
                hint = did_you_mean(store_name, parsed.stores)
                file.problem(("realms", realm, i), f"realm {realm!r} names an unknown store {store_name!r}", hint)
    _check_realms(file, parsed)
    return DirectoryConfig(
        default_realm=parsed.default_realm,
        realms=parsed.realms,
        stores={name: StaticStoreConfig(tuple(s.users)) for name, s in parsed.stores.items() if s.type == "static"},
        internal_admins=parsed.internal_admins,
        superuser_realms=parsed.superuser_realms,
    )


def _check_store(file: YamlFile, name: str, store: StoreEntry) -> None:
    if store.type not in STORES:
        hint = did_you_mean(store.type, STORES) or f"known are {', '.join(STORES)}"
        file.problem(("stores", name, "type"), f"unknown type of store {store.type!r}", hint)
    elif store.type != "static":
        file.problem(("stores", name), f"stores of type {store.type!r} aren't built in yet", warning=True)
    else:
        known = list(StoreEntry.model_fields)
        for key in store.model_extra or {}:
            hint = did_you_mean(key, known) or f"known are {', '.join(known)}"
            file.problem(("stores", name, key), f"unknown key {key!r}", hint, key=True)


def _check_realms(file: YamlFile, parsed: DirectoryFile) -> None:
    # Realms are lower-case in the system taken over, whoever writes them.
    known = {realm.lower(): realm for realm in parsed.realms}
    default = parsed.default_realm
    if default and default.lower() not in known:
        hint = did_you_mean(default, parsed.realms)
        file.problem(("default_realm",), f"unknown realm {default!r}", hint)
    for i, realm in enumerate(parsed.superuser_realms):
        if realm.lower() not in known:
            hint = did_you_mean(realm, parsed.realms) or "nobody in it can be told anything"
            file.problem(("superuser_realms", i), f"unknown realm {realm!r}", hint, warning=True)
