"""The desk over a record in memory: what `notifier dead` does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from notifier.configuration import Policies
from notifier.record.codec import iso, to_ms
from notifier.record.desk import Answer, DeadLetter, DeadLetters, Filter
from notifier.testing.memory_record import ASKED, DeliveryRow, MemoryRecord


class MemoryDesk(DeadLetters):
    """See `notifier.record.desk.DeadLetters`."""

    def __init__(self, record: MemoryRecord, policies: Policies | None = None) -> None:
        self._record = record
        self._policies = policies or Policies()

    def letters(self, wanted: Filter | None = None) -> Iterator[DeadLetter]:
        """The dead letters, oldest first."""
        wanted = wanted or Filter()
        with self._record.atomic():
            ids = [i for at, i in sorted((at, i) for i, at in self._record.desk.items()) if at >= (wanted.since or at)]
            letters = [_letter(self._record, self._record.deliveries[i]) for i in ids]
        return filter(wanted.admits, letters)

    def replay(self, letters: Sequence[DeadLetter], *, recompose: bool = False) -> list[Answer]:
        """Send again, or let their event meet their definitions again."""
        return [self._replay(letter, recompose=recompose) for letter in letters]

    def discard(self, letters: Sequence[DeadLetter]) -> list[Answer]:
        """Give them up for good; their texts are erased at once."""
        return [self._discard(letter) for letter in letters]

    def _replay(self, letter: DeadLetter, *, recompose: bool) -> Answer:
        record = self._record
        with record.atomic() as now:
            row = self._there(letter)
            if row is None:
                return Answer.NOT_THERE
            if recompose or row.message is None:
                self._reopen(row, now)
                return Answer.REOPENED
            self._take(row)
            row.state, row.attempts, row.lost, row.way = "retry", 0, 0, row.home
            row.refused_by = None
            row.deadline = now + self._policies.of(letter.channel, letter.provider).deadline
            row.replays += 1
            record.queue(row, now)
            return Answer.DONE

    def _discard(self, letter: DeadLetter) -> Answer:
        with self._record.atomic() as now:
            row = self._there(letter)
            if row is None:
                return Answer.NOT_THERE
            self._take(row)
            row.state = "discarded"
            self._record.finish(row, now)
            return Answer.DONE

    def _reopen(self, row: DeliveryRow, now: datetime) -> None:
        """It stays on the desk until its event has met its definition again."""
        if row.state != "reopened":
            row.was, row.state = row.state, "reopened"
            row.replays += 1
        self._record.guard.flood.pop(row.id, None)
        self._record.events[row.event].asked.add(row.id)
        # Asked for twice is later than asked for once: whoever returned it after the first time takes it away no more.
        member = row.event + ASKED
        self._record.reopened[member] = max(to_ms(now), self._record.reopened.get(member, 0) + 1)
        self._record.deferred.pop(member, None)

    def _there(self, letter: DeadLetter) -> DeliveryRow | None:
        return self._record.deliveries[letter.id] if letter.id in self._record.desk else None

    def _take(self, row: DeliveryRow) -> None:
        del self._record.desk[row.id]
        self._record.guard.flood.pop(row.id, None)
        self._record.events[row.event].asked.discard(row.id)
        row.was = ""


def _letter(record: MemoryRecord, row: DeliveryRow) -> DeadLetter:
    event = record.events[row.event].event
    return DeadLetter(
        id=row.id,
        event=event.id,
        type=event.type,
        handler=row.handler,
        channel=row.home.channel,
        provider=row.home.provider,
        to=row.to,
        reason=row.reason,
        detail=row.detail,
        attempts=row.tries,
        first=iso(to_ms(row.first)) if row.first else None,
        last=iso(to_ms(row.last)) if row.last else None,
        state=row.state,
        via=row.way.provider,
        definition_version=row.definition_version,
        configuration_version=row.configuration_version,
        replays=row.replays,
    )
