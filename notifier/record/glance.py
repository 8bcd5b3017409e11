"""How much waits where: what the sweep rings by and what `notifier status` shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from redis import Redis

from notifier.circuit import State
from notifier.record.codec import from_ms
from notifier.record.outbox import Way
from notifier.record.redis_outbox import PREFIX, Scripts


@dataclass(frozen=True, slots=True)
class Queue:
    """One provider's deliveries and health."""

    way: Way
    #: How its circuit stands.
    state: State
    #: May be tried now.
    due: int
    #: Wait for their time.
    waiting: int
    leased: int
    #: Not before then, because the provider just failed as a whole, or asked for a pause.
    resume_at: datetime | None
    accepted: int
    deferred: int
    rejected: int
    throttled: int
    misconfigured: int
    unsure: int
    failures: int

    def paused(self, now: datetime) -> bool:
        """It is being left alone for a moment."""
        return self.resume_at is not None and self.resume_at > now


@dataclass(frozen=True, slots=True)
class Glance:
    """All queues at one moment."""

    now: datetime
    dead: int
    #: Events that wait for the directory.
    deferred: int
    queues: Sequence[Queue]


def glance(redis: Redis) -> Glance:
    """One call, whatever the number of deliveries."""
    now, dead, deferred, *rows = Scripts(redis)("glance")
    queues = [_queue(row) for row in rows]
    return Glance(from_ms(now), int(dead), int(deferred), sorted(queues, key=lambda q: str(q.way)))


def _queue(row: Sequence[bytes | int]) -> Queue:
    name, state, due, waiting, leased, resume_at, *counts = row
    accepted, deferred, rejected, throttled, misconfigured, unsure, failures = map(int, counts)
    return Queue(
        Way.parse(_text(name)),
        State(_text(state)),
        int(due),
        int(waiting),
        int(leased),
        from_ms(resume_at) if int(resume_at) else None,
        accepted,
        deferred,
        rejected,
        throttled,
        misconfigured,
        unsure,
        failures,
    )


def _text(field: bytes | int) -> str:
    return field.decode() if isinstance(field, bytes) else str(field)


def reopened(redis: Any, most: int = 1000) -> list[tuple[str, bytes, bytes]]:
    """Events that wait to be evaluated again: their keys, texts, and where known when they came (ms)."""
    Scripts(redis)("awaken", most)
    keys = [key.decode() for key in redis.zrange(f"{PREFIX}reopened", 0, most - 1)]
    rows = [(key, redis.hmget(f"{PREFIX}event:{key}", "raw", "arrived")) for key in keys]
    return [(key, raw or b"", arrived or b"") for key, (raw, arrived) in rows]


def returned(redis: Redis, key: str) -> None:
    """An event that waited is in the stream again."""
    redis.zrem(f"{PREFIX}reopened", key)
