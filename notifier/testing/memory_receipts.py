"""Receipts over a record in memory: what `record/lua/join.lua` and `receipt.lua` mean, in few words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from notifier.record.receipts import EARLY, Receipt, Receipts

if TYPE_CHECKING:
    from notifier.testing.memory_record import DeliveryRow, MemoryRecord


@dataclass(slots=True)
class MemoryNames:
    """What providers call the parts of deliveries, and receipts for names that nobody knows yet."""

    #: The delivery, the part, and until when it is known.
    known: dict[str, tuple[str, int, datetime]] = field(default_factory=dict)
    early: dict[str, list[Receipt]] = field(default_factory=dict)
    until: dict[str, datetime] = field(default_factory=dict)

    def name(self, row: DeliveryRow, messages: Sequence[str], now: datetime, until: datetime) -> None:
        """A delivery's parts were taken under these names; what came before that is joined."""
        for part, message in enumerate(messages, 1):
            if not message:
                continue
            self.known[message] = row.id, part, until
            if self.until.pop(message, now) > now:
                for receipt in self.early.get(message, ()):
                    note(row, part, receipt, now)
            self.early.pop(message, None)


class MemoryReceipts(Receipts):
    """See `notifier.record.receipts.Receipts`."""

    def __init__(self, record: MemoryRecord) -> None:
        self._record = record

    def join(self, receipts: Sequence[Receipt]) -> Sequence[str]:
        """Note each with its delivery, or keep it for a day."""
        with self._record.atomic() as now:
            return [self._join(receipt, now) for receipt in receipts]

    def _join(self, receipt: Receipt, now: datetime) -> str:
        names = self._record.names
        ident, part, until = names.known.get(receipt.message, ("", 0, now))
        row = self._record.deliveries.get(ident)
        if row is not None and until > now:
            note(row, part, receipt, now)
            return row.id
        waiting = names.early.setdefault(receipt.message, [])
        if receipt not in waiting:
            waiting.append(receipt)
        names.until[receipt.message] = now + EARLY
        return ""


def note(row: DeliveryRow, part: int, receipt: Receipt, now: datetime) -> None:
    """Said twice it is noted once."""
    said = (part, str(receipt.state), receipt.error, receipt.done)
    if said not in (known[1:] for known in row.receipts):
        row.receipts.append((now, *said))
