"""`notifier dead`: the desk where an operator works what couldn't be delivered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from notifier.cli.context import connected
from notifier.cli.disposal import discard, replay
from notifier.cli.exits import Failure
from notifier.cli.group import Group
from notifier.cli.letters import filters, listed, strangers
from notifier.cli.output import emit, json_option, printable
from notifier.cli.show import because, moment
from notifier.record.desk import DeadLetter, Filter

EXAMPLE = """\b
Example:
  notifier dead list --since 1d
  notifier dead replay --provider relay1 --yes
"""


@click.group(cls=Group, epilog=EXAMPLE)
def dead() -> None:
    """Work the dead letters: what was refused, what was given up, what expired, what is held."""


dead.add_command(replay)
dead.add_command(discard)


@dead.command("list", epilog="\b\nExample:\n  notifier dead list --reason mailbox_unavailable --json")
@filters
@json_option
@click.pass_context
def list_(
    context: click.Context,
    handler: str,
    provider: str,
    reason: str,
    state: str | None,
    since: datetime | None,
    as_json: bool,
) -> None:
    """List the dead letters, oldest first; addresses are masked."""
    wiring = connected(context)
    wanted = Filter(handler, provider, reason, since, state or "")
    letters = list(wiring.desk.letters(wanted))
    if as_json:
        emit([asdict(letter) for letter in letters])
    else:
        listed(letters, "" if letters or wanted == Filter() else strangers(wiring, wanted))


@dead.command(epilog="\b\nExample:\n  notifier dead show 0d6a2a4f1c0b9e8d7c6b5a4f3e")
@click.argument("ident", metavar="ID")
@json_option
@click.pass_context
def show(context: click.Context, ident: str, as_json: bool) -> None:
    """Show one dead letter with all its attempts and the provider's last words."""
    wiring = connected(context)
    letter = wiring.desk.find(ident)
    if letter is None:
        raise Failure(f"no dead letter {ident!r}; `notifier show {ident}` tells whether it is anything else")
    history = [a for d in wiring.timeline.show(letter.id)["deliveries"] if d["id"] == letter.id for a in d["attempts"]]
    if as_json:
        emit({**asdict(letter), "history": history})
        return
    for name, value in _told(letter, history).items():
        click.echo(f"{name:<21} {printable(value)}".rstrip())
    for number, a in enumerate(history, 1):
        click.echo(printable(f"{number}. {moment(a['at'])} {a['outcome']} by {a['provider']}{because(a)}"))


def _told(letter: DeadLetter, history: Sequence[Mapping[str, Any]]) -> Mapping[str, object]:
    """A letter for people: whom it was planned for, who took it over, what the provider said last."""
    told = asdict(letter) | {"first": moment(letter.first), "last": moment(letter.last)}
    last = history[-1] if history else {}
    words = f"{last['provider']}: {last['detail']}" if last.get("detail") else "-"
    return told | {"via": letter.via if letter.via != letter.provider else "-", "last words": words}
