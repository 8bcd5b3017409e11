"""`notifier preview`: the messages of one definition about one event, as files to look at. Nothing is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from notifier.cli.context import wiring_of
from notifier.cli.exits import ERROR, Failure, Misused
from notifier.cli.output import emit, json_option, printable
from notifier.cli.source import events
from notifier.model import Channel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notifier.evaluation import Report
    from notifier.model import Delivery, Event, HandlerDefinition, Message
    from notifier.wiring import Wiring

#: A realm may have ten thousand members; their messages differ by a name.
MOST = 20
EXAMPLE = """\b
Example:
  notifier preview 'tell the owner' event.json
  notifier preview 'tell the owner' - -o /tmp/look --anyway < event.json
"""


@click.command(epilog=EXAMPLE)
@click.argument("handler")
@click.argument("event")
@click.option("-o", "--output", "root", type=click.Path(path_type=Path), default=Path("preview"), show_default=True)
@click.option("--anyway", is_flag=True, help="As though its conditions held, and it were active and for this event.")
@click.option("--most", type=click.IntRange(1), default=MOST, show_default=True, help="So many messages at most.")
@click.option("--force", is_flag=True, help="Replace files that are there already.")
@json_option
@click.pass_context
def preview(
    context: click.Context,
    handler: str,
    event: str,
    root: Path,
    anyway: bool,
    most: int,
    force: bool,
    as_json: bool,
) -> None:
    """Write what HANDLER would send about EVENT (a file, - or the id of a recorded event) as files to look at.

    A mail as .eml (as it is sent, signed and all), .html and .txt; an SMS as .txt and in its segments. Nothing is
    sent or recorded.
    """
    wiring = wiring_of(context)
    definition = _definition(wiring, handler)
    parsed, arrived = _one(context, wiring, event)
    report, deliveries, more = _compose(wiring, definition, parsed, arrived, anyway=anyway, most=most)
    if report is None or not deliveries:
        raise Failure(_why_nothing(definition, parsed, report, anyway=anyway))
    files = _files(wiring, deliveries)
    from notifier.cli.sheets import write  # noqa: PLC0415

    write(root, {name: content for contents in files for name, content in contents.items()}, force=force)
    rows = [_row(delivery, root, contents) for delivery, contents in zip(deliveries, files, strict=True)]
    error = f"not all could be written: {report.error}" if report.error else ""
    if as_json:
        emit({"handler": definition.name, "messages": rows, "complete": not more, "error": error or None})
    else:
        _tell(rows, report, most if more else 0)
    if error:
        click.echo(printable(f"notifier: {error}"), err=True)
        raise click.exceptions.Exit(ERROR)


def _definition(wiring: Wiring, name: str) -> HandlerDefinition:
    found = [d for d in wiring.configuration.definitions if d.name == name]
    if found:
        return found[0]
    for broken in wiring.configuration.broken:
        if broken.name == name:
            raise Failure(str(broken.problem))
    from notifier.definitions.problems import did_you_mean  # noqa: PLC0415

    names = [d.name for d in wiring.configuration.definitions]
    hint = did_you_mean(name, names) or f"there are {len(names)}; `notifier explain EVENT` lists those of an event"
    raise Misused(f"no definition is called {name!r}; {hint}")


def _one(context: click.Context, wiring: Wiring, word: str) -> tuple[Event, datetime]:
    """The first event of what is named; several would be several previews."""
    from notifier.intake.contract import parse  # noqa: PLC0415

    name, given = events(context, word)
    first = list(islice(given, 2))
    if not first:
        raise Misused(f"no event in {name}")
    if len(first) > 1:
        raise Misused(f"{name} has several events; name a file with one")
    document, arrived = first[0]
    return parse(document.raw, arrived=arrived, max_size=wiring.configuration.settings.max_event_size), arrived


def _compose(
    wiring: Wiring, definition: HandlerDefinition, event: Event, arrived: datetime, *, anyway: bool, most: int
) -> tuple[Report | None, Sequence[Delivery], bool]:
    """The live code path, for one definition; and whether there are more messages than are wanted."""
    from notifier.definitions.index import Index  # noqa: PLC0415
    from notifier.evaluation import Evaluator, plan_of  # noqa: PLC0415

    if anyway:
        definition = replace(
            definition, conditions={}, active=True, events=(event.type,), position=event.position, locations={}
        )
    evaluation = Evaluator(Index([definition]), wiring.modules, wiring.directory).evaluate(event)
    plan = plan_of(evaluation, wiring.policies, arrived, arrived)
    deliveries = list(islice(plan.deliveries, most + 1))
    report = evaluation.reports[0] if evaluation.reports else None
    return report, deliveries[:most], len(deliveries) > most


def _why_nothing(definition: HandlerDefinition, event: Event, report: Report | None, *, anyway: bool) -> str:
    """Why there is no message to look at, and what to do about it."""
    if report is None:
        bound = f"{', '.join(definition.events)} ({definition.position})"
        return f"{definition.name!r} is for {bound}, not for {event.type} ({event.position}); --anyway previews it"
    if report.error:
        return f"{definition.name!r} fails: {report.error}"
    if report.skipped:
        skipped = "; ".join(f"{s.reason}: {s.detail}" if s.detail else s.reason for s in report.skipped)
        return f"{definition.name!r} matches and tells nobody: {skipped}"
    if anyway:
        return f"{definition.name!r} writes no message about this event"
    missed = ", ".join(c.name for c in report.verdict.checks if c.counts != "true")
    why = f" because of {missed}" if missed else ""
    return (
        f"{definition.name!r} is {report.verdict.kind}{why}; --anyway previews it, `notifier explain` has the details"
    )


def _files(wiring: Wiring, deliveries: Sequence[Delivery]) -> list[dict[str, bytes]]:
    """For each delivery its files by name: their order, then the channel."""
    from notifier.cli.sheets import sheets  # noqa: PLC0415

    servers = wiring.configuration.smtp_servers
    width = len(str(len(deliveries)))
    return [
        {
            f"{number:0{width}}-{delivery.message.channel}{suffix}": content
            for suffix, content in sheets(delivery, servers)
        }
        for number, delivery in enumerate(deliveries, 1)
    ]


def _row(delivery: Delivery, root: Path, contents: dict[str, bytes]) -> dict[str, Any]:
    message = delivery.message
    row: dict[str, Any] = {
        "id": delivery.id,
        "channel": str(message.channel),
        "provider": message.provider,
        "to": list(message.to),
        "subject": message.subject,
        "files": [str(root / name) for name in contents],
    }
    if message.channel is Channel.SMS:
        row["sms"] = _sms(message)
    elif message.channel is Channel.FILE:
        row["filename"] = message.filename
    return row


def _sms(message: Message) -> dict[str, Any]:
    from notifier.cli.explanation import sms_of  # noqa: PLC0415

    return sms_of(message)


def _tell(rows: Sequence[dict[str, Any]], report: Report, cut_at: int) -> None:
    from notifier.cli.explain import segments  # noqa: PLC0415

    for row in rows:
        whom = ", ".join(row["to"]) or row.get("filename") or "a file"
        click.secho(printable(f"{row['channel']} by {row['provider'] or 'savefile'} to {whom}"), bold=True)
        if "sms" in row:
            click.echo(f"  {segments(row['sms'])}")
        for name in row["files"]:
            click.echo(printable(f"  {name}"))
    for skipped in report.skipped:
        click.secho(
            printable(f"skipped: {skipped.reason}" + (f" ({skipped.detail})" if skipped.detail else "")), dim=True
        )
    if cut_at:
        click.echo(f"and more: only the first {cut_at} are written (--most)")
