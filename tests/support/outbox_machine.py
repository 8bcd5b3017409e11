"""The outbox as a state machine: what anybody may do with it in any order, and a model that says what it comes to.

Time goes by in whole hours, and all spans are whole hours: what Redis's own clock adds in between crosses no border.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from records import HOUR, Record

from notifier.circuit import Busy, Failed, Health, State, Well
from notifier.configuration import RetryPolicy
from notifier.model import Channel, Delivery, Message, OnUnsure, delivery_id
from notifier.outcome import Accepted, Deferred, Outcome, Reason, Rejected, Throttled, Unsure
from notifier.record.desk import Answer, DeadLetter
from notifier.record.outbox import Claim, Failure, Plan, Settlement, Way
from notifier.record.redis_outbox import MOST_LOSSES
from notifier.record.reopening import Reopening
from notifier.retry import Again, Done, GiveUp, Hold, Step

RELAY, SPARE = Way(Channel.MAIL, "relay"), Way(Channel.MAIL, "spare")
FALLBACKS = ((RELAY, SPARE), (SPARE, RELAY))
#: Longer than any run: forgetting has its own tests.
YEARS = timedelta(days=3650)
OPTIONS = {"lease": HOUR, "retention": YEARS, "patience": RetryPolicy(HOUR, 1.0, HOUR, deadline=YEARS)}
#: Who is told, by which provider, and what holds when nobody knows.
RECIPIENTS = {
    "a@x": (RELAY, OnUnsure.RESEND),
    "b@x": (RELAY, OnUnsure.HOLD),
    "c@x": (RELAY, OnUnsure.RESEND),
    "d@x": (SPARE, OnUnsure.RESEND),
}
#: The definition that may fail, and whom it tells when it doesn't.
FAILING = "g"
RECIPIENT = "g@x"
FAILING_DOES = ["makes", "fails", "waits", "does nothing"]
DESK, FINAL = {"dead", "expired", "held", "reopened"}, {"sent", "discarded", "recomposed"}
#: How an attempt may end: the outcome, the step (hours until the next try, or a step), the state that follows.
ENDS: dict[str, tuple[Outcome | None, Step | int, str]] = {
    "sent": (Accepted(), Done(), "sent"),
    "later": (Deferred(Reason.GREYLISTED), 2, "retry"),
    "unsure": (Unsure(Reason.NO_ANSWER), 0, "retry"),
    "throttled": (Throttled(HOUR), 1, "retry"),
    "refused": (Rejected(Reason.REFUSED), GiveUp(Reason.REFUSED), "dead"),
    "held": (Unsure(Reason.NO_ANSWER), Hold(Reason.NO_ANSWER), "held"),
    "expired": (None, GiveUp(Reason.EXPIRED), "expired"),
    "handed back": (None, 0, ""),
}
HEALTHS: list[Health | None] = [None, Well(), Failed(HOUR), Busy(2 * HOUR)]


@dataclass
class One:
    """A delivery as the model has it."""

    id: str
    way: Way
    unsure: OnUnsure
    state: str = "queued"
    #: Hours: when it may be tried, when its lease ends.
    due: int = 0
    until: int = 0
    token: str = ""
    lost: int = 0
    outcomes: list[str] = field(default_factory=list)
    #: Whom it is for; empty: it was never composed.
    to: str = ""
    #: Before it was reopened.
    was: str = ""


@dataclass
class Happening:
    """An event as the model has it."""

    planned: bool = False
    waits: bool = False
    deliveries: dict[str, One] = field(default_factory=dict)

    @property
    def open(self) -> int:
        """Deliveries that aren't final."""
        return sum(one.state not in FINAL for one in self.deliveries.values())

    @property
    def state(self) -> str:
        """As `show` tells it."""
        if self.waits:
            return "deferred"
        return "final" if self.planned and not self.open else "open"


@dataclass(eq=False)
class Job:
    """What a worker has claimed and, once it is done, has to say of it."""

    claim: Claim
    hour: int
    settlements: list[Settlement] = field(default_factory=list)
    states: dict[str, tuple[str, int]] = field(default_factory=dict)


class OutboxMachine(RuleBasedStateMachine):
    """Subclasses say over what."""

    record: Record

    def __init__(self) -> None:
        super().__init__()
        self.hour = 0
        self.events: dict[str, Happening] = {}
        self.jobs: list[Job] = []
        #: Events to be put back into the stream (True: for their reopened letters only): now, and from which hour on.
        self.reopened: set[tuple[str, bool]] = set()
        self.deferred: dict[tuple[str, bool], int] = {}
        #: What somebody read of reopened letters, perhaps long ago.
        self.readers: list[tuple[str, Reopening]] = []
        #: How often somebody may have got a delivery.
        self.arrived: Counter[str] = Counter()

    # --- what the subclasses know ---

    def open_of(self, key: str) -> int:
        """The event's counter."""
        raise NotImplementedError

    def check_ends(self, key: str, happening: Happening) -> None:
        """What is final is forgotten some day, and what isn't is not."""
        raise NotImplementedError

    # --- what may happen ---

    @rule(
        name=st.sampled_from("1234"),
        recipients=st.sets(st.sampled_from(sorted(RECIPIENTS)), min_size=1),
        fails=st.booleans(),
        waits=st.booleans(),
    )
    def plan(self, name: str, recipients: set[str], *, fails: bool, waits: bool) -> None:
        """An event comes, perhaps again, perhaps with others to tell."""
        plan = self._plan_of(name, recipients, fails=fails, waits=waits)
        ones = [self._one(delivery) for delivery in plan.deliveries]
        ones += [One(failure.id, RELAY, OnUnsure.RESEND, "dead") for failure in plan.failures]
        happening = self.events.setdefault(name, Happening())

        assert self.record.outbox.plan([plan]) == [not happening.planned]

        if not happening.planned:
            for one in ones:
                happening.deliveries.setdefault(one.id, one)
            happening.planned, happening.waits = not waits, waits
            if waits:
                self.deferred[name, False] = self.hour + 1
            else:
                self.deferred.pop((name, False), None)

    def _plan_of(self, name: str, recipients: Iterable[str], *, fails: bool, waits: bool) -> Plan:
        event, now = self.record.event(name), self.record.now()
        deliveries = []
        for to in sorted(recipients):
            way, unsure = RECIPIENTS.get(to, (RELAY, OnUnsure.RESEND))
            handler = FAILING if to == RECIPIENT else "h"
            message = Message(way.channel, way.provider, (to,), "Hello")
            ident = delivery_id(event.key, handler, message)
            deliveries.append(Delivery(ident, event.key, handler, message, now, now + YEARS, on_unsure=unsure))
        failure = Failure(f"f{name}", FAILING, Channel.MAIL, "relay", "template_error", "")
        return Plan(event, deliveries, failures=[failure] * fails, deferred=[failure] * waits)

    def _one(self, delivery: Delivery) -> One:
        message = delivery.message
        way = Way(message.channel, message.provider)
        return One(delivery.id, way, delivery.on_unsure, due=self.hour, to=message.to[0])

    @rule(way=st.sampled_from([RELAY, SPARE]), limit=st.integers(1, 8))
    def claim(self, way: Way, limit: int) -> None:
        """A worker comes."""
        due = {one.id: one for one in self._all() if self._is_due(one, way)}
        busy = any(one.state == "sending" and one.way == way and one.until > self.hour for one in self._all())
        queue = self.record.glance().of(way)
        state = queue.state if queue else State.OK

        claim = self.record.outbox.claim(way, limit)

        ids = [delivery.id for delivery in claim.deliveries]
        assert set(ids) <= due.keys(), "what isn't due, or is somebody else's"
        assert len(ids) == len(set(ids)) <= limit
        if state in (State.OPEN, State.THROTTLED):
            assert not ids
        elif due and not busy:
            assert ids, "nothing that can be tried waits without an end"
        if state is State.HALF_OPEN:
            assert len(ids) <= (not busy)
        for ident in ids:
            one = due[ident]
            one.state, one.token, one.until = "sending", claim.token, self.hour + 1
        if ids:
            self.jobs.append(Job(claim, self.hour))

    @precondition(lambda self: self.jobs)
    @rule(data=st.data(), health=st.sampled_from(HEALTHS))
    def settle(self, data: st.DataObject, health: Health | None) -> None:
        """A worker is done with what it claimed, perhaps long after it lost it; or says so for the second time."""
        job = data.draw(st.sampled_from(self.jobs))
        if not job.settlements:
            for delivery in job.claim.deliveries:
                self._try(job, delivery.id, *ENDS[data.draw(st.sampled_from(sorted(ENDS)))])
        self._settle(job, health)

    def _settle(self, job: Job, health: Health | None) -> None:
        ones = {one.id: one for one in self._all() if one.token == job.claim.token}

        stale = self.record.outbox.settle(job.claim, job.settlements, health)

        assert set(stale) == job.states.keys() - ones.keys()
        for settlement in job.settlements:
            one = ones.get(settlement.delivery_id)
            if one is not None:
                if settlement.outcome is not None:
                    one.outcomes.append(settlement.outcome.kind)
                state, due = job.states[one.id]
                one.token, one.due = "", max(due, self.hour)
                one.state = state or ("retry" if one.outcomes else "queued")

    def _try(self, job: Job, ident: str, outcome: Outcome | None, step: Step | int, state: str) -> None:
        due = job.hour
        if isinstance(step, int):
            due += step
            # From the record's present: a moment in a worker's hands doesn't age with what is written in Redis. And a
            # little before the hour: "at once" must not be a millisecond from now.
            at = self.record.now() + (due - self.hour) * HOUR - timedelta(minutes=1)
            step = Again(at, counted=outcome is not None)
        job.settlements.append(Settlement(ident, outcome, step))
        job.states[ident] = state, due
        self.arrived[ident] += isinstance(outcome, Accepted | Unsure)

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def renew(self, data: st.DataObject) -> None:
        """A worker is slow."""
        claim = data.draw(st.sampled_from(self.jobs)).claim
        held = [one for one in self._all() if one.token == claim.token]

        assert self.record.outbox.renew(claim) == (len(held) == len(claim.deliveries))

        for one in held:
            one.until = self.hour + 1

    @rule(hours=st.integers(1, 3))
    def pass_by(self, hours: int) -> None:
        """Time goes by."""
        self.hour += hours
        self.record.elapse(hours * HOUR)

    @rule()
    def reclaim(self) -> None:
        """The sweep comes for what lost workers left."""
        lost = [one for one in self._all() if one.state == "sending" and one.until <= self.hour]

        assert self.record.outbox.reclaim() == len(lost)

        for one in lost:
            one.outcomes.append("unsure")
            one.token, one.due = "", self.hour
            if one.unsure is OnUnsure.HOLD:
                one.state = "held"
            else:
                one.lost += 1
                one.state = "dead" if one.lost >= MOST_LOSSES else "retry"

    @rule(way=st.sampled_from([RELAY, SPARE]))
    def refuse(self, way: Way) -> None:
        """A provider refuses what it is given: the way to the desk."""
        before = len(self.jobs)
        self.claim(way, 8)
        for job in self.jobs[before:]:
            for delivery in job.claim.deliveries:
                self._try(job, delivery.id, *ENDS["refused"])
            self._settle(job, Well())

    @rule(way=st.sampled_from([RELAY, SPARE]))
    def take_over(self, way: Way) -> None:
        """What all workers had is another's: the way to most of what can go wrong."""
        self.pass_by(3)
        self.reclaim()
        self.claim(way, 8)

    @rule()
    def divert(self) -> None:
        """The sweep lets deliveries go where they can be sent."""
        before = {one.id: one.way for one in self._all()}
        movable = {one.id for way in (RELAY, SPARE) for one in self._all() if self._is_due(one, way)}

        went = self.record.outbox.divert(FALLBACKS)

        for name in self.events:
            for shown in self.record.deliveries(name):
                one = self.events[name].deliveries[shown["id"]]
                one.way = Way(Channel.MAIL, shown["via"])
        moved = [one for one in self._all() if one.way != before[one.id]]
        assert {one.id for one in moved} <= movable
        assert Counter(one.way for one in moved) == went

    @rule()
    def put_back(self) -> None:
        """The sweep puts events back that have waited."""
        due = {member for member, hour in self.deferred.items() if hour <= self.hour}

        comebacks = self.record.reopened()

        self.reopened |= due
        found = sorted((comeback.key, comeback.asked) for comeback in comebacks)
        assert found == sorted((self.record.event(name).key, asked) for name, asked in self.reopened)
        for comeback in comebacks:
            self.record.returned(comeback)
        self.reopened.clear()
        self.deferred = {member: hour for member, hour in self.deferred.items() if member not in due}

    @precondition(lambda self: any(one.state in DESK for one in self._all()))
    @rule()
    def ask(self) -> None:
        """An operator has all letters recomposed, and somebody begins with it."""
        letters = list(self.record.desk.letters())
        answers = self.record.desk.replay(letters, recompose=True)
        assert answers == [self._replay(letter, recompose=True) for letter in letters]
        for name in sorted({letter.event for letter in letters}):
            reopening = self.record.reopenings.of(self.record.event(name).key)
            assert reopening is not None
            self.readers.append((name, reopening))

    @precondition(lambda self: self.readers)
    @rule(
        data=st.data(), recipients=st.sets(st.sampled_from(sorted(RECIPIENTS))), failing=st.sampled_from(FAILING_DOES)
    )
    def recompose(self, data: st.DataObject, recipients: set[str], failing: str) -> None:
        """An event meets the definitions of its reopened letters, perhaps long after those were read."""
        name, reopening = data.draw(st.sampled_from(self.readers[::-1]))
        ones = self.events[name].deliveries
        # Whom there is no delivery to gets one only where its definition failed.
        planned = recipients & {one.to for one in ones.values()} | ({RECIPIENT} if failing == "makes" else set())
        plan = self._plan_of(name, planned, fails=failing == "fails", waits=failing == "waits")
        asked = [ones[letter.id] for letter in reopening.letters if ones[letter.id].state == "reopened"]
        new = [self._one(d) for d in plan.deliveries if d.id not in ones and any(not one.to for one in asked)]

        went = self.record.reopenings.recompose(reopening, plan)

        for one in asked:
            if one.to and one.to in planned:
                one.state, one.due, one.lost = "retry" if one.outcomes else "queued", self.hour, 0
                one.way = RECIPIENTS.get(one.to, (RELAY,))[0]
                new.append(one)
            elif one.to not in RECIPIENTS and failing == "waits":
                continue
            else:
                one.state = "recomposed" if not one.to and failing == "makes" else one.was
        for one in new:
            ones[one.id] = one
        assert went == Counter(one.way for one in new)
        if failing == "waits" and any(one.state == "reopened" for one in ones.values()):
            self.deferred[name, True] = self.hour + 1

    @precondition(lambda self: any(one.state in DESK for one in self._all()))
    @rule(data=st.data(), verb=st.sampled_from(["replay", "recompose", "discard"]))
    def decide(self, data: st.DataObject, verb: str) -> None:
        """An operator decides, with a list that may be old."""
        letters = list(self.record.desk.letters())
        chosen = data.draw(st.lists(st.sampled_from(letters), min_size=1, max_size=4, unique_by=lambda x: x.id))

        if verb == "discard":
            assert self.record.desk.discard(chosen) == [self._discard(letter) for letter in chosen]
            return
        recompose = verb == "recompose"
        answers = self.record.desk.replay(chosen, recompose=recompose)
        assert answers == [self._replay(letter, recompose=recompose) for letter in chosen]

    def _replay(self, letter: DeadLetter, *, recompose: bool) -> Answer:
        one = self.events[letter.event].deliveries.get(letter.id)
        if one is None or one.state not in DESK:
            return Answer.NOT_THERE
        if recompose or not one.to:
            if one.state != "reopened":
                one.was, one.state = one.state, "reopened"
            self.reopened.add((letter.event, True))
            self.deferred.pop((letter.event, True), None)
            return Answer.REOPENED
        one.state, one.due, one.lost = "retry", self.hour, 0
        one.way = Way(Channel.MAIL, letter.provider)
        return Answer.DONE

    def _discard(self, letter: DeadLetter) -> Answer:
        one = self.events[letter.event].deliveries.get(letter.id)
        if one is None or one.state not in DESK:
            return Answer.NOT_THERE
        one.state = "discarded"
        return Answer.DONE

    # --- what holds at any time ---

    @invariant()
    def nothing_vanishes_and_nothing_appears(self) -> None:
        """Every delivery is where the model has it, with the attempts that were made."""
        for name, happening in self.events.items():
            story = self.record.show(name)
            shown = {d["id"]: (d["state"], [a["outcome"] for a in d["attempts"]]) for d in story["deliveries"]}
            assert shown == {one.id: (one.state, one.outcomes) for one in happening.deliveries.values()}
            assert story["event"]["state"] == happening.state
            assert self.open_of(story["event"]["key"]) == happening.open
            self.check_ends(story["event"]["key"], happening)
            reopening = self.record.reopenings.of(story["event"]["key"])
            assert reopening is not None
            assert {x.id for x in reopening.letters} == {i for i, (state, _) in shown.items() if state == "reopened"}

    @invariant()
    def everything_is_in_one_place(self) -> None:
        """Due, waiting, leased or on the desk: each delivery that isn't final once, and nothing else."""
        look = self.record.glance()
        states = Counter(one.state for one in self._all())
        assert look.deferred == len(self.deferred)
        assert look.dead == sum(states[state] for state in DESK)
        assert sum(q.leased for q in look.queues) == states["sending"]
        due = sum(self._is_due(one, way) for one in self._all() for way in (RELAY, SPARE))
        assert sum(q.due for q in look.queues) == due
        assert sum(q.waiting for q in look.queues) == states["queued"] + states["retry"] - due

    @invariant()
    def nothing_is_sent_twice_in_silence(self) -> None:
        """Whoever got a message twice has an unsure attempt in the record."""
        for one in self._all():
            recorded = Counter(one.outcomes)
            assert recorded["accepted"] <= 1
            running = sum(one.id in job.states for job in self.jobs if job.claim.token == one.token)
            assert self.arrived[one.id] <= recorded["accepted"] + recorded["unsure"] + running

    def _all(self) -> Iterable[One]:
        return [one for happening in self.events.values() for one in happening.deliveries.values()]

    def _is_due(self, one: One, way: Way) -> bool:
        return one.state in ("queued", "retry") and one.way == way and one.due <= self.hour
