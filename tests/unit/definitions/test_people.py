"""``directory.yaml``: every mistake at its place, and nothing connected to."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel

from notifier.configuration import LdapStoreConfig, Secret, SqlStoreConfig, StaticStoreConfig
from notifier.definitions.load import Configuration
from notifier.definitions.schema import DirectoryFile, LdapStoreEntry, SqlStoreEntry, StaticStoreEntry

Written = Callable[..., Configuration]

LDAP = "uri: ldaps://h, base: 'dc=x'"
SQL = "url: 'postgresql://h/db', table: t, attributes: {username: login}"


def said(configuration: Configuration, *, warnings: bool = False) -> list[str]:
    """The problems of directory.yaml, errors or warnings."""
    return [str(p) for p in configuration.problems if p.file == "directory.yaml" and p.warning is warnings]


def test_ldap(written: Written) -> None:
    """Every key."""
    configuration = written(
        {"BIND": "s3cret"},
        directory="""\
realms: {sales: [ad]}
stores:
  ad:
    type: ldap
    uri: ["ldap://one:3890", "ldaps://two"]
    start_tls: true
    verify: false
    ca_file: /etc/ca.pem
    bind_dn: cn=reader
    bind_password: ${env:BIND}
    base: dc=x
    filter: (&(objectClass=user)(!(x=\\28)))
    login: sAMAccountName
    scope: onelevel
    attributes: {email: [mail, otherMailbox], mobile: "mobile, pager", info: {department: departmentNumber}}
    multivalue: [email, department]
    page_size: 100
    timeout: 1m
    cache: 5m
""",
    )

    assert configuration.problems == ()
    assert configuration.directory.stores["ad"] == LdapStoreConfig(
        uri=("ldap://one:3890", "ldaps://two"),
        base="dc=x",
        bind_dn="cn=reader",
        bind_password=Secret("s3cret"),
        verify=False,
        ca_file="/etc/ca.pem",
        filter="(&(objectClass=user)(!(x=\\28)))",
        login="sAMAccountName",
        scope="onelevel",
        attributes={"email": ("mail", "otherMailbox"), "mobile": ("mobile", "pager")},
        info={"department": ("departmentNumber",)},
        multivalue=("email", "department"),
        page_size=100,
        timeout=60,
        cache=timedelta(minutes=5),
    )
    assert "s3cret" not in repr(configuration)


def test_sql(written: Written) -> None:
    """Every key."""
    configuration = written(
        {"PW": "p@ss", "URL": "mysql://u:s3cret@h/db"},
        directory="""\
stores:
  hr: {type: sql, url: "${env:URL}", password: "${env:PW}", table: hr.people, attributes: {username: login,
       email: mail}, where: active = 1, timeout: 2, cache: 0s}
""",
    )

    assert configuration.problems == ()
    assert configuration.directory.stores["hr"] == SqlStoreConfig(
        url=Secret("mysql://u:s3cret@h/db"),
        password=Secret("p@ss"),
        table="hr.people",
        attributes={"username": "login", "email": "mail"},
        where="active = 1",
        timeout=2,
        cache=timedelta(),
    )
    assert "s3cret" not in repr(configuration)
    assert "p@ss" not in repr(configuration)


def test_what_needs_not_be_said(written: Written) -> None:
    """The defaults; a store without a type is static."""
    stores = written(
        directory=f"stores: {{a: {{type: ldap, {LDAP}}}, b: {{type: sql, {SQL}}}, c: {{}}}}\n"
    ).directory.stores

    ldap, sql = stores["a"], stores["b"]
    assert isinstance(ldap, LdapStoreConfig)
    assert isinstance(sql, SqlStoreConfig)
    assert (ldap.login, ldap.filter, ldap.start_tls, ldap.verify) == ("uid", "(objectClass=person)", True, True)
    assert ldap.attributes["surname"] == ("sn",)
    assert (ldap.timeout, sql.timeout, ldap.cache, sql.cache) == (5, 5, timedelta(minutes=1), timedelta(minutes=1))
    assert stores["c"] == StaticStoreConfig()


@pytest.mark.parametrize(
    ("store", "line"),
    [
        ("type: ldap, uri: ldap://h", "1:13: 'base' is missing"),
        ("type: ldap, base: x", "1:13: 'uri' is missing"),
        ("type: ldap, uri: '', base: x", "1:31: 'uri' must not be empty"),
        (f"type: ldap, {LDAP}, bind: x", "1:56: unknown key 'bind' (did you mean 'bind_dn'?)"),
        ("type: ldap, uri: http://h, base: x", "1:31: 'uri' must be ldap://HOST[:PORT] or ldaps://HOST[:PORT]"),
        ("type: ldap, uri: [ldap://h, 'ldap://h:x'], base: x", "1:42: 'uri' must be ldap://HOST[:PORT]"),
        ("type: ldap, uri: ldap://h, base: ''", "1:47: 'base' must not be empty"),
        (f"type: ldap, {LDAP}, scope: sub", "1:63: 'scope' must be 'subtree' or 'onelevel' (did you mean 'subtree'?)"),
        (f"type: ldap, {LDAP}, bind_dn: x", "1:65: 'bind_dn' needs a 'bind_password'"),
        (f"type: ldap, {LDAP}, filter: x=y", "1:64: 'filter' must be an LDAP filter in parentheses"),
        (f"type: ldap, {LDAP}, filter: (x=y)(z=y)", "1:64: 'filter' must be an LDAP filter in parentheses"),
        (f"type: ldap, {LDAP}, filter: (x=y", "1:64: 'filter' must be an LDAP filter in parentheses"),
        (f"type: ldap, {LDAP}, attributes: {{username: cn}}", "1:69: the user name is the attribute of 'login' (write"),
        (f"type: ldap, {LDAP}, attributes: {{email: {{a: b}}}}", "1:76: 'email' must be a list of names, or"),
        (f"type: ldap, {LDAP}, attributes: {{info: {{a: []}}}}", "1:79: 'a' must not be empty"),
        (f"type: ldap, {LDAP}, attributes: [mail]", "1:68: 'attributes' must be a mapping (key: value), not a list"),
        (f"type: ldap, {LDAP}, multivalue: [mail]", "1:69: 'mail' is none of the 'attributes' (did you mean 'email'?)"),
        (f"type: ldap, {LDAP}, page_size: 0", "1:67: 'page_size' must be at least 1"),
        (f"type: ldap, {LDAP}, timeout: 0", "1:65: 'timeout' must be more than 0"),
        (f"type: ldap, {LDAP}, cache: 60", "1:63: 'cache' needs a unit: 10s, 5m, 2h or 1d"),
        ("type: sql, table: t, attributes: {username: u}", "1:13: 'url' is missing"),
        ("type: sql, url: 'sqlite:///x', table: t, attributes: {}", "1:67: 'attributes' must not be empty"),
        (
            "type: sql, url: 'sqlite:///x', table: t, attributes: {user: u}",
            "1:67: 'username' is missing (did you mean 'user'",
        ),
        (
            "type: sql, url: 'sqlite:///x', table: t, attributes: {mail: m}",
            "1:67: 'username' is missing (name the column",
        ),
        (f"type: sql, {SQL}, tabel: x", "1:92: unknown key 'tabel' (did you mean 'table'?)"),
        (
            "type: sql, url: 'oracle://h/x', table: t, attributes: {username: u}",
            "1:30: 'url' must begin with postgresql",
        ),
        (
            "type: sql, url: 'mysql://u:p/w@h/x', table: t, attributes: {username: u}",
            "1:30: 'url' can't be understood (",
        ),
        (
            "type: sql, url: '${env:NO}', table: t, attributes: {username: u}",
            "1:30: the environment variable NO is not",
        ),
        ("type: sqlite", "1:20: unknown type of store 'sqlite' (did you mean 'sql'?)"),
        ("type: [ldap]", "1:20: unknown type of store"),
        ("usres: []", "1:14: unknown key 'usres' (did you mean 'users'?)"),
    ],
)
def test_mistakes(written: Written, store: str, line: str) -> None:
    """One line each, at its place; nothing is started with it, and other stores stay."""
    configuration = written(directory=f"stores: {{s: {{{store}}}, ok: {{}}}}\n")

    (problem,) = said(configuration)
    assert problem.startswith(f"directory.yaml:{line}")
    assert list(configuration.directory.stores) == ["ok"]
    assert not configuration.usable


@pytest.mark.parametrize(
    ("store", "line"),
    [
        (
            "type: sql, url: 'mysql://u:s3cret@h/x', table: t, attributes: {username: u}",
            "1:30: a secret stands here in",
        ),
        (f"type: sql, {SQL}, password: s3cret", "1:102: a secret stands here in clear"),
        (f"type: ldap, {LDAP}, bind_dn: x, bind_password: s3cret", "1:83: a secret stands here in clear"),
        ("type: ldap, uri: ldap://h, base: x, start_tls: false", "1:31: the connection is in clear: whoever listens"),
    ],
)
def test_warnings(written: Written, store: str, line: str) -> None:
    """What works, and had better be otherwise."""
    configuration = written(directory=f"stores: {{s: {{{store}}}}}\n")

    (problem,) = said(configuration, warnings=True)
    assert problem.startswith(f"directory.yaml:{line}")
    assert "s3cret" not in problem
    assert said(configuration) == []
    assert configuration.usable


def test_in_clear_to_this_machine(written: Written) -> None:
    """Nobody listens between a machine and itself."""
    store = "type: ldap, uri: ldap://localhost, base: x, start_tls: false"

    assert written(directory=f"stores: {{s: {{{store}}}}}\n").problems == ()


@pytest.mark.parametrize(
    ("module", "store", "extra"),
    [
        ("ldap3", f"type: ldap, {LDAP}", "ldap"),
        ("sqlalchemy", f"type: sql, {SQL}", "sql"),
        ("psycopg", f"type: sql, {SQL}", "postgresql"),
        ("pymysql", f"type: sql, {SQL.replace('postgresql', 'mysql')}", "mysql"),
    ],
)
def test_a_missing_extra(
    written: Written, monkeypatch: pytest.MonkeyPatch, module: str, store: str, extra: str
) -> None:
    """It is named where the store says what it needs."""
    monkeypatch.setitem(sys.modules, module, None)

    (problem,) = said(written(directory=f"stores: {{s: {{{store}}}}}\n"))

    assert problem.startswith("directory.yaml:1:20: ")
    assert problem.endswith(f"needs an extra: pip install 'token-notifier[{extra}]'")


def test_a_realm_of_a_store_with_mistakes(written: Written) -> None:
    """Its name is known nevertheless: one mistake is said once."""
    configuration = written(directory="realms: {r: [s, a]}\nstores: {s: {type: ldap, uri: ldap://h}, a: {}}\n")

    assert said(configuration) == ["directory.yaml:2:13: 'base' is missing"]


def test_nothing_is_connected_to(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    """`check` works where the directory can't be reached."""

    def connect(*_: object, **__: Mapping[str, object]) -> None:
        raise AssertionError("somebody connects")

    monkeypatch.setattr("socket.socket.connect", connect)
    monkeypatch.setattr("socket.getaddrinfo", connect)

    assert written(directory=f"stores: {{a: {{type: ldap, {LDAP}}}, b: {{type: sql, {SQL}}}}}\n").problems == ()


def section(repository: Path) -> str:
    """What docs/configuration.md says of directory.yaml."""
    text = (repository / "docs" / "configuration.md").read_text()
    return text[text.index("## `directory.yaml`") : text.index("## Environment")]


def test_the_documented_examples(written: Written, repository: Path) -> None:
    """They can be taken as they are."""
    first, *stores = re.findall(r"```yaml\n(.*?)```", section(repository), re.DOTALL)

    secret = {"HR_PASSWORD": "x", "BIND": "x"}
    assert written(directory=first).problems == ()
    assert len(stores) == 3
    for store in stores:
        text = store.replace("${file:secrets/bind}", "${env:BIND}")
        assert written(secret, directory="stores:\n" + text).problems == ()


@pytest.mark.parametrize("model", [StaticStoreEntry, SqlStoreEntry, LdapStoreEntry, DirectoryFile])
def test_every_key_is_documented(repository: Path, model: type[BaseModel]) -> None:
    """An administrator finds what may stand in directory.yaml."""
    text = section(repository)

    assert [key for key in model.model_fields if f"`{key}`" not in text and f"{key}:" not in text] == []
