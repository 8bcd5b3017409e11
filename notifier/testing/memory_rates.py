"""What `record/lua/rate.lua` means, in few words: how much a provider may be sent by all workers together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby

from notifier.configuration import Rate
from notifier.record.outbox import Way

SECOND = timedelta(seconds=1)


@dataclass(slots=True)
class MemoryRates:
    """What was sent where, lately."""

    #: Of the fastest rate: when nothing that was sent counts any more.
    _full: dict[tuple[Way, Rate], datetime] = field(default_factory=dict)
    #: Of the others, budgets: when what was sent. Redis counts by sixtieths of the time, which is never more.
    _sent: dict[tuple[Way, timedelta], list[datetime]] = field(default_factory=dict)

    def permits(self, asked: Way, rates: Sequence[Rate], now: datetime) -> tuple[float, datetime | None]:
        """How many may be sent now, and, when none may, from when on one may."""
        room, moment = math.inf, None
        for way, rate, first in _owned(asked, rates):
            if first:
                gap, span = _spacing(rate)
                full = max(self._full.get((way, rate), now), now)
                here, since = math.floor((span - (full - now)) / gap + 1e-6), full + gap - span
            else:
                sent = [at for at in self._sent.get((way, rate.period), ()) if at > now - rate.period]
                here, since = rate.count - len(sent), min(sent, default=now) + rate.period
            room = min(room, max(here, 0))
            if here < 1:
                moment = max(since, moment or since)
        return room, moment

    def spend(self, sender: Way, rates: Sequence[Rate], sent: int, now: datetime) -> None:
        """So many are being sent."""
        for way, rate, first in _owned(sender, rates):
            if first:
                gap, _ = _spacing(rate)
                self._full[way, rate] = max(self._full.get((way, rate), now), now) + sent * gap
            else:
                self._sent.setdefault((way, rate.period), []).extend([now] * sent)


def _owned(way: Way, rates: Sequence[Rate]) -> Iterator[tuple[Way, Rate, bool]]:
    """Each with the way under which it is counted, and whether it is that one's first."""
    for whose, of in groupby(rates, key=lambda rate: rate.whose):
        for number, rate in enumerate(of):
            yield Way.parse(whose) if whose else way, replace(rate, whose=""), number == 0


def _spacing(rate: Rate) -> tuple[timedelta, timedelta]:
    gap = rate.period / rate.count
    return gap, max(gap, SECOND)
