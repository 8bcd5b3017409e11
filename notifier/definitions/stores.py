"""The stores of ``directory.yaml``, by their type. Nothing is connected to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from notifier.configuration import (
    LdapStoreConfig,
    Secret,
    SqlStoreConfig,
    StaticStoreConfig,
    StoreConfig,
)
from notifier.definitions.problems import did_you_mean, validate
from notifier.definitions.schema import LdapStoreEntry, SqlStoreEntry, StaticStoreEntry
from notifier.definitions.yamlfile import YamlFile
from notifier.errors import MissingExtra

#: Names of this machine: nobody listens between it and itself.
HERE = ("localhost", "127.0.0.1", "::1")


def static_store(file: YamlFile, name: str, content: dict[str, Any]) -> StoreConfig | None:
    """A store of type ``static``, or None after its problems were recorded."""
    entry = validate(file, StaticStoreEntry, content, ("stores", name))
    return None if entry is None else StaticStoreConfig(tuple(entry.users))


def sql_store(file: YamlFile, name: str, content: dict[str, Any]) -> StoreConfig | None:
    """A store of type ``sql``, or None after its problems were recorded."""
    place = ("stores", name)
    entry = validate(file, SqlStoreEntry, content, place)
    if entry is None:
        return None
    config = SqlStoreConfig(
        url=Secret(entry.url),
        password=Secret(entry.password),
        table=entry.table,
        attributes=entry.attributes,
        where=entry.where,
        timeout=entry.timeout,
        cache=entry.cache,
    )
    if "username" not in entry.attributes:
        hint = did_you_mean("username", entry.attributes) or "name the column that holds the user name"
        file.problem((*place, "attributes"), "'username' is missing", hint)
    driver = config.driver
    if driver is None:
        # Not quoted: it may hold a password.
        file.problem((*place, "url"), "'url' must begin with postgresql://, mysql:// or sqlite:///")
    elif not _is_url(entry.url):
        file.problem((*place, "url"), "'url' can't be understood", "characters like @ : / in a password belong escaped")
    _require(file, name, "sqlalchemy", "a store of type 'sql'", "sql")
    if driver is not None:
        _require(file, name, driver.module, f"a database at {entry.url.partition('://')[0]}://", driver.extra)
    return config


def ldap_store(file: YamlFile, name: str, content: dict[str, Any]) -> StoreConfig | None:
    """A store of type ``ldap``, or None after its problems were recorded."""
    place = ("stores", name)
    entry = validate(file, LdapStoreEntry, content, place)
    if entry is None:
        return None
    attributes = entry.attributes
    config = LdapStoreConfig(
        uri=entry.uri,
        base=entry.base,
        bind_dn=entry.bind_dn,
        bind_password=Secret(entry.bind_password),
        start_tls=entry.start_tls,
        verify=entry.verify,
        ca_file=entry.ca_file,
        filter=entry.filter,
        login=entry.login,
        scope=entry.scope,
        attributes=dict(attributes.model_extra or {}),
        info=attributes.info,
        multivalue=entry.multivalue,
        page_size=entry.page_size,
        timeout=entry.timeout,
        cache=entry.cache,
    )
    _check_ldap(file, name, config)
    _require(file, name, "ldap3", "a store of type 'ldap'", "ldap")
    return config


#: What `directory.yaml` calls them.
TYPES: Mapping[str, Callable[[YamlFile, str, dict[str, Any]], StoreConfig | None]] = {
    "static": static_store,
    "ldap": ldap_store,
    "sql": sql_store,
}


def _check_ldap(file: YamlFile, name: str, config: LdapStoreConfig) -> None:
    place = ("stores", name)
    for i, uri in enumerate(config.uri):
        _check_uri(file, (*place, "uri", i), uri, config)
    if not config.base:
        file.problem((*place, "base"), "'base' must not be empty", "name the entry that all users are below")
    if config.bind_dn and not config.bind_password:
        # Most servers take it for an anonymous bind, and say that all is well.
        key = "bind_password" if file.position((*place, "bind_password")) != file.position(place) else "bind_dn"
        file.problem((*place, key), "'bind_dn' needs a 'bind_password'", "leave both out to bind anonymously")
    if config.bind_password and not config.bind_dn:
        file.problem((*place, "bind_password"), "'bind_password' needs a 'bind_dn'")
    if not _is_filter(config.filter):
        file.problem((*place, "filter"), "'filter' must be an LDAP filter in parentheses", "(objectClass=person)")
    if "username" in config.attributes:
        hint = f"write login: {config.attributes['username'][0]}"
        file.problem((*place, "attributes", "username"), "the user name is the attribute of 'login'", hint, key=True)
    known = {*config.attributes, *config.info, *LdapStoreConfig((), "").multivalue}
    for i, ours in enumerate(config.multivalue):
        if ours not in known:
            hint = did_you_mean(ours, known) or f"there are {', '.join(sorted(known))}"
            file.problem((*place, "multivalue", i), f"{ours!r} is none of the 'attributes'", hint)


def _check_uri(file: YamlFile, place: tuple[str | int, ...], uri: str, config: LdapStoreConfig) -> None:
    try:
        parts = urlsplit(uri)
        usable = parts.scheme in ("ldap", "ldaps") and parts.hostname and parts.port != 0 and parts.path in ("", "/")
    except ValueError:  # the port
        usable = False
    if not usable:
        file.problem(place, "'uri' must be ldap://HOST[:PORT] or ldaps://HOST[:PORT], or a list of these")
    elif parts.scheme == "ldap" and not config.start_tls and parts.hostname not in HERE:
        message = "the connection is in clear: whoever listens reads and changes what it carries"
        file.problem(place, message, "leave start_tls at true, or write ldaps://", warning=True)


def _is_filter(text: str) -> bool:
    """Parentheses all around, and each closed: a literal one is written as a number, so counting is exact."""
    depth = 0
    for i, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 1 and i < len(text) - 1:
            return False
    return depth == 0 and len(text) > 2


def _is_url(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def _require(file: YamlFile, name: str, module: str, feature: str, extra: str) -> None:
    if find_spec(module) is None:
        file.problem(("stores", name, "type"), str(MissingExtra(feature, extra)))
