"""``directory.yaml``: realms made of stores, and the internal admins."""

from __future__ import annotations

from typing import Any

from notifier.configuration import DirectoryConfig, StoreConfig
from notifier.definitions.problems import did_you_mean, salvage
from notifier.definitions.schema import DirectoryFile
from notifier.definitions.stores import TYPES
from notifier.definitions.yamlfile import YamlFile


def directory_of(file: YamlFile) -> DirectoryConfig:
    """The directory; what is wrong in one store leaves the others as written."""
    parsed = salvage(file, DirectoryFile)
    found = {name: _store(file, name, entry) for name, entry in parsed.stores.items()}
    for realm, stores in parsed.realms.items():
        for i, store_name in enumerate(stores):
            if store_name not in parsed.stores:
                hint = did_you_mean(store_name, parsed.stores)
                file.problem(("realms", realm, i), f"realm {realm!r} names an unknown store {store_name!r}", hint)
    _check_realms(file, parsed)
    return DirectoryConfig(
        default_realm=parsed.default_realm,
        realms=parsed.realms,
        stores={name: store for name, store in found.items() if store is not None},
        internal_admins=parsed.internal_admins,
        superuser_realms=parsed.superuser_realms,
    )


def _store(file: YamlFile, name: str, entry: dict[str, Any]) -> StoreConfig | None:
    given = entry.get("type", "static")
    store_of = TYPES.get(given) if isinstance(given, str) else None
    if store_of is not None:
        before = len(file.problems)
        store = store_of(file, name, entry)
        return None if any(not problem.warning for problem in file.problems[before:]) else store
    hint = did_you_mean(str(given), TYPES) or f"known are {', '.join(TYPES)}"
    file.problem(("stores", name, "type"), f"unknown type of store {given!r}", hint)
    return None


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
