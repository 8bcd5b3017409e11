from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.compose.directory.cache import CachedStore
from notifier.compose.directory.port import User
from notifier.compose.directory.registry import open_store
from notifier.compose.directory.static import StaticStore
from notifier.configuration import LdapStoreConfig, Secret, SqlStoreConfig, StaticStoreConfig
from notifier.errors import DirectoryUnavailable


class Clock:
    """Stands still until it is set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Counting:
    """A store that counts, answers with the count, and can be down."""

    def __init__(self) -> None:
        self.asked = 0
        self.down = self.closed = False

    def user(self, username: str) -> User | None:
        self.asked += 1
        if self.down:
            raise DirectoryUnavailable("s", "down")
        return None if username == "nobody" else {"username": username, "email": f"{self.asked}@x.de"}

    def users(self) -> Iterable[User]:
        self.asked += 1
        return []

    def close(self) -> None:
        self.closed = True


def test_a_lookup_is_remembered_for_its_time() -> None:
    """Not a moment longer."""
    store, clock = Counting(), Clock()
    cache = CachedStore(store, 60, clock)

    first = cache.user("kim")
    clock.now += 59.9
    assert cache.user("kim") == first
    clock.now += 0.1

    assert cache.user("kim") == {"username": "kim", "email": "2@x.de"}
    assert store.asked == 2


def test_nobody_is_remembered_too() -> None:
    """A burst of events about somebody unknown asks once."""
    store, clock = Counting(), Clock()
    cache = CachedStore(store, 60, clock)

    assert cache.user("nobody") is cache.user("nobody") is None
    assert store.asked == 1

    clock.now += 60
    cache.user("nobody")
    assert store.asked == 2


def test_the_time_counts_from_the_question() -> None:
    """What was true before a slow answer isn't called fresh when it comes."""
    store, clock = Counting(), Clock()

    class Slow(Counting):
        def user(self, username: str) -> User | None:
            clock.now += 10
            return store.user(username)

    cache = CachedStore(Slow(), 10, clock)
    cache.user("kim")
    cache.user("kim")

    assert store.asked == 2


def test_an_error_is_not_remembered() -> None:
    """The next event asks again; and an old answer doesn't stand in for a store that is down."""
    store, clock = Counting(), Clock()
    cache = CachedStore(store, 60, clock)

    cache.user("kim")
    store.down = True
    clock.now += 60
    with pytest.raises(DirectoryUnavailable):
        cache.user("kim")
    store.down = False

    assert cache.user("kim") == {"username": "kim", "email": "3@x.de"}


def test_the_oldest_are_forgotten() -> None:
    """Memory is bounded."""
    store = Counting()
    cache = CachedStore(store, 60, Clock(), size=2)

    for name in ("a", "b", "c", "c", "b"):
        cache.user(name)
    assert store.asked == 3

    cache.user("a")
    assert store.asked == 4


def test_no_time_no_memory() -> None:
    """``cache: 0s`` asks each time."""
    store = Counting()
    cache = CachedStore(store, 0, Clock())

    cache.user("kim")
    cache.user("kim")

    assert store.asked == 2


def test_members_are_not_remembered() -> None:
    """They may be very many."""
    store = Counting()
    cache = CachedStore(store, 60, Clock())

    assert list(cache.users()) == list(cache.users()) == []
    assert store.asked == 2


def test_closed_it_knows_nobody() -> None:
    """And what is below is closed, too."""
    store = Counting()
    cache = CachedStore(store, 60, Clock())
    cache.user("kim")

    cache.close()
    cache.user("kim")

    assert store.closed
    assert store.asked == 2


def test_many_threads() -> None:
    """They may share it."""
    cache = CachedStore(Counting(), 60, Clock(), size=3)

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda i: cache.user(f"user{i % 7}"), range(2000)))

    assert [user["username"] for user in found if user] == [f"user{i % 7}" for i in range(2000)]


def test_which_stores_are_remembered(tmp_path: Path) -> None:
    """Those that have to be asked elsewhere; opening one connects nowhere."""
    sql = SqlStoreConfig(Secret(f"sqlite:///{tmp_path}/none.db"), "t", {"username": "u"})

    assert isinstance(open_store("s", StaticStoreConfig()), StaticStore)
    for config in (sql, replace(sql, cache=timedelta()), LdapStoreConfig(("ldap://nowhere.invalid",), "dc=x")):
        store = open_store("s", config)
        assert isinstance(store, CachedStore)
        store.close()
