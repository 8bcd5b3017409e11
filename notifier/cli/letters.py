"""Dead letters on the command line: which are meant, and how they are listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from notifier.cli.output import on_terminal, table
from notifier.cli.selection import plural, require_choice
from notifier.cli.selection import since as since_option
from notifier.cli.show import moment
from notifier.definitions.problems import did_you_mean
from notifier.record.desk import STATES, DeadLetter, Filter

if TYPE_CHECKING:
    from notifier.wiring import Wiring

COLUMNS = ("id", "state", "last", "event", "handler", "provider", "to", "reason", "attempts")
#: Kinds of trouble told after a list; there are seldom more.
MOST_TOLD = 20
F = TypeVar("F", bound=Callable[..., Any])


def filters(command: F) -> F:
    """``--handler --provider --reason --state --since``."""
    for option in (
        click.option(
            "--since", metavar="WHEN", callback=since_option, help="On the desk since then: 10m, 2h, 1d ago, or a date."
        ),
        click.option("--state", type=click.Choice(STATES), default=None, help="Of this state."),
        click.option("--reason", default="", help="Of this reason."),
        click.option("--provider", default="", help="Of this provider."),
        click.option("--handler", default="", help="Of this definition."),
    ):
        option(command)
    return command


def meant(
    wiring: Wiring,
    ids: Sequence[str],
    *,
    handler: str,
    provider: str,
    reason: str,
    state: str | None,
    since: datetime | None,
    everything: bool,
) -> tuple[list[DeadLetter], list[str]]:
    """The letters meant, and the ids that aren't on the desk. Read first: working on them moves the pages."""
    require_choice(ids, (handler, provider, reason, state, since), everything=everything)
    if not ids:
        return list(wiring.desk.letters(Filter(handler, provider, reason, since, state or ""))), []
    found = {ident: wiring.desk.find(ident) for ident in ids}
    letters = {letter.id: letter for letter in found.values() if letter}
    return list(letters.values()), [ident for ident, letter in found.items() if not letter]


def by(letter: DeadLetter) -> str:
    """Who tried last, and for whom, as `show` says it."""
    return letter.provider if letter.via in ("", letter.provider) else f"{letter.via} for {letter.provider}"


def strangers(wiring: Wiring, wanted: Filter) -> str:
    """What to say where a filter meets none of the letters on the desk; empty where the desk is."""
    everything = list(wiring.desk.letters())
    if not everything:
        return ""
    words = f"none of the {plural(len(everything), 'dead letter')} match" + ("es" if len(everything) == 1 else "")
    names = {
        "handler": (wanted.handler, {x.handler for x in everything}),
        "provider": (wanted.provider, {y for x in everything for y in (x.provider, x.via)}),
        "reason": (wanted.reason, {x.reason for x in everything}),
    }
    for option, (word, known) in names.items():
        if word and word not in known:
            hint = did_you_mean(word, known)
            return f"{words}: of --{option} {word!r} there is none" + (f"; {hint}" if hint else "")
    return words


def listed(letters: Sequence[DeadLetter], otherwise: str = "") -> None:
    """A table; on a terminal also how many there are of what. ``otherwise``: said where there are none."""
    if not letters:
        click.echo(otherwise or "no dead letters", err=True)
        return
    table(
        COLUMNS,
        ((x.id, x.state, moment(x.last), x.event, x.handler, by(x), x.to, x.reason, x.attempts) for x in letters),
        spare=("attempts", "state", "event", "provider", "to"),
    )
    if on_terminal():
        click.echo(plural(len(letters), "dead letter"))
        for (reason, provider), number in Counter((x.reason, x.via) for x in letters).most_common(MOST_TOLD):
            click.echo(f"{number:>7}  {reason}" + (f" at {provider}" if provider else ""))
