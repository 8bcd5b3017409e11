"""Providers between two uses."""

from __future__ import annotations

import pytest

from notifier.deliver.pool import ProviderPool
from notifier.model import Channel, Delivery
from notifier.outcome import Accepted, Outcome
from notifier.record.outbox import Way

WAY = Way(Channel.MAIL, "relay1")


class Open:
    """A provider that knows whether it was closed."""

    def __init__(self) -> None:
        self.closed = False

    def send(self, delivery: Delivery) -> Outcome:  # noqa: ARG002 - the port's signature
        return Accepted("250")

    def close(self) -> None:
        self.closed = True


def a_pool() -> tuple[ProviderPool, list[Open]]:
    made: list[Open] = []

    def make(_: Way) -> Open:
        made.append(Open())
        return made[-1]

    return ProviderPool(make), made


def test_one_at_a_time_uses_the_same() -> None:
    """Its connection is kept."""
    pool, made = a_pool()

    with pool.lend(WAY) as first:
        pass
    with pool.lend(WAY) as second:
        assert first is second

    assert len(made) == 1
    assert not made[0].closed


def test_nobody_is_lent_what_somebody_uses() -> None:
    """Two at once have one each, and so have two ways."""
    pool, made = a_pool()

    with pool.lend(WAY) as one, pool.lend(WAY) as two, pool.lend(Way(Channel.SMS, "relay1")) as three:
        assert len({id(one), id(two), id(three)}) == len(made) == 3


def test_one_is_kept_of_those_that_are_not_needed_any_more() -> None:
    """A server counts its connections; those in use stay."""
    pool, made = a_pool()

    with pool.lend(WAY) as used:
        with pool.lend(WAY), pool.lend(WAY):
            pass
        pool.shed(WAY)

        assert sorted(provider.closed for provider in made) == [False, False, True]
        assert not any(provider.closed for provider in made if provider is used)


def test_closed_is_closed_for_those_that_come_back_too() -> None:
    """Nothing stays open behind a configuration that was replaced."""
    pool, made = a_pool()

    with pool.lend(WAY):
        with pool.lend(WAY):
            pass
        pool.close()
        assert sorted(provider.closed for provider in made) == [False, True]

    assert all(provider.closed for provider in made)


def test_a_user_s_error_gives_it_back() -> None:
    """It is the next one's."""
    pool, made = a_pool()

    with pytest.raises(ZeroDivisionError), pool.lend(WAY):
        _ = 1 / 0
    with pool.lend(WAY):
        pass

    assert len(made) == 1
