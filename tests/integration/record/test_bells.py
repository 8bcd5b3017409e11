"""How many bells are rung: as many as there is work for, fewer where it would do harm."""

from __future__ import annotations

from redis import Redis

from notifier.record.redis_outbox import PREFIX, Scripts

TTL_MS = 60_000


def ring(redis: Redis, wanted: int) -> int:
    candidates = [f"bell{i}-{wanted}-{redis.incr('n')}" for i in range(wanted)]
    return len(Scripts(redis)("bell", "mail:relay1", wanted, TTL_MS, *candidates))


def test_outstanding_bells_are_not_rung_again(redis: Redis) -> None:
    """A thousand events ring once."""
    assert ring(redis, 1) == 1
    assert ring(redis, 1) == 0
    assert ring(redis, 4) == 3


def test_a_forgotten_bell_makes_room(redis: Redis) -> None:
    """What was lost on the way is rung again."""
    Scripts(redis)("bell", "mail:relay1", 1, 0, "lost")

    assert ring(redis, 1) == 1


def test_a_failing_provider_gets_one_worker(redis: Redis) -> None:
    """A relay that answers only after a long time-out must not hold all workers."""
    redis.hset(f"{PREFIX}provider:mail:relay1", "failures", 3)

    assert ring(redis, 4) == 1
