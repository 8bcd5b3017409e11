"""`notifier show`: what became of an event or a delivery."""

from __future__ import annotations

from typing import Any

import click

from notifier.cli.output import json_option, print_json, wiring_of
from notifier.errors import UnknownId
from notifier.wiring import Wiring

COLOURS = {"sent": "green", "dead": "red", "expired": "red", "held": "yellow", "retry": "yellow"}


@click.command(epilog="\b\nExample:\n  notifier show 42")
@click.argument("ident", metavar="ID")
@json_option
@click.pass_context
def show(context: click.Context, ident: str, as_json: bool) -> None:
    """Show the timeline of an event (by its id) or of one delivery: verdicts, attempts, the servers' words."""
    story = find(wiring_of(context), ident)
    if as_json:
        print_json(story)
        return
    event = story["event"]
    head = click.style(f"{event['type']} ({event['position']})", bold=True)
    click.echo(f"{head}  {event['id']} from {event['source']}: {event['state']}")
    if event.get("detail"):
        click.echo(f"  {event['detail']}")
    for handler in event.get("handlers", ()):
        why = f" ({handler['reason']}: {handler['detail']})" if handler["reason"] else ""
        click.echo(f"  {handler['name']}: {handler['verdict']}{why}")
    for delivery in story["deliveries"]:
        state = click.style(delivery["state"], fg=COLOURS.get(delivery["state"]))
        way = f"{delivery['channel']} to {delivery['to']} by {delivery['provider']}" if delivery.get("channel") else ""
        click.echo(f"  {delivery['id'] or '-'}  {state}  {delivery['handler']}  {way}  {delivery['reason']}".rstrip())
        for attempt in delivery["attempts"]:
            click.echo(f"      {attempt['at']}  {attempt['outcome']}  {attempt['reason']}  {attempt['detail']}")


def find(wiring: Wiring, ident: str) -> dict[str, Any]:
    """The story of an id: in the record, in quarantine, or still in the stream.

    Raises:
        UnknownId: in none of them.
    """
    try:
        return wiring.timeline.show(ident)
    except UnknownId:
        if wiring.timeline.keys(ident):
            raise
    found = wiring.quarantine.get(ident)
    if found is not None:
        return _outside(ident, "quarantined", f"{found.reason}: {found.detail}", found.at)
    entry = wiring.stream.find(f'"{ident}"'.encode())
    if entry is not None:
        return _outside(ident, "waiting", "in the stream; no worker has evaluated it yet", entry.arrived.isoformat())
    raise UnknownId(f"nothing is known under {ident!r}: it never arrived, or its retention is over")


def _outside(ident: str, state: str, detail: str, time: str) -> dict[str, Any]:
    event = {"id": ident, "source": "", "type": "", "position": "", "time": time, "state": state, "detail": detail}
    return {"event": {**event, "handlers": []}, "deliveries": []}
