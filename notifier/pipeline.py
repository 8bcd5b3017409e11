"""THE CORRIDOR: from a published event to a delivered message. Read this first.

    take_in   stream ▶ contract ▶ (quarantine) ▶ evaluate ▶ record.plan ▶ acknowledge
    attempt   record.claim ▶ window (provider.send ▶ retry.next_step) ▶ record.settle

Both work in batches and both may be cut off at any line: what was not acknowledged is read again and planned
once; what was not settled is leased again and recorded as unsure.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from notifier.configuration import Policies
from notifier.deliver.provider import Provider, Windowed
from notifier.errors import UnreadableEvent
from notifier.evaluation import Evaluator, plan_of
from notifier.intake.contract import DEFAULT_MAX_SIZE, parse
from notifier.intake.quarantine import Quarantine
from notifier.intake.stream import Entry, Stream
from notifier.model import Event
from notifier.observe.events import DefinitionFailed, EventDeferred, EventPlanned, EventQuarantined, Observer
from notifier.outcome import Unreadable
from notifier.recomposing import Recomposer
from notifier.record.hold import Hold
from notifier.record.keeper import LeaseKeeper
from notifier.record.outbox import Outbox, Plan, RecordError, Way
from notifier.window import Window

#: An entry that took this many readers with it goes to quarantine.
MOST_READERS = 5


@dataclass(frozen=True, slots=True)
class TakenIn:
    """One batch of the stream."""

    entries: int
    planned: int
    quarantined: int
    #: Where deliveries were queued, and how many.
    ways: Mapping[Way, int]


@dataclass(slots=True)
class _Done:
    """What was made of some entries: plans, and for each whether it was planned for the first time."""

    plans: list[Plan] = field(default_factory=list)
    fresh: list[bool] = field(default_factory=list)
    quarantined: int = 0

    def __add__(self, other: _Done) -> _Done:
        return _Done(self.plans + other.plans, self.fresh + other.fresh, self.quarantined + other.quarantined)


class Intake:
    """The first half: events become planned deliveries."""

    #: How often abandoned entries are looked for although there are new ones.
    LOOK_BACK_SECONDS = 1.0

    def __init__(
        self,
        *,
        stream: Stream,
        quarantine: Quarantine,
        outbox: Outbox,
        keeper: LeaseKeeper,
        evaluator: Evaluator,
        recomposer: Recomposer,
        policies: Policies,
        observe: Observer,
        max_size: int = DEFAULT_MAX_SIZE,
        version: str = "",
    ) -> None:
        self._stream = stream
        self._quarantine = quarantine
        self._outbox = outbox
        self._keeper = keeper
        self._looked_back = -self.LOOK_BACK_SECONDS
        self._evaluator = evaluator
        self._recomposer = recomposer
        self._policies = policies
        self._observe = observe
        self._max_size = max_size
        self._version = version

    def take_in(self, count: int, now: Callable[[], datetime]) -> TakenIn:
        """Read up to ``count`` new entries, plan what follows, acknowledge.

        An abandoned entry comes alone: should it end its reader, it takes no others along.
        """
        entries = self._look_back() or self._stream.read(count) or self._stream.abandoned(1)
        ids = [entry.id for entry in entries]
        with self._keeper.keeping(partial(self._stream.keep, ids)):
            try:
                done = self._record(entries, now)
            except RecordError:
                raise
            except Exception:  # noqa: BLE001 - what one event does to the record must not keep the others out
                done = self._one_by_one(entries, now)
        self._stream.acknowledge(ids)
        ways: Counter[Way] = Counter()
        for plan, first_time in zip(done.plans, done.fresh, strict=True):
            if first_time:
                ways.update(plan.ways)
            self._announce(plan, first_time=first_time)
        return TakenIn(len(entries), len(done.plans), done.quarantined, ways)

    def _look_back(self) -> list[Entry]:
        """Now and then what another reader left behind comes first: under load there is always something new."""
        if time.monotonic() - self._looked_back < self.LOOK_BACK_SECONDS:
            return []
        entries = self._stream.abandoned(1)
        if not entries:
            self._looked_back = time.monotonic()
        return entries

    def _record(self, entries: Sequence[Entry], now: Callable[[], datetime]) -> _Done:
        """Plan one event after the other: the next is evaluated when what follows from the one before is written."""
        planned, again = _Done(), _Done()

        def each() -> Iterator[Plan]:
            nonlocal again
            for entry in entries:
                found = (
                    self._recomposer.recompose(entry.asked, partial(self._event, entry), now) if entry.asked else None
                )
                if found is None and self._stream.is_ours(entry):
                    continue  # what was asked for was settled otherwise, and its event forgotten since
                if found is None:
                    yield from self._plan(entry, now(), planned)
                else:
                    again += _Done(list(found), [True] * len(found))

        planned.fresh += self._outbox.plan(each())
        return planned + again

    def _one_by_one(self, entries: Sequence[Entry], now: Callable[[], datetime]) -> _Done:
        done = _Done()
        for entry in entries:
            try:
                done += self._record([entry], now)
            except RecordError:
                raise
            except Exception as error:  # noqa: BLE001 - a bug costs this event a release from quarantine, no other event
                self._set_aside(entry, Unreadable.INTERNAL_ERROR, type(error).__name__)
                done.quarantined += 1
        return done

    def _plan(self, entry: Entry, now: datetime, done: _Done) -> Iterator[Plan]:
        try:
            event = self._event(entry)
            found = self._evaluator.evaluate(event)
            plan = plan_of(found, self._policies, now, entry.arrived, version=self._version)
        except UnreadableEvent as error:
            reason, detail = error.reason, error.detail
        except Exception as error:  # noqa: BLE001 - a bug costs this event a release from quarantine, no other event
            reason, detail = Unreadable.INTERNAL_ERROR, type(error).__name__
        else:
            done.plans.append(plan)
            yield plan
            return
        self._set_aside(entry, reason, detail)
        done.quarantined += 1

    def _set_aside(self, entry: Entry, reason: str, detail: str) -> None:
        self._quarantine.add(entry.id, entry.whole, reason, detail)
        self._observe(EventQuarantined(entry.id, reason, detail))

    def _event(self, entry: Entry) -> Event:
        if entry.raw is None:
            raise UnreadableEvent(Unreadable.NO_EVENT_FIELD, "the stream entry has no field 'event'")
        if entry.handed_out > MOST_READERS:
            raise UnreadableEvent(Unreadable.WORKER_LOST, f"{entry.handed_out} workers ended while reading it")
        return parse(entry.raw, arrived=entry.arrived, max_size=self._max_size)

    def _announce(self, plan: Plan, *, first_time: bool) -> None:
        event = plan.event
        for failure in plan.failures:
            self._observe(DefinitionFailed(event.key, failure.handler, failure.reason, failure.detail))
        waiting = [failure for failure in plan.deferred if failure not in plan.failures]
        for failure in waiting:
            self._observe(EventDeferred(event.key, event.type, failure.handler, failure.detail))
        if not waiting:
            self._observe(EventPlanned(event.key, event.type, plan.ways.total(), len(plan.failures), first_time))


class Attempts:
    """The second half: planned deliveries become sent ones, or wait, or are given up."""

    #: A window that takes this long (seconds) is about right: what a crash leaves unsure is what it holds.
    WINDOW_SECONDS = 0.05
    #: Where several are under way at once: many round trips, or they would have to wait for each other.
    SEVERAL_SECONDS = 0.15
    MOST = 64

    def __init__(
        self,
        *,
        outbox: Outbox,
        keeper: LeaseKeeper,
        providers: Callable[[Way], AbstractContextManager[Provider]],
        policies: Policies,
        observe: Observer,
        roll: Callable[[], float],
        ending: Callable[[], bool] = lambda: False,
        time_limit: float = math.inf,
    ) -> None:
        self._outbox = outbox
        self._ending = ending
        self._keeper = keeper
        self._providers = providers
        self._policies = policies
        self._observe = observe
        self._roll = roll
        self._time_limit = time_limit

    def attempt(self, way: Way, seconds: float, pace: Callable[[float], None] = lambda _: None) -> Counter[str]:
        """Deliver what is due on one way until nothing is, the provider fails, or the time is over.

        Args:
            way: Which.
            seconds: After so long no more are begun.
            pace: Told after each window how long (seconds) one of its deliveries took.

        Returns:
            How often each outcome occurred.
        """
        with self._providers(way) as provider:
            return self._attempt(way, provider, seconds, pace)

    def _attempt(self, way: Way, provider: Provider, seconds: float, pace: Callable[[float], None]) -> Counter[str]:
        tally: Counter[str] = Counter()
        policy = self._policies.of(way.channel, way.provider)
        right = self.SEVERAL_SECONDS if isinstance(provider, Windowed) else self.WINDOW_SECONDS
        window, began, last = 1, time.monotonic(), ""
        while time.monotonic() - began < seconds and not self._ending():
            asked = time.monotonic()
            claim = self._outbox.claim(way, window)
            if not claim.deliveries:
                break
            started = time.monotonic()
            hold = Hold(self._outbox, claim, asked, self._time_limit)
            passing = Window(claim, hold, policy, roll=self._roll, ending=self._ending, last=last)
            recorded = False
            try:
                with self._keeper.keeping(hold.renew):
                    passing.pass_through(provider)
                    self._outbox.settle(claim, passing.settlements, passing.health)
                recorded = True
            finally:  # told afterwards: who listens may be slow, or fail
                for attempted in passing.tried:
                    self._observe(attempted if recorded else replace(attempted, step="unrecorded"))
            tally.update(attempted.outcome for attempted in passing.tried)
            last = passing.last
            if passing.is_over:
                break
            took = time.monotonic() - started
            pace(took / max(len(passing.tried), 1))
            quick = took < right
            window = min(window * 2, self.MOST) if quick else max(window // 2, 1)
        return tally
