"""Decide and compose: the one code path of the live worker and of `notifier explain`."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import overload

from notifier.compose.directory.port import Directory
from notifier.configuration import Policies
from notifier.decide.engine import CompiledConditions
from notifier.decide.seen import Seen
from notifier.decide.sieve import Sieve
from notifier.decide.verdict import Check, Truth, Verdict, VerdictKind
from notifier.definitions.index import Index
from notifier.errors import ComposeError, ConditionError, DirectoryUnavailable
from notifier.eventhandler.base import BaseEventHandler
from notifier.eventhandler.options import Context, Findings, options_for
from notifier.model import (
    CHANNELS,
    Channel,
    Delivery,
    DeliveryRules,
    Event,
    HandlerDefinition,
    Message,
    Skipped,
    delivery_id,
    digest,
)
from notifier.outcome import Reason, Skip
from notifier.record.outbox import Failure, Note, Plan, Way

#: Verdicts kept with an event; a thousand definitions that don't match are not worth a thousand lines.
MOST_NOTES = 50
#: Characters and bytes that one event may put into the record: a long text for a large realm would fill Redis.
MOST_WRITTEN = 128 << 20
_TOO_MUCH = f"the messages of one event are larger than {MOST_WRITTEN >> 20} MiB together; shorten the text"
#: Nothing is to be done; and what a verdict is before it's known.
_NOT_MATCHED = VerdictKind.NOT_MATCHED
_SETTLED = (_NOT_MATCHED, VerdictKind.UNKNOWN)
_MATCHED = Verdict(VerdictKind.MATCHED)


@dataclass(slots=True)
class Report:
    """What one definition makes of one event."""

    name: str
    verdict: Verdict
    #: What the action left behind; None: it wasn't done.
    findings: Findings | None = None
    error: str = ""
    reason: str = ""
    #: The error is a directory's that is down: the definition meets the event again later.
    deferred: bool = False
    definition: HandlerDefinition | None = None
    _taken: tuple[Message, ...] | None = None

    def write(self) -> Iterator[Message]:
        """The messages one by one, written while they are taken; may be taken once.

        What goes wrong on the way ends them and is the report's error from then on.
        """
        try:
            yield from self.findings.write() if self.findings else ()
        except Exception as error:  # noqa: BLE001 - one definition's trouble must not keep the others' messages back
            self.fail(error)

    @property
    def messages(self) -> tuple[Message, ...]:
        """All messages."""
        if self._taken is None:
            self._taken = tuple(self.write())
        return self._taken

    @property
    def skipped(self) -> Sequence[Skipped]:
        """What isn't sent and why; complete when all messages were taken."""
        return self.findings.skipped if self.findings else ()

    def fail(self, error: Exception) -> None:
        """The definition can't be evaluated, or its messages can't be written."""
        match error:
            case DirectoryUnavailable():
                self.reason, self.error, self.deferred = Reason.DIRECTORY_UNAVAILABLE, str(error), True
            case ComposeError() | ConditionError():
                self.reason, self.error = error.reason, error.detail
            case _:
                module = self.definition.handlermodule if self.definition else ""
                self.reason, self.error = Reason.INTERNAL_ERROR, f"{type(error).__name__} in {module}"
        self.verdict = Verdict(VerdictKind.ERROR, self.verdict.checks, self.error)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What all definitions bound to an event make of it, in the order they run."""

    event: Event
    reports: Sequence[Report]
    #: The numbers of those whose conditions may hold; None: of all.
    likely: Sequence[int] | None = None
    #: What is kept of the others, by number (of the likely ones, too): one condition that doesn't hold.
    notes: Sequence[Note] = ()

    @property
    def telling(self) -> Iterable[tuple[int, Report]]:
        """The reports that something may follow from, with their numbers."""
        numbers = range(len(self.reports)) if self.likely is None else self.likely
        return [(number, self.reports[number]) for number in numbers]


class _Reports(Sequence[Report]):
    """The reports of all definitions; one that isn't likely to have anything to do is made when somebody asks."""

    def __init__(self, made: Sequence[Report], meet: Callable[[int], Report], count: int) -> None:
        """The first are made; the rest of so many ``meet`` makes, by number."""
        self._meet = meet
        self._made: list[Report | None] = [*made, *[None] * (count - len(made))]

    def __len__(self) -> int:
        return len(self._made)

    @overload
    def __getitem__(self, at: int) -> Report: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Report]: ...
    def __getitem__(self, at: int | slice) -> Report | Sequence[Report]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        report = self._made[at]
        if report is None:
            report = self._made[at] = self._meet(at)
        return report


@dataclass(frozen=True, slots=True)
class _Group:
    """The definitions bound to one event and position."""

    sieve: Sieve
    #: Of each, where the sieve holds it back.
    notes: Sequence[Note]


class Evaluator:
    """Decide and compose: the same code for the live worker and for `notifier explain`."""

    def __init__(
        self, index: Index, modules: Mapping[str, BaseEventHandler], directory: Directory | None = None
    ) -> None:
        """``directory``: asked for what an event lacks and a condition on its owner needs; None: nobody is."""
        self._index = index
        self._look_up = directory.user if directory else None
        # Modules that decide as ours do: they needn't be given options until there is something to do.
        self._plain = {name: module for name, module in modules.items() if _decides_as_ours(type(module))}
        self._groups: dict[tuple[str, str], _Group] = {}
        #: By position in memory (the index holds the definition): the last report that there was nothing to do.
        self._idle: dict[int, Report] = {}
        self._modules = modules

    def evaluate(self, event: Event, only: Container[str] | None = None) -> Evaluation:
        """Let the event meet the definitions bound to its type and position, or only those of certain names."""
        reports = [
            Report(
                broken.name,
                Verdict(VerdictKind.ERROR, error=str(broken.problem)),
                error=str(broken.problem),
                reason=Reason.DEFINITION_ERROR,
            )
            for broken in self._index.broken(event.type, event.position)
            if only is None or broken.name in only
        ]
        context = Context(event, Seen(self._look_up))
        bound = self._index.bound(event.type, event.position)
        if only is not None:
            reports.extend(self._meet(context, d) for d in bound if d.name in only)
            return Evaluation(event, reports)
        group = self._group(event, bound)
        broken = len(reports)
        made = _Reports(reports, lambda at: self._meet(context, bound[at - broken]), broken + len(bound))
        likely = [*range(broken), *(broken + number for number in group.sieve.likely(event))]
        notes = [*(_note(report.name, "") for report in reports), *group.notes] if reports else group.notes
        return Evaluation(event, made, likely, notes)

    def _group(self, event: Event, bound: Sequence[HandlerDefinition]) -> _Group:
        key = event.type, event.position
        found = self._groups.get(key)
        if found is None:
            sieve = Sieve(map(self._sieved, bound))
            found = _Group(sieve, [_note(d.name, name) for d, name in zip(bound, sieve.by, strict=True)])
            if bound:  # producers may make up as many names of events as they like
                self._groups[key] = found
        return found

    def _sieved(self, definition: HandlerDefinition) -> CompiledConditions | None:
        """What has to hold before there is anything to do; None: nobody can tell beforehand."""
        module = self._plain.get(definition.handlermodule)
        try:
            return module.conditions_of(definition) if module and definition.active else None
        except Exception:  # noqa: BLE001 - meeting it tells what is wrong with it, and harms no other definition
            return None

    def _meet(self, context: Context, definition: HandlerDefinition) -> Report:
        if not definition.active:
            return Report(definition.name, Verdict(VerdictKind.INACTIVE), definition=definition)
        module = self._modules.get(definition.handlermodule)
        if module is None:
            return _failed(definition, Reason.DEFINITION_ERROR, f"no handler module {definition.handlermodule!r}")
        report: Report | None = None
        verdict: Verdict | None = None
        try:
            if definition.handlermodule in self._plain:
                verdict = module.decide(definition, context.event, context.seen)
                if verdict.kind in _SETTLED:
                    return self._settled(definition, verdict)
            report = Report(definition.name, _MATCHED, definition=definition)
            _run(module, context, definition, report, verdict)
        except Exception as error:  # noqa: BLE001 - one module's bug must not keep the others' messages back
            report = report or Report(definition.name, _MATCHED, definition=definition)
            report.fail(error)
        return report

    def _settled(self, definition: HandlerDefinition, verdict: Verdict) -> Report:
        """A report that there is nothing to do; the same again where the verdict is: nobody changes it."""
        report = self._idle.get(id(definition))
        if report is None or report.verdict is not verdict:
            report = self._idle[id(definition)] = Report(definition.name, verdict, definition=definition)
        return report


def _decides_as_ours(kind: type[BaseEventHandler]) -> bool:
    return kind.check_condition is BaseEventHandler.check_condition and kind.decide is BaseEventHandler.decide


def _run(
    module: BaseEventHandler,
    context: Context,
    definition: HandlerDefinition,
    report: Report,
    verdict: Verdict | None,
) -> None:
    """``verdict``: what `check_condition` would come to, where that is known."""
    options = options_for(context, definition)
    findings = report.findings = options["findings"]
    findings.verdict = verdict
    fires = verdict.fires if verdict else module.check_condition(options)
    report.verdict = findings.verdict or Verdict(VerdictKind.MATCHED if fires else VerdictKind.NOT_MATCHED)
    if report.verdict.kind is VerdictKind.ERROR:
        raise ComposeError(Reason.DEFINITION_ERROR, report.verdict.error)
    if fires and not module.do(definition.action, options):
        raise ComposeError(Reason.DEFINITION_ERROR, f"no action {definition.action!r}")


def _failed(definition: HandlerDefinition, reason: str, detail: str) -> Report:
    verdict = Verdict(VerdictKind.ERROR, error=detail)
    return Report(definition.name, verdict, error=detail, reason=reason, definition=definition)


def plan_of(evaluation: Evaluation, policies: Policies, now: datetime, arrived: datetime, *, version: str = "") -> Plan:
    """What has to be recorded of an evaluation: deliveries with ids and deadlines, failures, and why not.

    The deliveries are made while they are taken; the rest of the plan is complete after that.
    ``expires_after`` counts from the event's arrival: what waited for a worker has aged. ``version``: the
    configuration's.
    """

    def deliveries() -> Iterator[Delivery]:
        yield from _deliveries(evaluation, plan, policies, now, arrived)

    plan = Plan(evaluation.event, deliveries(), arrived, configuration_version=version)
    return plan


def _deliveries(
    evaluation: Evaluation, plan: Plan, policies: Policies, now: datetime, arrived: datetime
) -> Iterator[Delivery]:
    event = evaluation.event
    size, member = 0, ""
    telling = evaluation.telling
    for _, report in telling:
        for message in report.write():
            size += len(message.body) + len(message.alternative) + sum(len(a.data) for a in message.attachments)
            # All of one member of a realm, or nothing: who has one delivery is taken for told.
            if size > MOST_WRITTEN and not (member and member == message.member):
                report.fail(ComposeError(Reason.TOO_LARGE, _TOO_MUCH))
                break
            member = message.member
            plan.ways[Way(message.channel, message.provider)] += 1
            yield _delivery(event, report, message, policies, now, arrived)
        if report.error:
            (plan.deferred if report.deferred else plan.failures).append(_failure(event, report))
    plan.notes.extend(_noted(dict(telling), evaluation.notes))


def _noted(telling: Mapping[int, Report], others: Sequence[Note]) -> Iterator[Note]:
    """The most that are kept: those that fired or failed come first, then those whose conditions don't hold."""
    told: list[Note] = []
    silent: dict[int, Iterable[Note]] = {}
    for number, report in telling.items():
        if report.verdict.kind is _NOT_MATCHED:
            silent[number] = _notes(report)
        else:
            silent[number] = ()
            told.extend(_notes(report))
    rest = (silent.get(number, (note,)) for number, note in enumerate(others)) if others else silent.values()
    return islice(chain(told, chain.from_iterable(rest)), MOST_NOTES)


def _note(name: str, condition: str) -> Note:
    return Note(name, _NOT_MATCHED, Skip.CONDITION_FALSE, condition)


def _notes(report: Report) -> Iterable[Note]:
    kind = report.verdict.kind
    if kind is VerdictKind.MATCHED and report.skipped:
        return [Note(report.name, kind, s.reason, s.detail) for s in report.skipped]
    if kind in (VerdictKind.NOT_MATCHED, VerdictKind.UNKNOWN):
        missed = "false" if kind is VerdictKind.NOT_MATCHED else "unknown"
        names = ", ".join(_named(check) for check in report.verdict.checks if check.counts == missed)
        reason = Skip.CONDITION_FALSE if kind is VerdictKind.NOT_MATCHED else Skip.CONDITION_UNKNOWN
        return [Note(report.name, kind, reason, names)]
    if kind is VerdictKind.INACTIVE:
        return [Note(report.name, kind, Skip.INACTIVE)]
    return [Note(report.name, kind, report.reason, report.error)]


def _named(check: Check) -> str:
    """Which condition kept it from firing; also one that ``on_unknown`` took for false."""
    return f"{check.name} (not known)" if check.counted is Truth.FALSE else check.name


def _failure(event: Event, report: Report) -> Failure:
    definition = report.definition
    channel = CHANNELS.get(definition.action.lower(), Channel.MAIL) if definition else Channel.MAIL
    option = {Channel.MAIL: "emailconfig", Channel.SMS: "smsconfig"}.get(channel, "")
    provider = definition.options.get(option, "") if definition else ""
    ident = digest("failure", event.key, report.name)
    version = definition.version if definition else ""
    return Failure(ident, report.name, channel, str(provider), report.reason, report.error, version)


def _delivery(
    event: Event,
    report: Report,
    message: Message,
    policies: Policies,
    now: datetime,
    arrived: datetime,
) -> Delivery:
    policy = policies.of(message.channel, message.provider)
    rules = report.definition.delivery if report.definition else DeliveryRules()
    expires = rules.expires_after is not None and rules.expires_after < policy.deadline
    deadline = arrived + rules.expires_after if expires and rules.expires_after else now + policy.deadline
    return Delivery(
        id=delivery_id(event.key, report.name, message),
        event=event.key,
        handler=report.name,
        message=message,
        created=now,
        deadline=deadline,
        expires=expires,
        on_unsure=rules.on_unsure,
        definition_version=report.definition.version if report.definition else "",
        critical=rules.critical,
    )
