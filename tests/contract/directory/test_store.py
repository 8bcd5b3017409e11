"""What every store promises, whatever it speaks."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

import pytest
from directories import BASE, PASSWORD, READER, ldif, postgres, slapd

from notifier.compose.directory.port import Store, User
from notifier.compose.directory.realms import RealmDirectory
from notifier.compose.directory.registry import open_store
from notifier.compose.recipients import addresses
from notifier.configuration import (
    DirectoryConfig,
    LdapStoreConfig,
    Secret,
    SqlStoreConfig,
    StaticStoreConfig,
    StoreConfig,
)

NAMES = (
    "kim",
    "zoë",
    "o'dell",
    "a*b",
    "x)(uid=kim",
    "back\\slash",
    "100%",
    "a:b",
    'quo"te',
    "two words",
    "--",
    "%",
    "_",
)
PEOPLE: tuple[Mapping[str, Any], ...] = (
    *({"username": name, "email": f"p{i}@x.de", "mobile": f"+49 {i}"} for i, name in enumerate(NAMES)),
    {"username": "mailless"},
)
FURTHER = 1500


@pytest.fixture(scope="module")
def people() -> list[Mapping[str, Any]]:
    """Some with names that are hard to ask for, and many."""
    return [*PEOPLE, *({"username": f"user{i}", "email": f"user{i}@x.de"} for i in range(FURTHER))]


@pytest.fixture(scope="module", params=["static", "sqlite", "postgresql", "ldap"])
def config(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, people: list[Mapping[str, Any]]
) -> Iterator[StoreConfig]:
    """A store with these people."""
    attributes = {"username": "login", "email": "mail", "mobile": "mobile"}
    rows = [(p["username"], p.get("email"), p.get("mobile")) for p in people]
    place = tmp_path_factory.mktemp(request.param)
    if request.param == "static":
        yield StaticStoreConfig(tuple(people))
    elif request.param == "sqlite":
        connection = sqlite3.connect(place / "db")
        with connection:
            connection.execute("CREATE TABLE people (login TEXT, mail TEXT, mobile TEXT)")
            connection.executemany("INSERT INTO people VALUES (?, ?, ?)", rows)
        connection.close()
        yield SqlStoreConfig(Secret(f"sqlite:///{place}/db"), "people", attributes)
    elif request.param == "postgresql":
        with postgres() as server:
            server.run("CREATE TABLE people (login text, mail text, mobile text); GRANT SELECT ON people TO reader")
            server.insert("INSERT INTO people VALUES (%s, %s, %s)", rows)
            yield SqlStoreConfig(Secret(server.url), "people", attributes, password=Secret(PASSWORD))
    else:
        names = {"username": "uid", "email": "mail", "mobile": "mobile"}
        entries = [
            ldif(f"person{i}", {names[key]: value for key, value in person.items()}) for i, person in enumerate(people)
        ]
        with slapd(place, entries) as ldap:
            yield LdapStoreConfig(
                uri=(ldap.uri,),
                base=BASE,
                bind_dn=READER,
                bind_password=Secret(PASSWORD),
                ca_file=ldap.ca_file,
                attributes={"email": ("mail",), "mobile": ("mobile",)},
                page_size=100,
            )


@pytest.fixture
def store(config: StoreConfig) -> Iterator[Store]:
    """The store, nothing remembered."""
    opened = open_store("people", config)
    yield opened
    opened.close()


def known(user: User | None) -> dict[str, Any]:
    """What of a user all stores agree on: a mobile number may be a list of one."""
    assert user is not None
    return {**user, **({"mobile": ", ".join(addresses(user["mobile"]))} if "mobile" in user else {})}


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: str(person["username"]))
def test_finds_somebody(store: Store, person: Mapping[str, Any]) -> None:
    """By the name exactly as it is; what isn't known is absent."""
    assert known(store.user(person["username"])) == person


@pytest.mark.parametrize(
    "name", ["nobody", "*", "ki*", "ki_", "k%", "' OR '1'='1", "kim)(mail=*", "kim\\", "jos\u0301"]
)
def test_finds_nobody_else(store: Store, name: str) -> None:
    """A name is no pattern, and no part of the question."""
    assert store.user(name) is None


@pytest.mark.parametrize("name", ["KIM", "ZOË", " kim", "kim "])
def test_a_name_written_otherwise(store: Store, name: str) -> None:
    """Is the same person's or nobody's, never another's."""
    found = store.user(name)

    assert found is None or known(found) == PEOPLE[NAMES.index(name.strip().lower())]


def test_everybody(store: Store, people: list[Mapping[str, Any]]) -> None:
    """Each once, in whatever order; again when asked again."""
    for _ in range(2):
        found = sorted((known(user) for user in store.users()), key=lambda user: str(user["username"]))
        assert found == sorted(people, key=lambda person: str(person["username"]))


def test_enough(store: Store) -> None:
    """Who has seen enough may go; the store is none the worse."""
    for _ in range(20):
        assert len(list(islice(store.users(), 3))) == 3

    assert store.user("kim") is not None


def test_lookups_on_the_way(store: Store) -> None:
    """Somebody may be looked up while all are read."""
    for user in islice(store.users(), 250):
        assert known(store.user(str(user["username"]))) == known(user)


def test_closed_and_asked_again(store: Store) -> None:
    """It opens again; closing twice is closing once."""
    for _ in range(2):
        assert store.user("kim") is not None
        store.close()
        store.close()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_in_a_forked_process(store: Store) -> None:
    """Asked before the fork, it answers in both processes after it."""
    store.user("kim")

    child = os.fork()
    if not child:
        try:
            found = store.user("user77") or {}
            everybody = sum(1 for _ in store.users())
            store.close()
        finally:
            os._exit(0 if (found.get("email"), everybody) == ("user77@x.de", len(PEOPLE) + FURTHER) else 1)

    assert os.waitpid(child, 0)[1] == 0
    assert known(store.user("user78")) == {"username": "user78", "email": "user78@x.de"}


def test_in_a_realm(config: StoreConfig) -> None:
    """Behind a realm all stores look the same."""
    directory = RealmDirectory(DirectoryConfig("r", {"R": ("people",)}, {"people": config}))

    assert known(directory.user("kim", "")) == {**PEOPLE[0], "realm": "r", "resolver": "people"}
    assert sum(1 for _ in directory.members("r") or ()) == len(PEOPLE) + FURTHER
    directory.close()


@pytest.mark.parametrize("ask", [lambda store: store.user("kim"), lambda store: next(iter(store.users()))])
def test_nothing_is_asked_before_it_must(config: StoreConfig, ask: Callable[[Store], User | None]) -> None:
    """Made and closed, it never connected; asked, it answers."""
    store = open_store("people", config)
    store.close()

    assert ask(store) is not None
    store.close()
