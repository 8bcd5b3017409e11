from __future__ import annotations

from collections.abc import Iterator

import pytest

from notifier.compose.directory.port import User
from notifier.compose.directory.rest import FIRST, MOST, RestedStore
from notifier.errors import DirectoryUnavailable


class Store:
    """A store that counts how often it is asked."""

    down = True
    asked = 0

    def user(self, username: str) -> User | None:
        self.asked += 1
        if self.down:
            raise DirectoryUnavailable("ad", "timed out")
        return {"username": username}

    def users(self) -> Iterator[User]:
        self.asked += 1
        yield {"username": "kim"}
        if self.down:
            raise DirectoryUnavailable("ad", "timed out")

    def close(self) -> None:
        pass


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def rested(store: Store, clock: Clock) -> RestedStore:
    return RestedStore(store, clock)


def fails(rested: RestedStore) -> None:
    with pytest.raises(DirectoryUnavailable, match="timed out"):
        rested.user("kim")


def test_a_store_that_failed_is_left_alone(rested: RestedStore, store: Store, clock: Clock) -> None:
    """A hundred events cost one time-out, and the pauses grow while it stays away."""
    for _ in range(100):
        fails(rested)
    assert store.asked == 1
    pauses = []
    for _ in range(8):
        began = clock.now
        before = store.asked
        while store.asked == before:
            clock.now += 0.5
            fails(rested)
        pauses.append(clock.now - began)
    assert pauses[0] == FIRST
    assert pauses == sorted(pauses)
    assert pauses[-1] == MOST


def test_a_store_that_is_back(rested: RestedStore, store: Store, clock: Clock) -> None:
    """Then everything is as before: the next failure pauses briefly again."""
    fails(rested)
    clock.now += MOST
    fails(rested)
    store.down = False
    clock.now += MOST
    assert rested.user("kim") == {"username": "kim"}
    store.down = True
    fails(rested)
    store.down = False
    clock.now += FIRST
    assert rested.user("kim") == {"username": "kim"}


def test_reading_all_rests_as_well(rested: RestedStore, store: Store, clock: Clock) -> None:
    """A failure on the way counts; what was read until then was read."""
    seen = []
    with pytest.raises(DirectoryUnavailable):
        seen.extend(user["username"] for user in rested.users())
    with pytest.raises(DirectoryUnavailable):
        rested.users()
    fails(rested)
    assert store.asked == 1
    clock.now += MOST
    store.down = False
    assert [user["username"] for user in rested.users()] == ["kim"]
