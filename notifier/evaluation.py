"""Decide and compose: the one code path of the live worker and of `notifier explain`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from notifier.configuration import RetryPolicy
from notifier.decide.verdict import Verdict, VerdictKind
from notifier.definitions.index import Index
from notifier.errors import ComposeError
from notifier.eventhandler.base import BaseEventHandler
from notifier.eventhandler.options import Findings, options_for
from notifier.model import (
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
from notifier.record.outbox import Failure, Note, Plan

#: Verdicts kept with an event; a thousand definitions that don't match are not worth a thousand lines.
MOST_NOTES = 50
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
        try:
            return _run(module, event, definition)
        except ComposeError as error:
            return _failed(definition, error.reason, error.detail)
        except Exception as error:  # noqa: BLE001 - one module's bug must not keep the others' messages back
            return _failed(definition, Reason.INTERNAL_ERROR, f"{type(error).__name__} in {module.identifier}")


def _run(module: BaseEventHandler, event: Event, definition: HandlerDefinition) -> Report:
    options = options_for(event, definition)
    findings: Findings = options["findings"]
    fires = module.check_condition(options)
    verdict = findings.verdict or Verdict(VerdictKind.MATCHED if fires else VerdictKind.NOT_MATCHED)
    if verdict.kind is VerdictKind.ERROR:
        return _failed(definition, Reason.DEFINITION_ERROR, verdict.error)
    if fires and not module.do(definition.action, options):
        return _failed(definition, Reason.DEFINITION_ERROR, f"no action {definition.action!r}")
    return Report(definition.name, verdict, findings.messages, findings.skipped, definition=definition)


def _failed(definition: HandlerDefinition, reason: str, detail: str) -> Report:
    verdict = Verdict(VerdictKind.ERROR, error=detail)
    return Report(definition.name, verdict, error=detail, reason=reason, definition=definition)


def plan_of(evaluation: Evaluation, policies: Mapping[str, RetryPolicy], now: datetime, arrived: datetime) -> Plan:
    """What has to be recorded of an evaluation: deliveries with ids and deadlines, failures, and why not.

    ``expires_after`` counts from the event's arrival: what waited for a worker has aged.
    """
    event = evaluation.event
    deliveries: list[Delivery] = []
    failures: list[Failure] = []
    notes: list[Note] = []
    for report in evaluation.reports:
        if report.error:
            failures.append(_failure(event, report))
        deliveries.extend(_delivery(event, report, message, policies, now, arrived) for message in report.messages)
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
    event: Event,
    report: Report,
    message: Message,
    policies: Mapping[str, RetryPolicy],
    now: datetime,
    arrived: datetime,
) -> Delivery:
    policy = policies.get(message.channel, RetryPolicy())
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
    )
