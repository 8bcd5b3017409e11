"""The flood guard over a record in memory: what `record/lua/flood.lua` and its neighbours mean, in few words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from notifier.configuration import Rate
from notifier.model import Delivery, Message
from notifier.outcome import Reason
from notifier.record.flood import Floods, Overflow, alone, envelope_of, guarded, recipients
from notifier.record.outbox import Plan

if TYPE_CHECKING:
    from notifier.testing.memory_record import MemoryRecord


@dataclass(slots=True)
class _Held:
    """What was held back from one recipient in one window."""

    envelope: Message
    since: datetime
    until: datetime
    #: When they are to be told.
    end: datetime
    count: int = 0


@dataclass(slots=True)
class MemoryGuard:
    """Windows by recipient, and what was held back in them."""

    #: How many counted, and until when the window is.
    windows: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    held: dict[str, _Held] = field(default_factory=dict)
    #: Deliveries, and when they were held back.
    flood: dict[str, datetime] = field(default_factory=dict)

    def too_many(self, delivery: Delivery, limit: Rate, now: datetime) -> bool:
        """Counts a delivery for each recipient; whether all of them have had enough."""
        if not guarded(delivery):
            return False
        over, found = True, []
        for who in recipients(delivery.message):
            count, end = self.windows.get(who, (0, now))
            count, end = (1, now + limit.period) if end <= now else (count + 1, end)
            self.windows[who] = count, end
            over = over and count > limit.count
            found.append((f"{who}:{end.timestamp()}", end))
        if over:
            for number, (ident, end) in enumerate(found):
                envelope = alone(envelope_of(delivery.message), number)
                held = self.held.setdefault(ident, _Held(envelope, now, now, end))
                held.count, held.until = held.count + 1, now
            self.flood[delivery.id] = now
        return over


class MemoryFloods(Floods):
    """See `notifier.record.flood.Floods`."""

    def __init__(self, record: MemoryRecord) -> None:
        self._record = record

    def overflows(self, most: int = 100) -> Sequence[Overflow]:
        """Windows that are over; what was held back longer ago than the retention is given up."""
        with self._record.atomic() as now:
            for ident in [i for i, at in self._record.guard.flood.items() if at <= now - self._record.retention][:most]:
                self._give_up(ident, now)
            held = sorted((one.end, ident) for ident, one in self._record.guard.held.items() if one.end <= now)
            return [self._overflow(ident) for _, ident in held[:most]]

    def tell(self, overflow: Overflow, plan: Plan) -> bool:
        """Plan the summary and forget the overflow, both or nothing."""
        with self._record.atomic() as now:
            held = self._record.guard.held.get(overflow.ident)
            if held is None or held.count != overflow.count:
                return False
            del self._record.guard.held[overflow.ident]
            self._record.lay_summary(plan, now)
            return True

    def _overflow(self, ident: str) -> Overflow:
        held = self._record.guard.held[ident]
        return Overflow(ident, held.envelope, held.count, held.since, held.until)

    def _give_up(self, ident: str, now: datetime) -> None:
        del self._record.guard.flood[ident]
        row = self._record.deliveries.get(ident)
        if row and (row.state, row.reason) == ("held", Reason.RECIPIENT_LIMIT):
            del self._record.desk[ident]
            row.state = "discarded"
            self._record.finish(row, now)
