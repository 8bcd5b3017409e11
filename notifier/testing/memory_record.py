"""The record in memory: what `record/lua/plan.lua` lists as Redis's keys, as plain objects."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self, assert_never

from notifier.circuit import Busy, Failed, Health, State, Well
from notifier.model import Delivery, Event, Message, OnUnsure
from notifier.record.masking import mask_all
from notifier.record.outbox import Failure, Note, Plan, Way
from notifier.testing.memory_floods import MemoryGuard
from notifier.testing.memory_rates import MemoryRates
from notifier.testing.memory_receipts import MemoryNames

#: Follows the key of an event that comes back for its reopened letters only.
ASKED = ":asked"


@dataclass(frozen=True, slots=True)
class PastAttempt:
    """One attempt, as the timeline tells it."""

    at: datetime
    outcome: str
    reason: str
    detail: str
    provider: str


@dataclass(slots=True)
class EventRow:
    """One event (``event:<key>``)."""

    event: Event
    notes: tuple[Note, ...]
    deliveries: list[str] = field(default_factory=list)
    #: Deliveries that aren't final.
    open: int = 0
    planned: datetime | None = None
    # While it waits for the directory:
    deferrals: int = 0
    deferred_since: datetime | None = None
    again: datetime | None = None
    arrived: datetime | None = None
    #: Its reopened letters: their definitions meet the event again. And the same of how long they wait.
    asked: set[str] = field(default_factory=set)
    asked_deferrals: int = 0
    asked_since: datetime | None = None
    #: Ids deliveries would have, and the letters that stand for them, recomposed for another address.
    stands: dict[str, str] = field(default_factory=dict)
    #: Members of realms and definitions, and the evaluation that wrote for them.
    members: dict[tuple[str, str], Plan] = field(default_factory=dict)
    #: When all about it is forgotten; None while anything about it isn't final.
    forgotten_at: datetime | None = None

    def told(self, row: DeliveryRow, plan: Plan) -> bool:
        """An earlier evaluation made what there is for this member, at whatever address."""
        by = self.members.get((row.member, row.handler)) if row.member else None
        return by is not None and by is not plan


@dataclass(slots=True)
class DeliveryRow:
    """One delivery, all its life (``delivery:<id>`` and ``attempts:<id>``)."""

    id: str
    event: str
    handler: str
    #: Whom it was planned for.
    home: Way
    #: Whom it queues for now: a fallback, perhaps.
    way: Way
    #: Masked.
    to: str
    #: None: never composed, or final.
    message: Message | None
    created: datetime
    deadline: datetime
    expires: bool
    on_unsure: OnUnsure
    definition_version: str
    configuration_version: str
    state: str = "queued"
    #: Its state before it was reopened.
    was: str = ""
    reason: str = ""
    detail: str = ""
    #: Used up since it was planned or replayed.
    attempts: int = 0
    #: Made in all its life.
    tries: int = 0
    #: Workers lost over it since it was planned or replayed.
    lost: int = 0
    replays: int = 0
    #: The fallback that refused it by a policy of its own.
    refused_by: Way | None = None
    #: The token of the claim it is leased to.
    lease: str = ""
    first: datetime | None = None
    last: datetime | None = None
    history: list[PastAttempt] = field(default_factory=list)
    #: When, which part, state, error, and when it says that was.
    receipts: list[tuple[datetime, int, str, str, str]] = field(default_factory=list)

    @classmethod
    def planned(cls, plan: Plan, delivery: Delivery, now: datetime) -> Self:
        """A delivery that is due at once."""
        message = delivery.message
        way = Way(message.channel, message.provider)
        # A deadline that is the policy's counts from now: the planner's clock may differ.
        deadline = delivery.deadline if delivery.expires else now + (delivery.deadline - delivery.created)
        fixed = delivery.id, plan.event.key, delivery.handler, way, way, mask_all(message.to), message, now, deadline
        versions = delivery.definition_version, plan.configuration_version
        return cls(*fixed, delivery.expires, delivery.on_unsure, *versions)

    @classmethod
    def failed(cls, plan: Plan, failure: Failure, now: datetime) -> Self:
        """A dead letter without a message."""
        way = Way(failure.channel, failure.provider)
        fixed = failure.id, plan.event.key, failure.handler, way, way, "", None, now, now, False, OnUnsure.RESEND
        versions = failure.definition_version, plan.configuration_version
        return cls(*fixed, *versions, state="dead", reason=failure.reason, detail=failure.detail)

    def rewrite(self, new: DeliveryRow) -> None:
        """It was composed again: text, address, provider and versions are the new one's, its history stays."""
        self.handler, self.home, self.way, self.to, self.message = new.handler, new.home, new.way, new.to, new.message
        self.created, self.deadline, self.expires, self.on_unsure = (
            new.created,
            new.deadline,
            new.expires,
            new.on_unsure,
        )
        self.definition_version, self.configuration_version = new.definition_version, new.configuration_version
        self.state, self.was, self.reason, self.detail = "retry" if self.first else "queued", "", "", ""
        self.attempts = self.lost = 0
        self.refused_by = None

    @property
    def member(self) -> str:
        """The member of a realm whom it tells; empty: nobody of a realm."""
        return self.message.member if self.message else ""

    def leased(self) -> Delivery:
        """As whoever claimed it gets it."""
        if self.message is None:
            raise AssertionError("what was never composed, or is final, is never due")
        fixed = self.id, self.event, self.handler, self.message, self.created, self.deadline
        return Delivery(*fixed, self.expires, self.on_unsure, self.attempts)


@dataclass(slots=True)
class Circuit:
    """A provider (``provider:<p>``): its counters and its circuit."""

    failures: int = 0
    resume_at: datetime | None = None
    answered_at: datetime | None = None
    counts: Counter[str] = field(default_factory=Counter)
    #: Why it isn't *ok*.
    why: str = ""

    def state(self, now: datetime) -> State:
        """As circuit.lua tells it."""
        paused = self.resume_at is not None and self.resume_at > now
        if self.failures:
            return State.OPEN if paused else State.HALF_OPEN
        return State.THROTTLED if paused else State.OK

    def fare(self, health: Health | None, now: datetime, *, probing: bool, why: str = "") -> None:
        """What attempts say of it, and why; ``probing``: it was known to fail when they were claimed."""
        state = self.state(now)
        match health:
            case None:
                pass
            case Well():
                # What was under way when the circuit opened doesn't close it: only a probe does.
                if state is State.OK or (self.failures and probing):
                    self.answered_at, self.failures, self.resume_at, self.why = now, 0, None, ""
            case Failed(pause=pause):
                # Several workers that meet the same failure count once.
                if state is not State.OPEN:
                    self.failures += 1
                    self.why = why
                    self.answered_at, self.resume_at = None, max(now + pause, self.resume_at or now)
            case Busy(pause=pause):
                self.why = why
                if probing:
                    self.failures = 0
                self.answered_at, self.resume_at = None, max(now + pause, self.resume_at or now)
            case _:
                assert_never(health)


class MemoryRecord:
    """All of it. Whoever calls it in `atomic` is alone there, as a script is in Redis."""

    def __init__(self, clock: Callable[[], datetime], retention: timedelta) -> None:
        self.clock = clock
        self.retention = retention
        self.events: dict[str, EventRow] = {}
        self.deliveries: dict[str, DeliveryRow] = {}
        self.circuits: dict[Way, Circuit] = {}
        #: Ids and when they may be tried, their leases end, they got to the desk.
        self.due: dict[Way, dict[str, datetime]] = {}
        self.leased: dict[Way, dict[str, datetime]] = {}
        self.desk: dict[str, datetime] = {}
        self.rates = MemoryRates()
        self.names = MemoryNames()
        self.guard = MemoryGuard()
        #: Keys of events (with `ASKED` where only reopened letters wait) and when they are evaluated again, since when
        #: (ms) they wait to be put back into the stream.
        self.deferred: dict[str, datetime] = {}
        self.reopened: dict[str, int] = {}
        self._lock = threading.RLock()

    @contextmanager
    def atomic(self) -> Iterator[datetime]:
        """Nobody else changes anything meanwhile; the time."""
        with self._lock:
            now = self.clock()
            for key in [k for k, row in self.events.items() if row.forgotten_at and row.forgotten_at <= now]:
                for delivery in self.events.pop(key).deliveries:
                    del self.deliveries[delivery]
            yield now

    def circuit(self, way: Way) -> Circuit:
        """A provider's circuit; nobody knows anything of a new one."""
        return self.circuits.setdefault(way, Circuit())

    def queue(self, row: DeliveryRow, at: datetime) -> None:
        """It may be tried from then on."""
        self.due.setdefault(row.way, {})[row.id] = at
        self.leased.setdefault(row.way, {})

    def due_now(self, way: Way, now: datetime) -> list[str]:
        """What may be tried now, the longest due first; as a sorted set has it, by id where they are equal."""
        return [i for at, i in sorted((at, i) for i, at in self.due.get(way, {}).items()) if at <= now]

    def under_way(self, way: Way, now: datetime) -> int:
        """Deliveries that somebody is trying there."""
        return sum(until > now for until in self.leased.get(way, {}).values())

    def lay(self, event: EventRow, row: DeliveryRow, now: datetime, plan: Plan) -> None:
        """A delivery that isn't there yet: due at once, or (it couldn't be composed) on the desk."""
        self.deliveries[row.id] = row
        if row.member:
            event.members[row.member, row.handler] = plan
        event.deliveries.append(row.id)
        event.open += 1
        if row.state != "queued":
            self.desk[row.id] = now
        else:
            self.queue(row, now)

    def lay_summary(self, plan: Plan, now: datetime) -> None:
        """An event of ours, with one delivery: what was held back from somebody is told."""
        event = self.events[plan.event.key] = EventRow(plan.event, tuple(plan.notes), planned=now)
        for delivery in plan.deliveries:
            self.lay(event, DeliveryRow.planned(plan, delivery, now), now, plan)

    def release(self, row: DeliveryRow) -> None:
        """Its lease is over, one way or the other."""
        self.leased[row.way].pop(row.id, None)
        row.lease = ""

    def finish(self, row: DeliveryRow, now: datetime) -> None:
        """A delivery is final: its text goes at once."""
        row.message = None
        event = self.events[row.event]
        event.open -= 1
        self.forget_if_final(event, now)

    def forget_if_final(self, event: EventRow, now: datetime) -> None:
        """All about an event is final: it is forgotten together after the retention."""
        if event.open <= 0 and event.planned:
            event.forgotten_at = now + self.retention
