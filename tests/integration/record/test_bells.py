"""How many bells are rung: as many as there is work for, fewer where it would do harm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from ageing import age
from redis import Redis

from notifier.record.codec import to_ms
from notifier.record.redis_outbox import PREFIX, Scripts

TTL_MS = FRESH_MS = 60_000


@pytest.fixture
def redis(redis: Redis) -> Redis:
    """A Redis that knows the provider to work."""
    fare(redis, answered_at=moment(0))
    return redis


def ring(redis: Redis, wanted: int) -> int:
    candidates = [f"bell{i}-{wanted}-{redis.incr('n')}" for i in range(wanted)]
    return len(Scripts(redis)("bell", "mail:relay1", wanted, TTL_MS, FRESH_MS, "", 0, *candidates))


def moment(seconds: int) -> int:
    """So many seconds from now (ms); Redis runs on this host, so its clock is ours."""
    return to_ms(datetime.now(UTC) + timedelta(seconds=seconds))


def fare(redis: Redis, **fields: int) -> None:
    """What is known of the provider."""
    redis.delete(f"{PREFIX}provider:mail:relay1")
    redis.hset(f"{PREFIX}provider:mail:relay1", mapping=fields)  # type: ignore[arg-type]


def test_outstanding_bells_are_not_rung_again(redis: Redis) -> None:
    """A thousand events ring once."""
    assert ring(redis, 1) == 1
    assert ring(redis, 1) == 0
    assert ring(redis, 4) == 3


def test_a_forgotten_bell_makes_room(redis: Redis) -> None:
    """What was lost on the way is rung again."""
    Scripts(redis)("bell", "mail:relay1", 1, 0, FRESH_MS, "", 0, "lost")

    assert ring(redis, 1) == 1


@pytest.mark.parametrize("fields", [{"failures": 3}, {"answered_at": moment(-61)}])
def test_a_provider_that_nobody_knows_to_work_gets_one_worker(redis: Redis, fields: dict[str, int]) -> None:
    """It failed, or was silent for long: one looks, and a relay that only times out must not hold all workers."""
    fare(redis, **fields)

    assert ring(redis, 4) == 1


def test_while_one_looks_nobody_else_is_rung_for(redis: Redis) -> None:
    """Not even when that bell is forgotten: whoever came would find nothing to claim."""
    fare(redis, failures=3)
    redis.zadd(f"{PREFIX}leased:mail:relay1", {"probe": moment(20)})

    assert ring(redis, 4) == 0


@pytest.mark.parametrize("fields", [{"failures": 1}, {}])
def test_a_provider_that_is_left_alone_is_not_rung_for(redis: Redis, fields: dict[str, int]) -> None:
    """It failed, or asked for a pause."""
    fare(redis, resume_at=moment(20), **fields)

    assert ring(redis, 4) == 0


def test_the_stream_s_bells_know_no_provider(redis: Redis) -> None:
    """Events are evaluated by as many as there is work for."""
    assert len(Scripts(redis)("bell", "evaluate", 4, TTL_MS, 0, "", 0, "a", "b", "c", "d")) == 4


def test_whoever_is_still_at_work_is_not_forgotten(redis: Redis) -> None:
    """A mail may take longer than a bell is remembered; with another one there would be one connection too many."""
    Scripts(redis)("bell", "mail:relay1", 1, 1000, FRESH_MS, "", 0, "mine")
    Scripts(redis)("enter", "mail:relay1", 1000, "mine", 1)
    Scripts(redis)("keep", "mail:relay1", 60_000, "mine")
    age(redis, timedelta(seconds=30))

    assert ring(redis, 1) == 0

    Scripts(redis)("keep", "mail:relay1", 60_000, "answered before")
    assert redis.zcard(f"{PREFIX}bells:mail:relay1") == 1


@pytest.mark.parametrize(("rates", "bells"), [("", 4), ("3/1000", 3), ("30/60000", 1), ("1000/1000 2/3600000", 2)])
def test_no_more_are_rung_for_than_may_be_sent(redis: Redis, rates: str, bells: int) -> None:
    """Whoever came beyond that would find nothing to claim."""
    assert len(Scripts(redis)("bell", "mail:relay1", 4, TTL_MS, FRESH_MS, rates, 0, "a", "b", "c", "d")) == bells


def test_no_more_work_at_once_than_there_are_connections(redis: Redis) -> None:
    """A bell that lay in the queue until it was forgotten finds another in its place."""
    run = Scripts(redis)

    def enter(bell: str, most: int = 1) -> bool:
        return bool(run("enter", "mail:relay1", TTL_MS, bell, most))

    run("bell", "mail:relay1", 1, 0, FRESH_MS, "", 0, "forgotten")
    run("bell", "mail:relay1", 1, TTL_MS, FRESH_MS, "", 0, "another")

    assert enter("another")
    assert not enter("forgotten")
    assert enter("forgotten", most=2)  # there is room after all
    assert enter("another")  # the one that is at it stays


def test_whoever_begins_at_once_takes_the_place_of_those_that_wait(redis: Redis) -> None:
    """Bells in a queue behind other work hold no connection; those whose work has begun keep theirs."""
    run = Scripts(redis)

    def begin(wanted: int, *bells: str) -> list[bytes]:
        return list(run("bell", "mail:relay1", wanted, TTL_MS, FRESH_MS, "", 1, *bells))

    assert ring(redis, 3) == 3
    assert run("enter", "mail:relay1", TTL_MS, "bell0-3-1", 3)

    assert begin(3, "a", "b", "c") == [b"a", b"b"]
    assert begin(3, "d") == []
    assert ring(redis, 3) == 0
    assert not run("enter", "mail:relay1", TTL_MS, "bell1-3-1", 3), "its place is taken"
    assert begin(4, "e", "f") == [b"e"]
