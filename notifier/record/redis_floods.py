"""What was held back from recipients, in Redis (`lua/flood.lua`, `overflows.lua`, `tell.lua`)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta

from redis import Redis

from notifier.record.codec import decode_message, from_ms, to_milliseconds, to_ms
from notifier.record.flood import Overflow, alone
from notifier.record.outbox import Plan
from notifier.record.redis_outbox import Scripts
from notifier.record.replicas import NONE, Replicas
from notifier.record.rows import flat, rows_of


class RedisFloods:
    """See `notifier.record.flood.Floods`."""

    def __init__(self, redis: Redis, *, retention: timedelta, replicas: Replicas = NONE) -> None:
        self._run = Scripts(redis)
        self._retention = max(to_milliseconds(retention), 1)
        self._replicas = replicas

    def overflows(self, most: int = 100) -> Sequence[Overflow]:
        """One call; hardly ever there is one."""
        rows = self._run("overflows", most, self._retention)
        return [_overflow(*row) for row in rows]

    def tell(self, overflow: Overflow, plan: Plan) -> bool:
        """Plan the summary and forget the overflow, both or nothing."""
        event = plan.event
        notes = json.dumps([[n.handler, n.verdict, n.reason, n.detail] for n in plan.notes], ensure_ascii=False)
        head = [event.key, event.id, event.source, event.type, event.position, to_ms(event.time), notes]
        (row,) = rows_of(plan)
        arguments = [overflow.ident, overflow.count, *head, plan.configuration_version, *row]
        return bool(self._run.replicated(self._replicas, "tell", *flat([arguments])))


def _overflow(ident: bytes, envelope: bytes, number: bytes, count: bytes, since: bytes, until: bytes) -> Overflow:
    message = alone(decode_message(envelope), int(number))
    return Overflow(ident.decode(), message, int(count), from_ms(since), from_ms(until))
