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
    found = {ident: wiring.desk.letter(ident) for ident in ids}
    return [letter for letter in found.values() if letter], [ident for ident, letter in found.items() if not letter]


def listed(letters: Sequence[DeadLetter]) -> None:
    """A table; on a terminal also how many there are of what."""
    if not letters:
        click.echo("no dead letters", err=True)
        return
    table(
        COLUMNS,
        ((x.id, x.state, moment(x.last), x.event, x.handler, x.provider, x.to, x.reason, x.attempts) for x in letters),
    )
    if on_terminal():
        click.echo(plural(len(letters), "dead letter"))
        for (reason, provider), number in Counter((x.reason, x.via) for x in letters).most_common(MOST_TOLD):
            click.echo(f"{number:>7}  {reason}" + (f" at {provider}" if provider else ""))
