from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from directories import Postgres, is_down
from servers import free_port, silent_server

from notifier.compose.directory.sql import SqlStore
from notifier.configuration import Secret
from notifier.errors import DirectoryUnavailable

MakeSql = Callable[..., SqlStore]
SHORT = 0.4


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    """A SQLite database of 10,000 people."""
    file = tmp_path / "people.db"
    with sqlite3.connect(file) as connection:
        connection.execute('CREATE TABLE "People" (login TEXT, "select" TEXT, number INTEGER)')
        rows = ((f"user{i}", f"user{i}@x.de", i) for i in range(10_000))
        connection.executemany('INSERT INTO "People" VALUES (?, ?, ?)', rows)
    connection.close()
    return f"sqlite:///{file}"


def test_attributes(sql: MakeSql, postgresql: Postgres) -> None:
    """All is text, whatever the column; nothing is nothing, and blanks that fill a column are none of the name."""
    columns = {"username": "login", "email": "select", "cost_centre": "per%cent", "active": "active"}
    columns |= {"employee_no": "number", "hired": "hired", "tags": "tags", "picture": "picture"}

    assert sql(postgresql.url, attributes=columns).user("user7") == {
        "username": "user7",
        "email": "user7@x.de",
        "active": "0",
        "employee_no": "7",
        "hired": "2020-01-02",
        "tags": ["a", "b"],
    }


@pytest.mark.parametrize(
    ("where", "known"),
    [
        ("active", False),
        ("NOT active OR number < 0", True),
        ("number::int = 7 AND ':x' = ':x' AND login LIKE 'user%'", True),
        ("hired > '2020-01-01 10:00:00'", True),
    ],
)
def test_where(sql: MakeSql, postgresql: Postgres, where: str, known: bool) -> None:
    """The administrator's condition, as written, is one more."""
    store = sql(postgresql.url, where=where)

    assert (store.user("user7") is not None) is known
    assert store.user("user8888' OR number = 7 --") is None


def test_members(sql: MakeSql, postgresql: Postgres) -> None:
    """Everybody, once."""
    names = [user["username"] for user in sql(postgresql.url).users()]

    assert len(names) == len(set(names)) == 10_000


def test_members_are_read_page_by_page(sql: MakeSql, postgresql: Postgres) -> None:
    """The first ones come, though the database fails at the five thousandth; who has enough may go."""
    columns = {"username": "login", "broken": "broken"}
    store = sql(postgresql.url, table="hr.fails_later", attributes=columns)

    members = store.users()
    assert len(list(islice(members, 1000))) == 1000
    with pytest.raises(DirectoryUnavailable, match="DivisionByZero"):
        list(members)

    for _ in range(30):
        members = store.users()
        next(members)
        members.close()


def test_members_of_sqlite(sql: MakeSql, sqlite: str) -> None:
    """The same of a file."""
    store = sql(sqlite, table="People")

    assert len(list(islice(store.users(), 10))) == 10
    assert sum(1 for _ in store.users()) == 10_000
    assert store.user("user7") == {"username": "user7", "email": "user7@x.de"}


def test_lookups_while_members_are_read(sql: MakeSql, postgresql: Postgres) -> None:
    """Neither disturbs the other."""
    store = sql(postgresql.url)
    one, two = store.users(), store.users()

    for _ in range(600):
        assert next(one)["username"] == next(two)["username"]
    assert store.user("user7") is not None
    one.close()
    two.close()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"table": "hr.nowhere"}, "there is no such table: look at 'table' (UndefinedTable)"),
        ({"attributes": {"username": "login", "email": "mail"}}, "there is no such column: look at 'attributes'"),
        ({"where": "nothing = 1"}, "there is no such column: look at 'attributes', 'where' (UndefinedColumn)"),
        ({"where": "number = = 1"}, "the question isn't understood: look at 'where' (SyntaxError)"),
        ({"table": "hr.hidden", "attributes": {"username": "login"}}, "the database user may not read the table"),
        ({"password": Secret("wrong")}, "the password is refused"),
    ],
)
def test_what_is_wrong(sql: MakeSql, postgresql: Postgres, changes: dict[str, Any], words: str) -> None:
    """In one line, for one who is asked and for all; nothing secret in it."""
    store = sql(postgresql.url, **changes)

    for ask in (lambda: store.user("user7"), lambda: list(store.users())):
        with pytest.raises(DirectoryUnavailable) as caught:
            ask()
        assert is_down(caught.value, "'hr'", words)
        assert "user7" not in str(caught.value)


def test_a_column_that_holds_no_text(sql: MakeSql, postgresql: Postgres) -> None:
    """PostgreSQL compares no numbers with names."""
    store = sql(postgresql.url, table="hr.numbers", attributes={"username": "login"})

    with pytest.raises(DirectoryUnavailable, match="the column of 'username' holds no text"):
        store.user("5")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"table": "nowhere"}, "there is no such table"),
        ({"table": "People", "attributes": {"username": "login", "email": "mail"}}, "there is no such column"),
        ({"table": "People", "where": "number = = 1"}, "look at 'where'"),
    ],
)
def test_what_is_wrong_in_sqlite(sql: MakeSql, sqlite: str, changes: dict[str, Any], words: str) -> None:
    """The same words."""
    with pytest.raises(DirectoryUnavailable, match=words):
        sql(sqlite, **changes).user("user7")


def test_a_file_that_is_not_there(sql: MakeSql, tmp_path: Path) -> None:
    """It isn't made."""
    with pytest.raises(DirectoryUnavailable, match="there is no such database"):
        sql(f"sqlite:///{tmp_path}/none.db", table="People").user("user7")

    assert list(tmp_path.iterdir()) == []


def test_nobody_there(sql: MakeSql) -> None:
    """Refused at once, or unknown."""
    with pytest.raises(DirectoryUnavailable, match="connection refused"):
        sql(f"postgresql://reader@127.0.0.1:{free_port()}/x").user("user7")
    with pytest.raises(DirectoryUnavailable, match="connection refused"):
        sql(f"mysql://reader@127.0.0.1:{free_port()}/x").user("user7")
    with pytest.raises(DirectoryUnavailable, match="the host is unknown"):
        sql("postgresql://reader@nowhere.invalid/x").user("user7")


# PostgreSQL's library waits for two seconds at least.
@pytest.mark.parametrize(("scheme", "seconds"), [("mysql", SHORT), ("postgresql", 2)])
def test_a_server_that_never_answers(sql: MakeSql, scheme: str, seconds: float) -> None:
    """Is given up after the time-out."""
    with silent_server() as port:
        began = time.monotonic()
        with pytest.raises(DirectoryUnavailable, match="no answer in time"):
            sql(f"{scheme}://reader@127.0.0.1:{port}/x", timeout=SHORT).user("user7")

        assert time.monotonic() - began < seconds + 1


@contextmanager
def stopped(postgresql: Postgres) -> Iterator[None]:
    """The processes that serve connections stand still; new ones are served."""
    ids = [int(p.name) for p in Path("/proc").glob("[0-9]*") if postgresql.server.is_parent_of(p)]
    for number in ids:
        os.kill(number, signal.SIGSTOP)
    try:
        yield
    finally:
        for number in ids:
            os.kill(number, signal.SIGCONT)


def test_a_connection_that_stops_answering(sql: MakeSql, postgresql: Postgres) -> None:
    """A lookup opens another after the time-out; who was reading hears that the rest is missing."""
    store = sql(postgresql.url, timeout=SHORT)
    members = store.users()
    next(members)

    with stopped(postgresql):
        began = time.monotonic()
        with pytest.raises(DirectoryUnavailable, match="no answer in time"):
            list(members)
        assert time.monotonic() - began < SHORT * 3
        assert store.user("user7") is not None

    assert store.user("user7") is not None


def test_a_server_that_was_restarted(sql: MakeSql, postgresql: Postgres) -> None:
    """Down it is reported, back it is asked."""
    store, members = sql(postgresql.url), sql(postgresql.url).users()
    store.user("user7")
    next(members)

    postgresql.server.stop(signal.SIGQUIT)
    try:
        with pytest.raises(DirectoryUnavailable, match="connection"):
            store.user("user7")
        with pytest.raises(DirectoryUnavailable, match="connection"):
            list(members)
    finally:
        postgresql.server.start()

    assert store.user("user7") is not None


def test_many_threads(sql: MakeSql, postgresql: Postgres) -> None:
    """Each gets its own answer."""
    store = sql(postgresql.url)

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda i: (store.user(f"user{i}") or {})["email"], range(200)))

    assert found == [f"user{i}@x.de" for i in range(200)]


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_after_a_fork(sql: MakeSql, postgresql: Postgres) -> None:
    """The child opens its own connections, and the parent's go on."""
    store = sql(postgresql.url)
    store.user("user1")

    child = os.fork()
    if not child:
        found = store.user("user2")
        store.close()
        os._exit(0 if found and found["username"] == "user2" else 1)

    assert os.waitpid(child, 0)[1] == 0
    assert (store.user("user3") or {})["username"] == "user3"
