"""Reopened letters in a record in memory: what the corridor and the sweep do with events that come back."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from notifier.model import Delivery
from notifier.outcome import Reason
from notifier.record.codec import to_ms
from notifier.record.glance import Comeback
from notifier.record.outbox import Plan, Way
from notifier.record.recomposition import Recomposition
from notifier.record.reopening import Ended, Ending, Letter, Reopening, Reopenings
from notifier.testing.memory_outbox import MemoryOutbox
from notifier.testing.memory_record import ASKED, DeliveryRow, EventRow

TAKEN = "another delivery goes to the address it has today"


class MemoryReopenings(Reopenings):
    """See `notifier.record.reopening`, and `notifier.record.glance.reopened`."""

    def __init__(self, outbox: MemoryOutbox) -> None:
        self._outbox = outbox
        self._record = outbox.record

    def of(self, event: str) -> Reopening | None:
        """The letters of an event that wait, in the order they were planned in."""
        with self._record.atomic():
            row = self._record.events.get(event)
            if row is None:
                return None
            known = {i: i for i in row.deliveries} | row.stands if row.asked else {}
            return Reopening(event, [self._letter(i) for i in row.deliveries if i in row.asked], known)

    def _letter(self, ident: str) -> Letter:
        row = self._record.deliveries[ident]
        to = row.message.to if row.message and not row.member else ()
        return Letter(ident, row.handler, row.message is not None, row.member, to)

    def recompose(self, reopening: Reopening, plan: Plan) -> Counter[Way]:
        """What is asked for no more when all was read is another's."""
        matching = Recomposition(reopening, plan)
        pairs = list(matching.deliveries())
        with self._record.atomic() as now:
            event = self._record.events.get(plan.event.key)
            if event is None:
                return Counter()
            again = self._outbox.again(event.asked_deferrals, event.asked_since, now) if plan.deferred else None
            if not again:  # it has waited long enough
                plan.failures.extend(plan.deferred)
            ways = Counter(way for pair in pairs for way in self._renew(event, plan, *pair, now))
            for ended in matching.endings():
                self._end(event, ended, plan.configuration_version, now)
            met = {note.handler for note in plan.notes}
            event.notes = (*(note for note in event.notes if note.handler not in met), *plan.notes)
            self._wait(event, again, now)
            return ways

    def give_back(self, event: str, reason: str, detail: str) -> int:
        """They are on the desk as they were."""
        with self._record.atomic() as now:
            row = self._record.events.get(event)
            if row is None:
                return 0
            asked = list(row.asked)
            for letter in asked:
                self._end(row, Ended(letter, Ending.BACK, reason, detail), "", now)
            self._wait(row, None, now)
            return len(asked)

    def _renew(self, event: EventRow, plan: Plan, letter: Letter, new: Delivery, now: datetime) -> list[Way]:
        """The letter's new text, or (it never was a message) one of those its definition makes; where it queues."""
        record, fresh = self._record, DeliveryRow.planned(plan, new, now)
        fresh.deadline = now + (new.deadline - new.created)  # from an operator's wish on, whatever it counted from
        there = event.stands.get(new.id, new.id if new.id in record.deliveries else letter.id)
        if letter.id not in event.asked:
            return []
        if there != letter.id:
            if letter.composed:  # planned in the meantime: whoever is there is told by that one
                self._end(event, Ended(letter.id, Ending.BACK, Reason.NO_LONGER_PLANNED, TAKEN), "", now)
            return []
        if not letter.composed:
            if event.told(fresh, plan):
                return []
            record.lay(event, fresh, now, plan)
            return [fresh.way]
        row = record.deliveries[letter.id]
        row.rewrite(fresh)
        if new.id != letter.id:
            event.stands[new.id] = letter.id
        event.asked.remove(letter.id)
        del record.desk[letter.id]
        record.queue(row, now)
        return [row.way]

    def _end(self, event: EventRow, ended: Ended, configuration_version: str, now: datetime) -> None:
        if ended.letter not in event.asked:
            return
        row = self._record.deliveries[ended.letter]
        row.reason, row.detail = ended.reason, ended.detail
        if ended.ending is Ending.WAITS:
            return
        event.asked.remove(row.id)
        row.state, row.was = row.was, ""
        if ended.ending is Ending.MADE:
            del self._record.desk[row.id]
            row.state = "recomposed"
            self._record.finish(row, now)
            return
        self._record.desk[row.id] = now
        if row.message is None and ended.definition_version:
            row.definition_version, row.configuration_version = ended.definition_version, configuration_version

    def _wait(self, event: EventRow, again: datetime | None, now: datetime) -> None:
        if not event.asked:
            event.asked_deferrals, event.asked_since = 0, None
        elif again:
            event.asked_deferrals += 1
            event.asked_since = event.asked_since or now
            self._record.deferred[event.event.key + ASKED] = again

    def reopened(self) -> list[Comeback]:
        """Events to be put back into the stream: those that an operator asked for, and those that have waited."""
        record = self._record
        with record.atomic() as now:
            for member in [m for m, at in record.deferred.items() if at <= now]:
                del record.deferred[member]
                record.reopened[member] = to_ms(now)
            return [
                self._comeback(member, since) for since, member in sorted((s, m) for m, s in record.reopened.items())
            ]

    def _comeback(self, member: str, since: int) -> Comeback:
        key, asked, _ = member.partition(ASKED)
        row = self._record.events.get(key)
        if row is None:
            return Comeback(key, b"", b"", bool(asked), since)
        arrived = str(to_ms(row.arrived or row.event.time)).encode()
        return Comeback(key, row.event.raw, arrived, bool(asked), since)

    def returned(self, comeback: Comeback) -> None:
        """It is in the stream again; if it was asked for anew since, it comes once more."""
        member = comeback.key + (ASKED if comeback.asked else "")
        with self._record.atomic():
            if self._record.reopened.get(member) == comeback.since:
                del self._record.reopened[member]
