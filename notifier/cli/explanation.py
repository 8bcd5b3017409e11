"""An evaluation as the JSON of `notifier explain`: a document, or a line of many."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from notifier.decide.verdict import Check
from notifier.model import Channel, Event, Message, delivery_id
from notifier.telephony.measure import measure
from notifier.telephony.segmenter import Encoding

if TYPE_CHECKING:
    from notifier.evaluation import Evaluation, Report

#: So many reports' and words' texts are kept: those of one event times a few.
MOST_KEPT = 20_000


def as_document(evaluation: Evaluation) -> dict[str, Any]:
    """What ``--json`` gives for one event."""
    event = evaluation.event
    return {
        "event": {"id": event.id, "source": event.source, "type": event.type},
        "handlers": [_handler(event, report) for report in evaluation.reports],
    }


def _handler(event: Event, report: Report) -> dict[str, Any]:
    messages = report.messages  # first: one that can't be written is the report's error from then on
    return {
        "name": report.name,
        "verdict": str(report.verdict.kind),
        "conditions": list(map(_check, report.verdict.checks)),
        "deliveries": [_delivery(delivery_id(event.key, report.name, m), m) for m in messages],
        "skipped": [{"reason": str(s.reason), "detail": s.detail} for s in report.skipped],
        "error": report.error or report.verdict.error or None,
    }


def _delivery(ident: str, message: Message) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": ident,
        "channel": str(message.channel),
        "provider": message.provider,
        "to": list(message.to),
        "subject": message.subject,
        "body": message.body,
        "mimetype": message.mimetype,
        "alternative": message.alternative,
        "reply_to": message.reply_to,
        "attachments": [
            {"content_type": a.content_type, "content_id": a.content_id, "filename": a.filename, "size": len(a.data)}
            for a in message.attachments
        ],
    }
    if message.channel is Channel.FILE:
        row["filename"] = message.filename
    if message.channel is Channel.SMS:
        row["sms"] = sms_of(message)
    return row


def sms_of(message: Message) -> dict[str, Any]:
    """What its text takes on the air."""
    text = measure(message.body, Encoding.UCS2 if message.ucs2 else None)
    return {
        "encoding": str(text.encoding),
        "characters": len(message.body),
        "units": text.units,
        "segments": text.segments,
        "changes": list(map(str, message.changes)),
    }


def _check(check: Check) -> dict[str, Any]:
    row = {"name": check.name, "expected": check.expected, "actual": check.actual, "result": str(check.result)}
    if check.counted is not None:
        row["counted"] = str(check.counted)
    if check.failure is not None:
        row["error"] = check.failure.detail
    return row


class Lines:
    """Writes evaluations as lines: the same JSON as `as_document`, several times as fast.

    A thousand definitions make a thousand handlers of one event, nearly all of them not matched: a report that is
    the same from one event to the next is written once, and so are the words of the others.
    """

    def __init__(self, *, ascii_only: bool) -> None:
        self._text = partial(json.dumps, ensure_ascii=ascii_only)
        # By identity, beside the report that it's the text of: that one stays, and so does its id.
        self._reports: dict[int, tuple[Report, str]] = {}
        self._words: dict[str | None, str] = {}

    def line(self, evaluation: Evaluation) -> str:
        """One event's JSON."""
        event = evaluation.event
        head = self._text({"id": event.id, "source": event.source, "type": event.type})
        if len(self._reports) > MOST_KEPT or len(self._words) > MOST_KEPT:
            self._reports.clear()
            self._words.clear()
        handlers = ", ".join([self._handler(event, report) for report in evaluation.reports])
        return f'{{"event": {head}, "handlers": [{handlers}]}}'

    def _handler(self, event: Event, report: Report) -> str:
        known = self._reports.get(id(report))
        if known is not None:
            return known[1]
        verdict = report.verdict
        if verdict.fires or report.error or verdict.error:
            return self._text(_handler(event, report))
        conditions = ", ".join(map(self._condition, verdict.checks))
        text = (
            f'{{"name": {self._word(report.name)}, "verdict": "{verdict.kind}", "conditions": [{conditions}], '
            '"deliveries": [], "skipped": [], "error": null}'
        )
        self._reports[id(report)] = report, text
        return text

    def _condition(self, check: Check) -> str:
        if check.failure is not None:
            return self._text(_check(check))
        word = self._word
        counted = "" if check.counted is None else f', "counted": "{check.counted}"'
        return (
            f'{{"name": {word(check.name)}, "expected": {word(check.expected)}, "actual": {word(check.actual)}, '
            f'"result": "{check.result}"{counted}}}'
        )

    def _word(self, word: str | None) -> str:
        text = self._words.get(word)
        if text is None:
            text = self._words[word] = self._text(word)
        return text
