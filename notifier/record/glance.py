"""How much waits where: what the sweep rings by and what `notifier status` shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from redis import Redis

from notifier.circuit import State
from notifier.record.codec import from_ms
from notifier.record.outbox import Way
from notifier.record.redis_outbox import PREFIX, Scripts
from notifier.record.rows import flat


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
    #: Its rate allows nothing before then; None: it may be sent something now.
    permit_at: datetime | None = None
    #: Why it isn't *ok*: the reason and the last words of the attempt that said so.
    why: str = ""

    def paused(self, now: datetime) -> bool:
        """It is being left alone for a moment."""
        return self.resume_at is not None and self.resume_at > now

    @property
    def limited(self) -> bool:
        """Something is due, and its rate doesn't allow it yet."""
        return self.due > 0 and self.permit_at is not None


@dataclass(frozen=True, slots=True)
class Glance:
    """All queues at one moment."""

    now: datetime
    dead: int
    #: Events that wait for the directory.
    deferred: int
    queues: Sequence[Queue]
    #: Of the dead: what the flood guard held back and nobody has decided on.
    held_back: int = 0

    def of(self, way: Way) -> Queue | None:
        """One provider's; None: it never had a delivery."""
        return next((queue for queue in self.queues if queue.way == way), None)


def glance(redis: Redis, rates: Mapping[Way, str] | None = None) -> Glance:
    """One call, whatever the number of deliveries; ``rates``: those of providers that have some, for the scripts."""
    now, dead, deferred, held_back, *rows = Scripts(redis)(
        "glance", *flat((str(way), text) for way, text in (rates or {}).items())
    )
    queues = [_queue(row) for row in rows]
    ordered = sorted(queues, key=lambda q: str(q.way))
    return Glance(from_ms(now), int(dead), int(deferred), ordered, int(held_back))


def _queue(row: Sequence[bytes | int]) -> Queue:
    name, state, due, waiting, leased, resume_at, *counts, why = row
    accepted, deferred, rejected, throttled, misconfigured, unsure, failures, permit_at = map(int, counts)
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
        from_ms(permit_at) if permit_at else None,
        _text(why),
    )


def _text(field: bytes | int) -> str:
    return field.decode() if isinstance(field, bytes) else str(field)


@dataclass(frozen=True, slots=True)
class Comeback:
    """An event that waits to be put back into the stream."""

    key: str
    #: Empty where it isn't kept any more.
    raw: bytes
    #: When it first came (ms); its time where that isn't known.
    arrived: bytes
    #: Only its reopened letters wait.
    asked: bool
    since: int


def reopened(redis: Any, most: int = 1000) -> list[Comeback]:
    """Events that wait to be evaluated again."""
    Scripts(redis)("awaken", most)
    found = [(m.decode(), int(since)) for m, since in redis.zrange(f"{PREFIX}reopened", 0, most - 1, withscores=True)]
    comebacks = []
    for member, since in found:
        key, _, asked = member.partition(":")
        raw, arrived, time = redis.hmget(f"{PREFIX}event:{key}", "raw", "arrived", "time")
        comebacks.append(Comeback(key, raw or b"", arrived or time or b"", bool(asked), since))
    return comebacks


def returned(redis: Redis, comeback: Comeback) -> None:
    """An event that waited is in the stream again. Not if it was asked for anew since: then it comes once more."""
    Scripts(redis)("returned", f"{comeback.key}:asked" if comeback.asked else comeback.key, comeback.since)
