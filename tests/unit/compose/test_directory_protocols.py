"""Of the stores that are asked elsewhere: what needs no server."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.compose.directory.database import meaning, url_of
from notifier.compose.directory.ldap import LdapStore, escape
from notifier.compose.directory.sql import SqlStore
from notifier.configuration import LdapStoreConfig, Secret, SqlStoreConfig
from notifier.errors import DirectoryUnavailable, MissingExtra

ROOM = "notifier.compose.directory"


def sql(url: str, password: str = "") -> SqlStoreConfig:
    return SqlStoreConfig(Secret(url), "people", {"username": "login"}, password=Secret(password))


@pytest.mark.parametrize(
    ("value", "escaped"),
    [
        ("kim", "kim"),
        ("*", "\\2a"),
        ("a)(uid=*", "a\\29\\28uid=\\2a"),
        ("back\\slash", "back\\5cslash"),
        ("nul\0", "nul\\00"),
        ("Zoë", "Zoë"),
    ],
)
def test_a_name_in_a_filter(value: str, escaped: str) -> None:
    """It can't be more than a value (RFC 4515)."""
    assert escape(value) == escaped


@given(st.text())
def test_no_name_ends_a_filter(value: str) -> None:
    """Whatever it is."""
    assert not set(escape(value)) & set("*()\0")


@pytest.mark.parametrize(
    ("url", "mapped"),
    [
        ("postgresql://u:p@h:5433/db?sslmode=verify-full", "postgresql+psycopg://u:p@h:5433/db?sslmode=verify-full"),
        ("postgres://h/db", "postgresql+psycopg://h/db"),
        ("postgresql+psycopg2://h/db", "postgresql+psycopg://h/db"),
        ("mysql://u:p@h/db?charset=utf8mb4", "mysql+pymysql://u:p@h/db?charset=utf8mb4"),
        ("mariadb://h/db", "mysql+pymysql://h/db"),
        ("sqlite:////var/lib/x.db", "sqlite:///file:/var/lib/x.db?mode=ro&uri=true"),
        ("sqlite:///file:x.db?mode=rw&uri=true", "sqlite:///file:x.db?mode=rw&uri=true"),
    ],
)
def test_which_driver(url: str, mapped: str) -> None:
    """The one that is installed by the extra; SQLite reads only."""
    config = sql(url)

    assert config.driver is not None
    text = url_of(config, config.driver).render_as_string(hide_password=False)
    assert text.replace("%3A", ":") == mapped


def test_a_password_beside_the_url() -> None:
    """Needs no escaping."""
    config = sql("postgresql://u@h/db", "p@ss:w/rd%")

    assert config.driver is not None
    assert url_of(config, config.driver).password == "p@ss:w/rd%"
    assert "p@ss" not in repr(config)


@pytest.mark.parametrize("url", ["", "oracle://h/db", "h/db"])
def test_no_driver(url: str) -> None:
    """Nothing that we could ask."""
    assert sql(url).driver is None
    with pytest.raises(DirectoryUnavailable, match="postgresql://"):
        SqlStore("hr", sql(url)).user("kim")


@pytest.mark.parametrize("url", ["postgresql://u:s3cret@h:port/db", "sqlite://u:s3cret@h/x"])
def test_a_url_that_is_none(url: str) -> None:
    """It isn't quoted."""
    with pytest.raises(DirectoryUnavailable, match="its url can't be understood") as caught:
        SqlStore("hr", sql(url)).user("kim")

    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ('relation "people" does not exist LINE 1: secret', "there is no such table: look at 'table' (ValueError)"),
        ("(1054, \"Unknown column 'x' in 'field list'\")", "there is no such column"),
        ("(1146, \"Table 'hr.people' doesn't exist\")", "there is no such table"),
        ("(1045, \"Access denied for user 'secret'@'h'\")", "the password is refused"),
        ("(2013, 'Lost connection to MySQL server during query')", "the connection broke"),
        ("secret", "ValueError"),
    ],
)
def test_what_a_database_means(words: str, said: str) -> None:
    """In our words: its own may quote what is secret."""
    assert meaning(ValueError(words)).startswith(said)
    assert "secret" not in meaning(ValueError(words))


@pytest.mark.parametrize(
    ("missing", "url", "extra"),
    [
        ("sqlalchemy", "sqlite:///x.db", "sql"),
        ("psycopg", "postgresql://h/db", "postgresql"),
        ("pymysql", "mysql://h/db", "mysql"),
    ],
)
def test_a_missing_extra(monkeypatch: pytest.MonkeyPatch, missing: str, url: str, extra: str) -> None:
    """It is named, when the store is asked."""
    monkeypatch.delitem(sys.modules, f"{ROOM}.database")
    monkeypatch.setitem(sys.modules, missing, None)

    with pytest.raises(MissingExtra, match=rf"token-notifier\[{extra}\]"):
        SqlStore("hr", sql(url)).user("kim")


def test_the_missing_extra_of_ldap(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named, when the store is asked."""
    monkeypatch.delitem(sys.modules, f"{ROOM}.ldap_connection", raising=False)
    monkeypatch.setitem(sys.modules, "ldap3", None)
    store = LdapStore("ad", LdapStoreConfig(("ldap://h",), "dc=x"))

    with pytest.raises(MissingExtra, match=r"token-notifier\[ldap\]"):
        store.user("kim")
