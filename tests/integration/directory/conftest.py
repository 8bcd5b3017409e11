"""One LDAP server with 1,200 people, and one PostgreSQL with 10,000."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from directories import BASE, PASSWORD, READER, Postgres, Slapd, ldif, postgres, slapd

from notifier.compose.directory.ldap import LdapStore
from notifier.compose.directory.sql import SqlStore
from notifier.configuration import LdapStoreConfig, Secret, SqlStoreConfig

MakeLdap = Callable[..., LdapStore]
MakeSql = Callable[..., SqlStore]


@pytest.fixture(scope="session")
def ldap_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    """An LDAP server."""
    people = [ldif(f"user{i}", {"uid": f"user{i}", "mail": f"user{i}@x.de"}) for i in range(1200)]
    people += [
        ldif(
            "zoe",
            {
                "uid": ["zoë", "zz"],
                "mail": ["zoe@x.de", "second@x.de"],
                "mail;lang-de": "other@x.de",
                "l;lang-de": "Wien",
                "mobile": ["+491", "+492"],
                "sn": "Zürn",
                "departmentNumber": "42",
                "homePhone": "+493",
                "jpegPhoto": b"\xff\xd8\xff",
            },
        ),
        ldif("elsewhere", {"uid": "elsewhere", "mail": "else@x.de"}, f"ou=elsewhere,{BASE}"),
    ]
    with slapd(tmp_path_factory.mktemp("slapd"), people) as running:
        yield running


@pytest.fixture
def ldap(ldap_server: Slapd) -> Iterator[MakeLdap]:
    """Make a store of the LDAP server, with another configuration where told."""
    made: list[LdapStore] = []

    def make(**changes: Any) -> LdapStore:
        config = LdapStoreConfig(
            uri=(ldap_server.uri,),
            base=BASE,
            bind_dn=READER,
            bind_password=Secret(PASSWORD),
            ca_file=ldap_server.ca_file,
            attributes={"email": ("mail",), "mobile": ("mobile",)},
            page_size=100,
        )
        made.append(LdapStore("ad", replace(config, **changes)))
        return made[-1]

    yield make
    for store in made:
        store.close()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgres]:
    """A database server."""
    with postgres() as running:
        running.run(
            """
            CREATE SCHEMA hr;
            CREATE TABLE hr."People" (login char(20) PRIMARY KEY, "select" text, "per%cent" text, active boolean,
                                      number integer, hired date, tags text[], picture bytea);
            INSERT INTO hr."People" SELECT 'user' || i, 'user' || i || '@x.de', NULL, i % 2 = 0, i, '2020-01-02',
                                           ARRAY['a', 'b'], '\\xff' FROM generate_series(0, 9999) i;
            CREATE VIEW hr.fails_later AS SELECT *, 1 / (number - 5000) AS broken FROM hr."People";
            CREATE TABLE hr.hidden (login text);
            CREATE TABLE hr.numbers (login integer);
            GRANT USAGE ON SCHEMA hr TO reader;
            GRANT SELECT ON hr."People", hr.fails_later, hr.numbers TO reader;
            """
        )
        yield running


@pytest.fixture
def sql() -> Iterator[MakeSql]:
    """Make a store of a database."""
    made: list[SqlStore] = []

    def make(url: str, **changes: Any) -> SqlStore:
        config = SqlStoreConfig(
            url=Secret(url),
            password=Secret(PASSWORD),
            table="hr.People",
            attributes={"username": "login", "email": "select"},
            cache=timedelta(),
        )
        made.append(SqlStore("hr", replace(config, **changes)))
        return made[-1]

    yield make
    for store in made:
        store.close()
