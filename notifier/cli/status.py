"""`notifier status`: queues and providers."""

from __future__ import annotations

from typing import Any

import click

from notifier.cli.output import json_option, print_json, print_table, wiring_of
from notifier.errors import ConfigError
from notifier.wiring import Wiring


@click.command(epilog="\b\nExample:\n  notifier status --json")
@json_option
@click.pass_context
def status(context: click.Context, as_json: bool) -> None:
    """Show how much waits where, and how the providers fare."""
    wiring = wiring_of(context)
    found = document(wiring)
    if as_json:
        print_json(found)
        return
    intake, outbox = found["intake"], found["outbox"]
    click.echo("intake  " + "  ".join(f"{name} {count}" for name, count in intake.items()))
    click.echo("outbox  " + "  ".join(f"{name} {count}" for name, count in outbox.items()))
    columns = ("PROVIDER", "CHANNEL", "STATE", "DUE", "ACCEPTED", "DEFERRED", "REJECTED")
    rows = ((name, *provider.values()) for name, provider in found["providers"].items())
    print_table(columns, rows, "No provider is configured.")
    errors = [p for p in wiring.configuration.problems if not p.warning]
    if errors:
        click.echo(f"{len(errors)} errors in the configuration (`notifier check`); the first: {errors[0]}")


def document(wiring: Wiring) -> dict[str, Any]:
    """The status as docs/commands.md describes it."""
    backlog, pending = wiring.stream.backlog()
    glance = wiring.glance()
    providers: dict[str, dict[str, Any]] = {}
    for queue in glance.queues:
        name = queue.way.provider
        providers[f"{name}:{queue.way.channel}" if name in providers else name] = {
            "channel": str(queue.way.channel),
            "state": queue.state,
            "due": queue.due,
            "accepted": queue.accepted,
            "deferred": queue.deferred,
            "rejected": queue.rejected,
        }
    for name, channel in _configured(wiring):
        idle = {"channel": channel, "state": "ok", "due": 0, "accepted": 0, "deferred": 0, "rejected": 0}
        if providers.get(name, idle)["channel"] == channel:
            providers.setdefault(name, idle)
    return {
        "intake": {"backlog": backlog, "pending": pending, "quarantined": len(wiring.quarantine)},
        "outbox": {
            "due": sum(q.due for q in glance.queues),
            "waiting": sum(q.waiting for q in glance.queues),
            "leased": sum(q.leased for q in glance.queues),
            "dead": glance.dead,
        },
        "providers": dict(sorted(providers.items())),
    }


def _configured(wiring: Wiring) -> list[tuple[str, str]]:
    try:
        c = wiring.configuration
    except ConfigError:  # an operator's host may have no configuration
        return []
    return [*((name, "mail") for name in c.smtp_servers), *((name, "sms") for name in c.sms_gateways)]
