"""Realms and resolvers in conditions: only warnings, for events may carry people whom the directory doesn't have."""

from __future__ import annotations

from collections.abc import Iterator

from notifier.configuration import DirectoryConfig
from notifier.definitions.lint.finding import problem, unknown
from notifier.errors import Problem
from notifier.model import HandlerDefinition

REALMS = ("realm", "tokenrealm", "container_realm")
RESOLVERS = ("resolver", "tokenresolver", "container_resolver")


def people(d: HandlerDefinition, directory: DirectoryConfig) -> Iterator[Problem]:
    """Realms and resolvers that directory.yaml doesn't have; without any there nothing can be said."""
    realms = sorted(realm.lower() for realm in directory.realms)
    resolvers = sorted({*directory.stores, *(store for stores in directory.realms.values() for store in stores)})
    for name in (*REALMS, *RESOLVERS):
        known, kind = (realms, "realm") if name in REALMS else (resolvers, "resolver")
        given = d.conditions.get(name, ())
        for item in (given if isinstance(given, str) else ",".join(given)).split(","):
            # That blanks count, and in `realm` capitals, is the condition's own doubt.
            word = item.strip().lower() if name == "realm" else item.strip()
            if known and word and word not in known:
                yield unknown(d, f"conditions.{name}", kind, word, known, warning=True)
    yield from _deserted(d, directory)


def _deserted(d: HandlerDefinition, directory: DirectoryConfig) -> Iterator[Problem]:
    """Who is told are the members of a realm in which nobody can be."""
    realm = d.options.get("To admin realm", "")
    if d.options.get("To") == "admin realm" and isinstance(realm, str):
        stores = {name.lower(): stores for name, stores in directory.realms.items()}.get(realm.lower())
        if stores is not None and not stores:
            message = f"the realm {realm!r} has no stores: nobody is ever told"
            yield problem(d, "options.To admin realm", message, "list them in directory.yaml", warning=True)
