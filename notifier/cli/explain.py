"""`notifier explain`: who fires and why, who not and why not, and the finished messages. The live code path."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING, Any

import click

from notifier.cli.context import wiring_of
from notifier.cli.exits import BAD_DATA, Unreadable
from notifier.cli.explanation import Lines, as_document
from notifier.cli.output import Node, json_option, tree, writes_utf8
from notifier.cli.source import events
from notifier.errors import UnreadableEvent
from notifier.intake.contract import parse

if TYPE_CHECKING:
    from notifier.configuration import Rate
    from notifier.evaluation import Evaluation, Report

EXAMPLE = """\b
Example:
  notifier explain event.json
  notifier explain --json - < events.jsonl
  notifier explain 7f3c-some-event-id
"""
STYLES = {"matched": "bold green", "error": "bold red", "unknown": "yellow", "true": "green", "false": "red"}


@click.command(epilog=EXAMPLE)
@click.argument("event")
@json_option
@click.pass_context
def explain(context: click.Context, event: str, as_json: bool) -> None:
    """Tell what the handler definitions make of EVENT: a file, - (standard input), or the id of a recorded event.

    Nothing is sent or recorded. Several events come out as JSON lines with --json.
    """
    wiring = wiring_of(context)
    errors = sum(1 for problem in wiring.configuration.problems if not problem.warning)
    if errors:
        click.echo(f"notifier: the configuration has errors ({errors}); `notifier check` lists them", err=True)
    name, given = events(context, event)
    lines = Lines(ascii_only=not writes_utf8())
    gc.freeze()  # thousands of definitions stay: none of them has to be looked at with every event
    seen = refused = 0
    for document, arrived in given:
        seen += 1
        try:
            parsed = parse(document.raw, arrived=arrived, max_size=wiring.configuration.settings.max_event_size)
        except UnreadableEvent as error:
            refused += 1
            click.echo(f"{name}:{document.line}: {error.reason}: {error.detail}", err=True)
            continue
        evaluation = wiring.evaluator.evaluate(parsed)
        if as_json:
            sys.stdout.write(lines.line(evaluation) + "\n")
        else:
            tree(as_tree(evaluation, wiring.configuration.settings.per_recipient))
    if not seen:
        raise Unreadable(f"no event in {name}")
    if refused:
        raise click.exceptions.Exit(BAD_DATA)


def as_tree(evaluation: Evaluation, limit: Rate | None = None) -> Node:
    """What people see; ``limit``: that of the flood guard."""
    document = as_document(evaluation)
    event = document["event"]
    root = Node("")
    root = root.add(f"{event['type']} {event['id']} from {event['source']}", "bold")
    for handler, report in zip(document["handlers"], evaluation.reports, strict=True):
        branch = root.add(f"{handler['name']}: {handler['verdict']}", STYLES.get(handler["verdict"], "dim"))
        if handler["error"]:
            branch.add(handler["error"], "red")
        for c in handler["conditions"]:
            actual = c.get("error") or ("not known" if c["actual"] is None else f"is {c['actual']}")
            counted = c.get("counted")
            words = f"{c['result']}, counts as {counted}" if counted else c["result"]
            style = STYLES.get(counted or c["result"], "yellow")
            branch.add(f"{words}: {c['name']} {c['expected']} ({actual})", style)
        for s in handler["skipped"]:
            branch.add(f"skipped: {s['reason']}" + (f" ({s['detail']})" if s["detail"] else ""), "yellow")
        for delivery in handler["deliveries"]:
            _message(branch, delivery)
        if limit and _guarded(handler, report):
            branch.add(
                f"no more than {limit} to one recipient (limits.per_recipient): what is beyond is held back", "dim"
            )
    if not document["handlers"]:
        root.add("no definition is bound to this event and position", "dim")
    return root


def _guarded(handler: dict[str, Any], report: Report) -> bool:
    """Whether the flood guard may hold back what it sends."""
    critical = report.definition is not None and report.definition.delivery.critical
    return not critical and any(delivery["to"] for delivery in handler["deliveries"])


def _message(branch: Node, delivery: dict[str, Any]) -> None:
    to = ", ".join(delivery["to"]) or delivery.get("filename") or "a file"
    node = branch.add(f"{delivery['channel']} by {delivery['provider']} to {to}", "bold")
    for label in ("subject", "reply_to"):
        if delivery[label]:
            node.add(f"{label}: {delivery[label]}")
    for attachment in delivery["attachments"]:
        node.add(f"attachment: {attachment['filename']} ({attachment['content_type']}, {attachment['size']} bytes)")
    if "sms" in delivery:
        node.add(segments(delivery["sms"]), "yellow" if delivery["sms"]["changes"] else "dim")
    body = node.add(f"body ({delivery['mimetype']}):", "dim")
    for line in delivery["body"].splitlines():
        body.add(line)
    if delivery["alternative"]:
        beside = node.add("text part:", "dim")
        for line in delivery["alternative"].splitlines():
            beside.add(line, "dim")


def segments(sms: dict[str, Any]) -> str:
    """How many segments an SMS takes, and why."""
    count, characters, unit = sms["segments"], sms["characters"], "septets" if sms["encoding"] == "gsm7" else "units"
    encoding = {"gsm7": "GSM 7-bit", "ucs2": "UCS-2"}[sms["encoding"]]
    size = f"{characters} character{'s' * (characters != 1)}, {sms['units']} {unit} of {encoding}"
    words = f"{count} segment{'s' * (count != 1)}: {size}"
    return "; ".join([words, *sms["changes"]])
