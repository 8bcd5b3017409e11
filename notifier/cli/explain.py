"""`notifier explain`: who would hear what, and why not. The same code as the live worker's."""

from __future__ import annotations

from typing import Any

import click

from notifier.cli.output import json_option, print_json, wiring_of
from notifier.cli.publish import read_inputs
from notifier.decide.verdict import Truth, VerdictKind
from notifier.evaluation import Evaluation, Report
from notifier.intake.contract import parse
from notifier.model import Event, Message, delivery_id
from notifier.wiring import Wiring, now

MARKS = {Truth.TRUE: "✓", Truth.FALSE: "✗", Truth.UNKNOWN: "?"}
COLOURS = {
    VerdictKind.MATCHED: "green",
    VerdictKind.NOT_MATCHED: "white",
    VerdictKind.UNKNOWN: "yellow",
    VerdictKind.INACTIVE: "white",
    VerdictKind.ERROR: "red",
}


@click.command(
    epilog="\b\nExample:\n  notifier explain config/samples/token_init_hotp.json\n  notifier explain 42 --json"
)
@click.argument("event")
@json_option
@click.pass_context
def explain(context: click.Context, event: str, as_json: bool) -> None:
    """Tell which definitions fire for EVENT and why, which don't and why not, and the finished messages.

    EVENT is a file, - for standard input, or the id of an event that is still kept. JSON lines in, JSON lines out.
    """
    wiring = wiring_of(context)
    for raw in _raws(wiring, event):
        found = parse(raw, arrived=now(), max_size=wiring.configuration.settings.max_event_size)
        evaluation = wiring.evaluator.evaluate(found)
        if as_json:
            print_json(document(evaluation))
        else:
            _tell(evaluation)


def _raws(wiring: Wiring, event: str) -> list[bytes] | Any:
    from pathlib import Path  # noqa: PLC0415

    if event == "-" or Path(event).exists() or event.endswith(".json"):
        return (raw for _, raw in read_inputs(event))
    keys = wiring.timeline.keys(event)
    raws = [raw for raw in map(wiring.timeline.raw, keys) if raw]
    if not raws:
        raise click.UsageError(f"{event}: no such file, and no event of this id is kept")
    return raws


def document(evaluation: Evaluation) -> dict[str, Any]:
    """An evaluation as docs/commands.md describes it."""
    event = evaluation.event
    return {
        "event": {"id": event.id, "source": event.source, "type": event.type},
        "handlers": [_handler(event, report) for report in evaluation.reports],
    }


def _handler(event: Event, report: Report) -> dict[str, Any]:
    return {
        "name": report.name,
        "verdict": report.verdict.kind,
        "conditions": [
            {"name": c.name, "expected": c.expected, "actual": c.actual, "result": c.result}
            for c in report.verdict.checks
        ],
        "deliveries": [_delivery(event, report.name, message) for message in report.messages],
        "skipped": [{"reason": s.reason, "detail": s.detail} for s in report.skipped],
        "error": report.error or None,
    }


def _delivery(event: Event, name: str, message: Message) -> dict[str, Any]:
    return {
        "id": delivery_id(event.key, name, message),
        "channel": message.channel,
        "provider": message.provider,
        "to": list(message.to),
        "subject": message.subject,
        "body": message.body,
        "mimetype": message.mimetype,
        "reply_to": message.reply_to,
        "filename": message.filename,
        "attachments": [
            {
                "content_type": a.content_type,
                "content_id": a.content_id,
                "filename": a.filename,
                "size": len(a.data),
            }
            for a in message.attachments
        ],
    }


def _tell(evaluation: Evaluation) -> None:
    event = evaluation.event
    click.echo(click.style(f"{event.type} ({event.position})", bold=True) + f"  {event.id} from {event.source}")
    if not evaluation.reports:
        click.echo("  no definition is bound to this event and position")
    for report in evaluation.reports:
        kind = report.verdict.kind
        click.echo(f"├─ {report.name}: " + click.style(kind, fg=COLOURS[kind]))
        for check in report.verdict.checks:
            actual = "not known" if check.actual is None else repr(check.actual)
            click.echo(f"│    {MARKS[check.result]} {check.name}: expected {check.expected!r}, is {actual}")
        if report.error:
            click.echo(click.style(f"│    {report.error}", fg="red"))
        for skipped in report.skipped:
            click.echo(f"│    skipped: {skipped.reason} ({skipped.detail})")
        for message in report.messages:
            _tell_message(message)


def _tell_message(message: Message) -> None:
    to = ", ".join(message.to) or message.filename
    click.echo(click.style(f"│    → {message.channel} to {to} by {message.provider}", fg="green"))
    if message.subject:
        click.echo(f"│      Subject: {message.subject}")
    for attachment in message.attachments:
        click.echo(f"│      Attached: {attachment.filename} ({attachment.content_type}, {len(attachment.data)} bytes)")
    for line in message.body.rstrip().splitlines():
        click.echo(f"│      {line}")
