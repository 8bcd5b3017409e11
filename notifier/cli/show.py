"""`notifier show`: what happened to an event or a delivery."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from notifier.cli.context import connected
from notifier.cli.output import Node, emit, json_option, tree
from notifier.errors import UnknownId, UnreadableEvent
from notifier.intake.contract import parse

if TYPE_CHECKING:
    from notifier.wiring import Wiring

EXAMPLE = """\b
Example:
  notifier show 7f3c-some-event-id
  notifier show --json 0d6a2a4f1c0b9e8d7c6b5a4f3e
"""
#: Of the quarantine, so many of the oldest are searched for an event's id.
MOST_SEARCHED = 1000
STYLES = {"sent": "green", "dead": "bold red", "expired": "red", "held": "magenta", "retry": "yellow"}


@click.command(epilog=EXAMPLE)
@click.argument("ident", metavar="ID")
@json_option
@click.pass_context
def show(context: click.Context, ident: str, as_json: bool) -> None:
    """Tell what happened to ID: an event's id as its producer gave it, an event's key, or a delivery's id."""
    story = _story(connected(context), ident)
    if as_json:
        emit(story)
    else:
        tree(_as_tree(story))


def _story(wiring: Wiring, ident: str) -> dict[str, Any]:
    try:
        return wiring.timeline.show(ident)
    except UnknownId:
        found = None if wiring.timeline.keys(ident) else _waiting(wiring, ident) or _quarantined(wiring, ident)
        if found is None:
            raise
    return {"event": found, "deliveries": []}


def _waiting(wiring: Wiring, ident: str) -> dict[str, Any] | None:
    """An event that is in the stream, and not read yet."""
    entry = wiring.stream.find(_quoted(ident))
    if entry is None:
        return None
    try:
        event = parse(entry.whole, arrived=entry.arrived, max_size=len(entry.whole))
    except UnreadableEvent:
        return None
    if event.id != ident:
        return None
    return {
        "key": event.key,
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "position": event.position,
        "time": event.time.astimezone(UTC).isoformat(timespec="milliseconds"),
        "planned": None,
        "state": "waiting",
        "handlers": [],
    }


def _quarantined(wiring: Wiring, ident: str) -> dict[str, Any] | None:
    """A message in quarantine, by its entry's id or by the event's id somewhere in its text."""
    label = wiring.quarantine.get(ident)
    for number, candidate in enumerate(wiring.quarantine):
        if label is not None or number == MOST_SEARCHED:
            break
        if _quoted(ident) in (wiring.quarantine.raw(candidate.id) or b""):
            label = candidate
    if label is None:
        return None
    return {
        "id": ident,
        "state": "quarantined",
        "quarantine": label.id,
        "reason": label.reason,
        "detail": label.detail,
        "at": label.at,
        "size": label.size,
        "handlers": [],
    }


def _quoted(ident: str) -> bytes:
    return json.dumps(ident, ensure_ascii=False).encode(errors="surrogateescape")


def _as_tree(story: dict[str, Any]) -> Node:
    event = story["event"]
    root = Node("").add(_headline(event), "bold")
    for handler in event.get("handlers", ()):
        root.add(f"{handler['name']}: {handler['verdict']}{because(handler)}", "dim")
    for delivery in story["deliveries"]:
        if delivery["state"] == "skipped":
            continue  # told with the handlers
        node = root.add(
            f"{delivery['state']} {delivery['id']}: {delivery['channel']} by {_by(delivery)}"
            f" to {delivery['to']} ({delivery['handler']})",
            STYLES.get(delivery["state"], ""),
        )
        for number, attempt in enumerate(delivery["attempts"], 1):
            by = "" if attempt["provider"] == delivery["provider"] else f" by {attempt['provider']}"
            node.add(f"{number}. {moment(attempt['at'])} {attempt['outcome']}{by}{because(attempt)}")
        for receipt in delivery["receipts"]:
            node.add(_receipt(receipt))
        if delivery["state"] == "retry" and delivery["due"]:
            node.add(f"next try: {moment(delivery['due'])}, or when its provider works again")
        # What isn't an attempt's own answer: it was never composed, or isn't sent any more, or its time was over.
        told = {attempt["detail"] for attempt in delivery["attempts"][-1:]}
        if delivery["reason"] and delivery["detail"] not in told:
            node.add(f"{delivery['reason']}: {delivery['detail']}")
    return root


def _receipt(receipt: Mapping[str, Any]) -> str:
    """What the provider told later."""
    error = f", error {receipt['error']}" if receipt["error"].strip("0") else ""
    done = f", by its clock {receipt['done']}" if receipt["done"] else ""
    return f"{moment(receipt['at'])} receipt for part {receipt['part']}: {receipt['state']}{error}{done}"


def _by(delivery: dict[str, Any]) -> str:
    """The provider, and who took over from it."""
    provider, via = delivery["provider"], delivery["via"]
    return provider if via == provider else f"{via} for {provider}"


def _headline(event: dict[str, Any]) -> str:
    if event["state"] == "quarantined":
        return (
            f"{event['id']}: quarantined at {moment(event['at'])} as {event['quarantine']}: "
            f"{event['reason']}: {event['detail']}"
        )
    line = f"{event['type']} {event['id']} from {event['source']}, {moment(event['time'])}: {event['state']}"
    if event["state"] == "deferred":
        line += f", evaluated again at {moment(event['again'])} (so far {event['deferrals']} times)"
    return line


def because(row: Mapping[str, Any]) -> str:
    """Reason and detail in brackets, where there are any."""
    reason, detail = row.get("reason") or "", row.get("detail") or ""
    words = ": ".join(word for word in ("" if reason == "ok" else reason, detail) if word)
    return f" ({words})" if words else ""


def moment(iso: str | None) -> str:
    """A moment for people: in this machine's zone, to the second."""
    return datetime.fromisoformat(iso).astimezone().strftime("%Y-%m-%d %H:%M:%S") if iso else "-"
