"""THE CORRIDOR: from a published event to a delivered message. Read this first.

    take_in   stream ▶ contract ▶ (quarantine) ▶ evaluate ▶ record.plan ▶ acknowledge
    attempt   record.claim ▶ provider.send ▶ retry.next_step ▶ record.settle

Both work in batches and both may be cut off at any line: what was not acknowledged is read again and planned
once; what was not settled is leased again and recorded as unsure.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.configuration import RetryPolicy
from notifier.decide.verdict import Verdict, VerdictKind
from notifier.definitions.index import Index
from notifier.deliver.provider import Provider
from notifier.errors import ComposeError, UnreadableEvent
from notifier.eventhandler.base import BaseEventHandler
from notifier.eventhandler.options import Findings, options_for
from notifier.intake.contract import DEFAULT_MAX_SIZE, parse
from notifier.intake.quarantine import Quarantine
from notifier.intake.stream import Entry, Stream
from notifier.model import Channel, Delivery, Event, HandlerDefinition, Message, Skipped, delivery_id, digest
from notifier.observe.events import Attempted, DefinitionFailed, EventPlanned, EventQuarantined, Observer
from notifier.outcome import Accepted, Deferred, Misconfigured, Outcome, Reason, Skip, Unreadable
from notifier.record.keeper import LeaseKeeper
from notifier.record.outbox import Claim, Failure, Note, Outbox, Plan, Settlement, Way
from notifier.retry import Again, Done, GiveUp, Hold, Progress, Step, next_step, provider_pause

#: Verdicts kept with an event; a thousand definitions that don't match are not worth a thousand lines.
MOST_NOTES = 50
#: An entry that took this many readers with it goes to quarantine.
MOST_READERS = 5
CHANNELS: Mapping[str, Channel] = {"sendmail": Channel.MAIL, "sendsms": Channel.SMS, "savefile": Channel.FILE}


@dataclass(frozen=True, slots=True)
class Report:
    """What one definition makes of one event."""

    name: str
    verdict: Verdict
    messages: Sequence[Message] = ()
    skipped: Sequence[Skipped] = ()
    error: str = ""
    reason: str = ""
    definition: HandlerDefinition | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What all definitions bound to an event make of it, in the order they run."""

    event: Event
    reports: Sequence[Report]


class Evaluator:
    """Decide and compose: the same code for the live worker and for `notifier explain`."""

    def __init__(self, index: Index, modules: Mapping[str, BaseEventHandler]) -> None:
        self._index = index
        self._modules = modules

    def evaluate(self, event: Event) -> Evaluation:
        """Let the event meet the definitions bound to its type and position."""
        reports = [
            Report(
                broken.name,
                Verdict(VerdictKind.ERROR, error=str(broken.problem)),
                error=str(broken.problem),
                reason=Reason.DEFINITION_ERROR,
            )
            for broken in self._index.broken(event.type, event.position)
        ]
        reports.extend(self._meet(event, d) for d in self._index.bound(event.type, event.position))
        return Evaluation(event, reports)

    def _meet(self, event: Event, definition: HandlerDefinition) -> Report:
        if not definition.active:
            return Report(definition.name, Verdict(VerdictKind.INACTIVE), definition=definition)
        module = self._modules.get(definition.handlermodule)
        if module is None:
            return _failed(definition, Reason.DEFINITION_ERROR, f"no handler module {definition.handlermodule!r}")
        options = options_for(event, definition)
        findings: Findings = options["findings"]
        try:
            fires = module.check_condition(options)
            verdict = findings.verdict or Verdict(VerdictKind.MATCHED if fires else VerdictKind.NOT_MATCHED)
            if verdict.kind is VerdictKind.ERROR:
                return _failed(definition, Reason.DEFINITION_ERROR, verdict.error)
            if fires and not module.do(definition.action, options):
                return _failed(definition, Reason.DEFINITION_ERROR, f"no action {definition.action!r}")
        except ComposeError as error:
            return _failed(definition, error.reason, error.detail)
        except Exception as error:  # noqa: BLE001 - one module's bug must not keep the others' messages back
            return _failed(definition, Reason.INTERNAL_ERROR, f"{type(error).__name__} in {module.identifier}")
        return Report(definition.name, verdict, findings.messages, findings.skipped, definition=definition)


def _failed(definition: HandlerDefinition, reason: str, detail: str) -> Report:
    verdict = Verdict(VerdictKind.ERROR, error=detail)
    return Report(definition.name, verdict, error=detail, reason=reason, definition=definition)


def plan_of(evaluation: Evaluation, policies: Mapping[str, RetryPolicy], now: datetime) -> Plan:
    """What has to be recorded of an evaluation: deliveries with ids and deadlines, failures, and why not."""
    event = evaluation.event
    deliveries: list[Delivery] = []
    failures: list[Failure] = []
    notes: list[Note] = []
    for report in evaluation.reports:
        if report.error:
            failures.append(_failure(event, report))
        deliveries.extend(_delivery(event, report, message, policies, now) for message in report.messages)
        notes.extend(_notes(report))
    notes.sort(key=lambda note: note.verdict == VerdictKind.NOT_MATCHED)
    return Plan(event, deliveries, notes[:MOST_NOTES], failures)


def _notes(report: Report) -> Iterable[Note]:
    kind = report.verdict.kind
    if kind is VerdictKind.MATCHED and report.skipped:
        return [Note(report.name, kind, s.reason, s.detail) for s in report.skipped]
    if kind in (VerdictKind.NOT_MATCHED, VerdictKind.UNKNOWN):
        missed = "false" if kind is VerdictKind.NOT_MATCHED else "unknown"
        names = ", ".join(check.name for check in report.verdict.checks if check.result == missed)
        reason = Skip.CONDITION_FALSE if kind is VerdictKind.NOT_MATCHED else Skip.CONDITION_UNKNOWN
        return [Note(report.name, kind, reason, names)]
    if kind is VerdictKind.INACTIVE:
        return [Note(report.name, kind, Skip.INACTIVE)]
    return [Note(report.name, kind, report.reason, report.error)]


def _failure(event: Event, report: Report) -> Failure:
    definition = report.definition
    channel = CHANNELS.get(definition.action.lower(), Channel.MAIL) if definition else Channel.MAIL
    option = {Channel.MAIL: "emailconfig", Channel.SMS: "smsconfig"}.get(channel, "")
    provider = definition.options.get(option, "") if definition else ""
    ident = digest("failure", event.key, report.name)
    return Failure(ident, report.name, channel, str(provider), report.reason, report.error)


def _delivery(
    event: Event, report: Report, message: Message, policies: Mapping[str, RetryPolicy], now: datetime
) -> Delivery:
    policy = policies.get(message.channel, RetryPolicy())
    rules = report.definition.delivery if report.definition else None
    deadline = now + policy.deadline
    expires = rules is not None and rules.expires_after is not None and now + rules.expires_after < deadline
    if expires and rules and rules.expires_after:
        deadline = now + rules.expires_after
    return Delivery(
        id=delivery_id(event.key, report.name, message),
        event=event.key,
        handler=report.name,
        message=message,
        created=now,
        deadline=deadline,
        expires=expires,
        **({"on_unsure": rules.on_unsure} if rules else {}),
    )


@dataclass(frozen=True, slots=True)
class TakenIn:
    """One batch of the stream."""

    entries: int
    planned: int
    quarantined: int
    #: Where deliveries were queued, and how many.
    ways: Mapping[Way, int]


class Intake:
    """The first half: events become planned deliveries."""

    def __init__(
        self,
        stream: Stream,
        quarantine: Quarantine,
        outbox: Outbox,
        evaluator: Evaluator,
        policies: Mapping[str, RetryPolicy],
        observe: Observer,
        *,
        max_size: int = DEFAULT_MAX_SIZE,
    ) -> None:
        self._stream = stream
        self._quarantine = quarantine
        self._outbox = outbox
        self._evaluator = evaluator
        self._policies = policies
        self._observe = observe
        self._max_size = max_size

    def take_in(self, count: int, now: Callable[[], datetime]) -> TakenIn:
        """Read up to ``count`` entries (new ones, else abandoned ones), plan what follows, acknowledge."""
        entries = self._stream.read(count) or self._stream.abandoned(count)
        plans: list[Plan] = []
        for entry in entries:
            plan = self._plan(entry, now())
            if plan:
                plans.append(plan)
        fresh = self._outbox.plan(plans)
        self._stream.acknowledge([entry.id for entry in entries])
        ways: Counter[Way] = Counter()
        for plan, first_time in zip(plans, fresh, strict=True):
            if first_time:
                ways.update(Way(d.message.channel, d.message.provider) for d in plan.deliveries)
            self._announce(plan, first_time=first_time)
        return TakenIn(len(entries), len(plans), len(entries) - len(plans), ways)

    def _plan(self, entry: Entry, now: datetime) -> Plan | None:
        try:
            if entry.raw is None:
                raise UnreadableEvent(Unreadable.NO_EVENT_FIELD, "the stream entry has no field 'event'")
            if entry.handed_out > MOST_READERS:
                raise UnreadableEvent(Unreadable.WORKER_LOST, f"{entry.handed_out} workers ended while reading it")
            event = parse(entry.raw, arrived=entry.arrived, max_size=self._max_size)
            return plan_of(self._evaluator.evaluate(event), self._policies, now)
        except UnreadableEvent as error:
            reason, detail = error.reason, error.detail
        except Exception as error:  # noqa: BLE001 - a bug costs this event a release from quarantine, no other event
            reason, detail = Unreadable.INTERNAL_ERROR, type(error).__name__
        self._quarantine.add(entry.id, entry.whole, reason, detail)
        self._observe(EventQuarantined(entry.id, reason, detail))
        return None

    def _announce(self, plan: Plan, *, first_time: bool) -> None:
        event = plan.event
        self._observe(EventPlanned(event.key, event.type, len(plan.deliveries), len(plan.failures), first_time))
        for failure in plan.failures:
            self._observe(DefinitionFailed(event.key, failure.handler, failure.reason, failure.detail))


class Attempts:
    """The second half: planned deliveries become sent ones, or wait, or are given up."""

    #: A window that takes this long (seconds) is about right: what a crash leaves unsure is what it holds.
    WINDOW_SECONDS = 0.05
    MOST = 64

    def __init__(
        self,
        outbox: Outbox,
        keeper: LeaseKeeper,
        providers: Callable[[Way], Provider],
        policies: Mapping[str, RetryPolicy],
        observe: Observer,
        roll: Callable[[], float],
    ) -> None:
        self._outbox = outbox
        self._keeper = keeper
        self._providers = providers
        self._policies = policies
        self._observe = observe
        self._roll = roll

    def attempt(self, way: Way, seconds: float) -> Counter[str]:
        """Deliver what is due on one way until nothing is, the provider fails, or the time is over.

        Returns:
            How often each outcome occurred.
        """
        tally: Counter[str] = Counter()
        window, began = 1, time.monotonic()
        while time.monotonic() - began < seconds:
            claim = self._outbox.claim(way, window)
            if not claim.deliveries:
                break
            started = time.monotonic()
            with self._keeper.keeping(claim):
                settlements, failed = self._try(claim, tally)
                self._outbox.settle(claim, settlements, self._pause(claim, failed=failed))
            if failed:
                break
            quick = time.monotonic() - started < self.WINDOW_SECONDS
            window = min(window * 2, self.MOST) if quick else max(window // 2, 1)
        return tally

    def _try(self, claim: Claim, tally: Counter[str]) -> tuple[list[Settlement], bool]:
        provider = self._providers(claim.way)
        policy = self._policies.get(claim.way.channel, RetryPolicy())
        began, failed = time.monotonic(), False
        settlements: list[Settlement] = []
        for delivery in claim.deliveries:
            if failed:  # its fellows would fare alike: handed back, no attempt used
                settlements.append(Settlement(delivery.id, None, Again(claim.now, counted=False)))
                continue
            started = time.monotonic()
            outcome = self._send(provider, delivery)
            now = claim.now + timedelta(seconds=time.monotonic() - began)
            progress = Progress(delivery.attempts, delivery.deadline, delivery.expires, delivery.on_unsure)
            step = next_step(outcome, progress, policy, now=now, roll=self._roll())
            settlements.append(Settlement(delivery.id, outcome, step))
            tally[outcome.kind] += 1
            failed = isinstance(outcome, Misconfigured) or (isinstance(outcome, Deferred) and outcome.provider_failed)
            self._observe(_attempted(claim.way, delivery, outcome, step, (time.monotonic() - started) * 1000))
        return settlements, failed

    def _send(self, provider: Provider, delivery: Delivery) -> Outcome:
        try:
            return provider.send(delivery)
        except Exception as error:  # noqa: BLE001 - a bug met by one message must not stop its queue
            return Deferred(Reason.INTERNAL_ERROR, f"{type(error).__name__} in the provider")

    def _pause(self, claim: Claim, *, failed: bool) -> timedelta | None:
        if failed:
            return provider_pause(claim.provider_failures + 1, self._roll())
        return timedelta() if claim.provider_failures else None


def _attempted(way: Way, delivery: Delivery, outcome: Outcome, step: Step, took: float) -> Attempted:
    match step:
        case Done():
            word = "sent"
        case Again():
            word = "retry"
        case Hold():
            word = "held"
        case GiveUp(reason=reason):
            word = "expired" if reason is Reason.EXPIRED else "dead"
    assert isinstance(outcome, Accepted) == (word == "sent")  # noqa: S101 - only the provider's yes is a yes
    number = delivery.attempts + 1
    fixed = (delivery.id, delivery.event, delivery.handler, str(way.channel), way.provider, number)
    return Attempted(*fixed, outcome.kind, outcome.reason, word, round(took, 2))
