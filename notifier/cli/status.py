"""`notifier status`: how much waits where, and which providers fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from notifier.circuit import State
from notifier.cli.context import connected
from notifier.cli.output import emit, json_option, printable, table
from notifier.model import Channel
from notifier.record.outbox import Way

if TYPE_CHECKING:
    from collections.abc import Mapping

    from notifier.record.glance import Queue
    from notifier.record.workers import Report
    from notifier.wiring import Wiring

EXAMPLE = """\b
Example:
  notifier status
  watch -n 2 notifier status
"""
COLUMNS = ("provider", "channel", "state", "due", "waiting", "accepted", "deferred", "rejected", "rate")


@click.command(epilog=EXAMPLE)
@json_option
@click.pass_context
def status(context: click.Context, as_json: bool) -> None:
    """Show how much waits where, and how the providers fare."""
    wiring = connected(context)
    overview = _overview(wiring)
    if as_json:
        emit(overview)
        return
    for part in ("intake", "outbox"):
        counts = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in overview[part].items())
        click.echo(f"{part:<7} {counts}")
    _tell_versions(**overview["configuration"])
    if overview["providers"]:
        click.echo()
        table(
            COLUMNS, ([name, *(row[column] for column in COLUMNS[1:])] for name, row in overview["providers"].items())
        )
    for name, row in overview["providers"].items():
        if row["why"]:
            click.echo(printable(f"{name} is {row['state']}: {row['why']}"))
    _complain(wiring)


def _overview(wiring: Wiring) -> dict[str, Any]:
    backlog, pending = wiring.stream.backlog()
    glance = wiring.glance()
    return {
        "intake": {
            "backlog": backlog,
            "pending": pending,
            "deferred": glance.deferred,
            "quarantined": len(wiring.quarantine),
        },
        "outbox": {
            **{name: sum(getattr(q, name) for q in glance.queues) for name in ("due", "waiting", "leased")},
            "dead": glance.dead,
            "held_back": glance.held_back,
        },
        "configuration": {
            "version": wiring.configuration.version,
            "workers": {name: _report(report) for name, report in wiring.workers.reports().items()},
        },
        "providers": _providers(wiring, {(str(q.way.channel), q.way.provider): q for q in glance.queues}),
    }


def _report(report: Report) -> dict[str, Any]:
    since = report.since.isoformat(timespec="milliseconds")
    return {"version": report.version, "since": since, "error": report.error}


def _tell_versions(version: str, workers: Mapping[str, Mapping[str, Any]]) -> None:
    """The version of these files, and who works with another one and why."""
    others = {name: row for name, row in workers.items() if row["version"] != version or row["error"]}
    counts = f"{len(workers) - len(others)} of {len(workers)} workers work with it" if workers else "no worker runs"
    click.echo(f"{'config':<7} version {version or 'unknown'}, {counts}")
    for name, row in others.items():
        why = f", because of {row['error']}" if row["error"] else ""
        click.echo(printable(f"{'':<7} {name} works with {row['version']} since {row['since']}{why}"))


def _providers(wiring: Wiring, queues: dict[tuple[str, str], Any]) -> dict[str, dict[str, Any]]:
    """All that are configured and all that ever had a delivery; mail servers keep their names."""
    c = wiring.configuration
    broken = {("mail", name): server.broken for name, server in c.smtp_servers.items()}
    broken.update({("sms", name): gateway.broken for name, gateway in c.sms_gateways.items()})
    rows: dict[str, dict[str, Any]] = {}
    for key in sorted({*broken, *queues}):
        channel, provider = key
        queue = queues.get(key)
        name = provider or channel
        rows[name if name not in rows else f"{name}:{channel}"] = {
            "channel": channel,
            "state": "broken" if broken.get(key) else _state(queue) if queue else "ok",
            **{n: getattr(queue, n) if queue else 0 for n in ("due", "waiting", "accepted", "deferred", "rejected")},
            "rate": ", ".join(map(str, wiring.ways.rates(Way(Channel(channel), provider)))),
            "why": broken.get(key) or (queue.why if queue else ""),
        }
    return rows


def _state(queue: Queue) -> str:
    """The circuit's word; ``limited`` where nothing but its rate keeps something back."""
    return "limited" if queue.state is State.OK and queue.limited else queue.state


def _complain(wiring: Wiring) -> None:
    c = wiring.configuration
    broken = [name for name, server in c.smtp_servers.items() if server.broken]
    broken += [name for name, gateway in c.sms_gateways.items() if gateway.broken]
    words = [f"definition {b.name!r}" for b in c.broken] + [f"provider {name!r}" for name in broken]
    if not c.usable and not words:
        words = sorted({problem.file for problem in c.problems if not problem.warning})
    if words:
        click.echo()
        click.echo(f"broken: {', '.join(words)}; `notifier check` says why")
