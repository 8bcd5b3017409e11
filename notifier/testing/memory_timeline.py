"""What happened, over a record in memory: what `notifier show` and `notifier status` tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from notifier.circuit import State
from notifier.configuration import Rate
from notifier.errors import UnknownId
from notifier.record.codec import iso, to_ms
from notifier.record.glance import Glance, Queue
from notifier.record.outbox import Way
from notifier.testing.memory_record import DeliveryRow, EventRow, MemoryRecord


class MemoryTimeline:
    """See `notifier.record.timeline.Timeline`, and `notifier.record.glance`. Changes nothing."""

    def __init__(self, record: MemoryRecord, rates: Callable[[Way], Sequence[Rate]] = lambda _: ()) -> None:
        self._record = record
        self._rates = rates

    def show(self, word: str) -> dict[str, Any]:
        """The story of the event that a producer called so, or that has this key.

        Raises:
            UnknownId: there is none, or several.
        """
        with self._record.atomic():
            found = [row for key, row in self._record.events.items() if word in (key, row.event.id)]
            if len(found) != 1:
                raise UnknownId(f"{len(found)} events are known under {word!r}")
            return self._story(found[0])

    def _story(self, row: EventRow) -> dict[str, Any]:
        event = row.event
        stories = [{"name": n.handler, "verdict": n.verdict, "reason": n.reason, "detail": n.detail} for n in row.notes]
        state = "deferred" if row.again else "final" if row.planned and row.open <= 0 else "open"
        return {
            "event": {
                "key": event.key, "id": event.id, "source": event.source, "type": event.type,
                "position": event.position, "time": _iso(event.time), "planned": _iso(row.planned), "state": state,
                "again": _iso(row.again), "deferrals": row.deferrals, "handlers": stories,
            },
            "deliveries": [self._delivery(self._record.deliveries[i]) for i in row.deliveries],
        }  # fmt: skip

    def _delivery(self, row: DeliveryRow) -> dict[str, Any]:
        return _delivery(row, self._record.due.get(row.way, {}).get(row.id))

    def glance(self) -> Glance:
        """How much waits where."""
        record = self._record
        with record.atomic() as now:
            queues = [self._queue(way, now) for way in sorted(record.due, key=str)]
            return Glance(now, len(record.desk), len(record.deferred), queues, len(record.guard.flood))

    def _queue(self, way: Way, now: datetime) -> Queue:
        record, circuit, due = self._record, self._record.circuit(way), len(self._record.due_now(way, now))
        return Queue(
            way=way,
            state=circuit.state(now),
            due=due,
            waiting=len(record.due[way]) - due,
            leased=len(record.leased[way]),
            resume_at=circuit.resume_at,
            accepted=circuit.counts["accepted"],
            deferred=circuit.counts["deferred"],
            rejected=circuit.counts["rejected"],
            throttled=circuit.counts["throttled"],
            misconfigured=circuit.counts["misconfigured"],
            unsure=circuit.counts["unsure"],
            failures=circuit.failures,
            permit_at=record.rates.permits(way, self._rates(way), now)[1],
            why="" if circuit.state(now) is State.OK else circuit.why,
        )


def _delivery(row: DeliveryRow, due: datetime | None) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": row.state,
        "handler": row.handler,
        "channel": row.home.channel,
        "provider": row.home.provider,
        "via": row.way.provider,
        "to": row.to,
        "reason": row.reason,
        "detail": row.detail,
        "created": _iso(row.created),
        "due": _iso(due),
        "replays": row.replays,
        "definition_version": row.definition_version,
        "configuration_version": row.configuration_version,
        "attempts": [{**asdict(attempt), "at": _iso(attempt.at)} for attempt in row.history],
        "receipts": [
            dict(zip(("at", "part", "state", "error", "done"), (_iso(at), *said), strict=True))
            for at, *said in row.receipts
        ],
    }


def _iso(moment: datetime | None) -> str | None:
    return iso(to_ms(moment)) if moment else None
