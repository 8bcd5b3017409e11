"""The outbox in memory, for your own tests; and what the scripts of the one in Redis mean, in few words.

Passes the same contract suite (tests/contract/record). Time is a clock that is handed in.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import assert_never

from notifier.circuit import Health, State
from notifier.configuration import Rate, RetryPolicy
from notifier.model import Delivery, OnUnsure
from notifier.outcome import Accepted, Reason, Rejected, Unsure
from notifier.record.flood import detail_of
from notifier.record.outbox import Claim, Outbox, Plan, Settlement, Upkeep, Way
from notifier.record.patience import PATIENCE
from notifier.record.redis_outbox import CHUNK, FRESH_LEASES, LEASE, LEASE_MARGIN, MOST_LOSSES
from notifier.record.rows import TOO_LATE
from notifier.retry import Again, Done, GiveUp, Hold, delay
from notifier.testing.clock import Clock
from notifier.testing.memory_record import DeliveryRow, EventRow, MemoryRecord, PastAttempt

LOST = "the worker ended during the attempt"


class MemoryOutbox(Outbox, Upkeep):
    """See `notifier.record.outbox`. `record` holds it all; `MemoryDesk` and `MemoryTimeline` look at it, too."""

    def __init__(
        self,
        clock: Callable[[], datetime] | None = None,
        *,
        retention: timedelta = timedelta(days=7),
        lease: timedelta = LEASE,
        time_out: Callable[[Way], float] = lambda _: 0.0,
        rates: Callable[[Way], Sequence[Rate]] = lambda _: (),
        patience: RetryPolicy = PATIENCE,
        roll: Callable[[], float] = lambda: 0.5,
        per_recipient: Rate | None = None,
    ) -> None:
        self.record = MemoryRecord(clock or Clock(), retention)
        self.lease = lease
        self._time_out = time_out
        self.rates = rates
        self._per_recipient = per_recipient
        self._patience = patience
        self._roll = roll
        self._tokens = map(str, itertools.count(1))

    def lease_of(self, way: Way) -> timedelta:
        """It outlives whatever the provider may keep us waiting for."""
        seconds = self._time_out(way)
        return max(self.lease, timedelta(seconds=seconds) + LEASE_MARGIN) if seconds else self.lease

    def fresh(self, way: Way) -> timedelta:
        """For how long an answer shows that the provider works."""
        return FRESH_LEASES * self.lease_of(way)

    # --- plan ---

    def plan(self, plans: Iterable[Plan]) -> Sequence[bool]:
        """An event is planned once: whatever a second plan of it says, nothing is added."""
        return [self._plan(plan) for plan in plans]

    def _plan(self, plan: Plan) -> bool:
        deliveries = list(plan.deliveries)  # taken first: only then the rest of the plan is complete
        with self.record.atomic() as now:
            event = self.record.events.setdefault(plan.event.key, EventRow(plan.event, ()))
            again = self.again(event.deferrals, event.deferred_since, now) if plan.deferred else None
            if not again:  # it has waited long enough
                plan.failures.extend(plan.deferred)
            if event.planned:
                return False
            event.event, event.notes = plan.event, tuple(plan.notes)
            rows: list[tuple[DeliveryRow, Delivery | None]] = [
                *((DeliveryRow.planned(plan, delivery, now), delivery) for delivery in deliveries),
                *((DeliveryRow.failed(plan, failure, now), None) for failure in plan.failures),
            ]
            for row, delivery in rows:
                # Or it was planned before the event had to wait, or a letter stands for it that was recomposed.
                if row.id not in self.record.deliveries and row.id not in event.stands and not event.told(row, plan):
                    self._guard(row, delivery, now)
                    self.record.lay(event, row, now, plan)
            if again:
                self._defer(event, again, plan.arrived or plan.event.time, now)
            else:
                event.planned, event.again = now, None
                self.record.deferred.pop(plan.event.key, None)
                self.record.forget_if_final(event, now)
            return True

    def _guard(self, row: DeliveryRow, delivery: Delivery | None, now: datetime) -> None:
        """Held back where its recipient has had enough."""
        limit = self._per_recipient
        if limit and delivery and self.record.guard.too_many(delivery, limit, now):
            row.state, row.reason, row.detail = "held", Reason.RECIPIENT_LIMIT, detail_of(limit)

    def again(self, times: int, since: datetime | None, now: datetime) -> datetime | None:
        """When what has waited so often, since then, is evaluated again; None: it has waited long enough."""
        if since and now - since >= self._patience.deadline:
            return None
        return now + delay(times + 1, self._patience, 0.5 + self._roll() / 2)

    def _defer(self, event: EventRow, again: datetime, arrived: datetime, now: datetime) -> None:
        event.deferrals += 1
        event.deferred_since = event.deferred_since or now
        event.arrived = event.arrived or arrived
        event.again = self.record.deferred[event.event.key] = again

    # --- claim and settle ---

    def claim(self, way: Way, limit: int) -> Claim:
        """Lease what is due: nothing while the circuit is open, one at a time while nobody knows whether it works."""
        record, lease, token = self.record, self.lease_of(way), next(self._tokens)
        with record.atomic() as now:
            circuit = record.circuit(way)
            fresh = (
                not circuit.failures and circuit.answered_at is not None and circuit.answered_at + self.fresh(way) > now
            )
            if circuit.state(now) in (State.OPEN, State.THROTTLED):
                limit = 0
            elif not fresh:
                limit = 0 if record.under_way(way, now) else 1
            rows = self._allowed(way, [record.deliveries[i] for i in record.due_now(way, now)[:limit]], now)
            for row in rows:
                del record.due[way][row.id]
                row.state, row.lease = "sending", token
                record.leased[way][row.id] = now + lease
            return Claim(way, token, now, tuple(row.leased() for row in rows), circuit.failures, lease, fresh)

    def _allowed(self, way: Way, rows: Sequence[DeliveryRow], now: datetime) -> Sequence[DeliveryRow]:
        """Of what is due as much as its rates let through; what has expired needs no permit: it won't be sent."""
        rates = self.rates(way)
        room, _ = self.record.rates.permits(way, rates, now)
        taken: list[DeliveryRow] = []
        sent = 0
        for row in rows:
            needs = not (row.expires and row.deadline <= now)
            if needs and sent >= room:
                break
            taken.append(row)
            sent += needs
        self.record.rates.spend(way, rates, sent, now)
        return taken

    def renew(self, claim: Claim) -> bool:
        """Prolong the leases that are still the claim's; False: some aren't."""
        with self.record.atomic() as now:
            rows = [self.record.deliveries.get(delivery.id) for delivery in claim.deliveries]
            held = [row for row in rows if row and row.lease == claim.token]
            for row in held:
                self.record.leased[claim.way][row.id] = now + claim.lease
            return len(held) == len(rows)

    def settle(self, claim: Claim, settlements: Iterable[Settlement], health: Health | None) -> Sequence[str]:
        """Record outcomes. Only the holder of the lease may, and say how the provider fares."""
        wanted, stale, why = list(settlements), [], ""
        with self.record.atomic() as now:
            for settlement in wanted:
                row = self.record.deliveries.get(settlement.delivery_id)
                if row is None or row.lease != claim.token:
                    stale.append(settlement.delivery_id)
                else:
                    self.record.release(row)
                    self._settle(row, settlement, now)
                    outcome = settlement.outcome
                    if outcome is not None and not isinstance(outcome, Accepted | Rejected):
                        why = f"{row.reason}: {row.detail}"
            if len(stale) < len(wanted):
                self.record.circuit(claim.way).fare(health, now, probing=claim.provider_failures > 0, why=why)
        return stale

    def _settle(self, row: DeliveryRow, settlement: Settlement, now: datetime) -> None:
        outcome, step = settlement.outcome, settlement.step
        reason = step.reason if isinstance(step, GiveUp | Hold) else ""
        if outcome is not None:
            self._remember(row, PastAttempt(now, outcome.kind, outcome.reason, outcome.detail, row.way.provider))
            row.reason = reason or row.reason
            row.attempts += not isinstance(step, Again) or step.counted
            if isinstance(outcome, Accepted | Rejected | Unsure):
                self.record.names.name(row, outcome.message_ids, now, now + self.record.retention)
        elif isinstance(step, GiveUp):
            self._too_late(row, reason, now)
        match step:
            case Done():
                row.state = "sent"
                self.record.finish(row, now)
            case Again(at=at, home=home):
                row.state = "retry" if row.first else "queued"
                if home and row.way != row.home:  # the fallback won't have it, and isn't asked again
                    row.refused_by, row.way = row.way, row.home
                self.record.queue(row, max(at, now))
            case Hold():
                self._bury(row, "held", now)
            case GiveUp(reason=Reason.EXPIRED):
                self._bury(row, "expired", now)
            case GiveUp():
                self._bury(row, "dead", now)
            case _:
                assert_never(step)

    def _too_late(self, row: DeliveryRow, reason: str, now: datetime) -> None:
        words = f"{TOO_LATE}; the last answer was: {row.detail}" if row.first else TOO_LATE
        row.last, row.reason, row.detail = now, reason, words

    def _remember(self, row: DeliveryRow, attempt: PastAttempt) -> None:
        row.history.append(attempt)
        row.tries += 1
        row.first, row.last = row.first or attempt.at, attempt.at
        row.reason, row.detail = attempt.reason, attempt.detail
        self.record.circuit(row.way).counts[attempt.outcome] += 1

    def _bury(self, row: DeliveryRow, state: str, now: datetime) -> None:
        row.state = state
        self.record.desk[row.id] = now

    # --- what the sweep does ---

    def reclaim(self, most: int = 1000) -> int:
        """Take back what lost workers left: nobody knows whether it went out, so that is an unsure attempt."""
        taken = 0
        with self.record.atomic() as now:
            for way, leased in self.record.leased.items():
                ended = sorted((until, i) for i, until in leased.items() if until <= now)[:most]
                for row in [self.record.deliveries[i] for _, i in ended]:
                    self.record.release(row)
                    self._remember(row, PastAttempt(now, "unsure", Reason.WORKER_LOST, LOST, way.provider))
                    row.attempts += 1
                    if row.on_unsure is OnUnsure.HOLD:
                        self._bury(row, "held", now)
                        continue
                    row.lost += 1
                    if row.lost >= MOST_LOSSES:
                        self._bury(row, "dead", now)
                        continue
                    row.state = "retry"
                    self.record.queue(row, now)
                taken += len(ended)
        return taken

    def expire(self, most: int = CHUNK) -> int:
        """Give up what is past its deadline where hardly any attempt is made that would."""
        given_up = 0
        with self.record.atomic() as now:
            for way in list(self.record.due):
                if self.record.circuit(way).state(now) is State.OK:
                    continue
                due = [self.record.deliveries[i] for i in self.record.due_now(way, now)]
                for row in [row for row in due if row.deadline <= now][:most]:
                    del self.record.due[way][row.id]
                    self._too_late(row, Reason.EXPIRED if row.expires else Reason.DEADLINE_PASSED, now)
                    self._bury(row, "expired" if row.expires else "dead", now)
                    given_up += 1
        return given_up

    def divert(self, fallbacks: Iterable[tuple[Way, Way | None]], most: int = CHUNK) -> Counter[Way]:
        """Let due deliveries go where the circuit is closed: home, or to a fallback. What is leased stays."""
        went: Counter[Way] = Counter()
        with self.record.atomic() as now:
            rooms: dict[Way, float] = {}
            spare: dict[Way, float] = {}
            named = dict(fallbacks)
            for way, fallback in (*named.items(), *((way, None) for way in list(self.record.due) if way not in named)):
                if not self._shut(way, now):
                    continue
                for row in [self.record.deliveries[i] for i in self.record.due_now(way, now)]:
                    if went.total() >= most:
                        break
                    for to in (row.home, fallback):
                        if to is None or to in (way, row.refused_by) or rooms.setdefault(to, self._room(to, now)) <= 0:
                            continue
                        if to != row.home:
                            if spare.setdefault(to, self._spare(to, now)) <= 0:
                                continue
                            spare[to] -= 1
                        rooms[to] -= 1
                        went[to] += 1
                        at, row.way = self.record.due[way].pop(row.id), to
                        self.record.queue(row, at)
                        break
        return went

    def _shut(self, way: Way, now: datetime) -> bool:
        """Nobody is let in, or somebody is just trying."""
        state = self.record.circuit(way).state(now)
        return self.record.under_way(way, now) > 0 if state is State.HALF_OPEN else state is not State.OK

    def _spare(self, way: Way, now: datetime) -> float:
        """How many guests it may be given: what its rates let through now, and one to go on with."""
        room, _ = self.record.rates.permits(way, self.rates(way), now)
        return room + 1 - len(self.record.due_now(way, now)) if self.rates(way) else room

    def _room(self, way: Way, now: datetime) -> float:
        """How many a provider may be given; one that has nothing to be probed with gets one."""
        state = self.record.circuit(way).state(now)
        if state is State.HALF_OPEN and not self.record.under_way(way, now) and not self.record.due_now(way, now):
            return 1
        return float("inf") if state is State.OK else 0
