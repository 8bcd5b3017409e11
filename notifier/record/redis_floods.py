"""What was held back from recipients, in Redis (`lua/flood.lua`, `overflows.lua`, `tell.lua`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from redis import Redis

from notifier.record.codec import decode_message, from_ms, to_milliseconds, to_ms
from notifier.record.flood import Overflow, alone
from notifier.record.notes import encode_notes
from notifier.record.outbox import Plan
from notifier.record.redis_outbox import PREFIX, Scripts
from notifier.record.replicas import NONE, Replicas
from notifier.record.rows import flat, rows_of

LATER = timedelta(hours=1)


class RedisFloods:
    """See `notifier.record.flood.Floods`."""

    def __init__(self, redis: Redis, *, retention: timedelta, replicas: Replicas = NONE) -> None:
        self._run = Scripts(redis)
        self._redis: Any = redis  # its annotations serve clients of str and of bytes alike
        self._retention = max(to_milliseconds(retention), 1)
        self._replicas = replicas
        #: Of the last look: what this version can't read; it waits for one that can, an hour at a time.
        self.unreadable: list[str] = []

    def overflows(self, most: int = 100) -> Sequence[Overflow]:
        """One call; hardly ever there is one."""
        found: list[Overflow] = []
        self.unreadable = []
        for row in self._run("overflows", most, self._retention):
            try:
                found.append(_overflow(*row))
            except (ValueError, TypeError, LookupError, AttributeError, OverflowError):
                self.unreadable.append(row[0].decode())
                seconds, _ = self._redis.time()
                self._redis.zadd(f"{PREFIX}held", {row[0]: seconds * 1000 + to_milliseconds(LATER)}, xx=True)
        return found

    def tell(self, overflow: Overflow, plan: Plan) -> bool:
        """Plan the summary and forget the overflow, both or nothing."""
        event = plan.event
        notes = encode_notes(plan.notes)
        head = [event.key, event.id, event.source, event.type, event.position, to_ms(event.time), notes]
        (row,) = rows_of(plan)
        arguments = [overflow.ident, overflow.count, *head, plan.configuration_version, *row]
        return bool(self._run.replicated(self._replicas, "tell", *flat([arguments])))


def _overflow(ident: bytes, envelope: bytes, number: bytes, count: bytes, since: bytes, until: bytes) -> Overflow:
    message = alone(decode_message(envelope), int(number))
    return Overflow(ident.decode(), message, int(count), from_ms(since), from_ms(until))
