"""`notifier dead`: the desk where an operator works what couldn't be delivered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from notifier.cli.context import connected
from notifier.cli.exits import ERROR, Failure
from notifier.cli.group import Group
from notifier.cli.output import emit, json_option, printable, table
from notifier.cli.selection import bulk_options, confirm, done, plural, portions, require_choice
from notifier.cli.selection import since as since_option
from notifier.cli.show import moment
from notifier.record.desk import Answer, DeadLetter, Filter

if TYPE_CHECKING:
    from notifier.wiring import Wiring

EXAMPLE = """\b
Example:
  notifier dead list --since 1d
  notifier dead replay --provider relay1 --yes
"""
COLUMNS = ("id", "state", "last", "event", "handler", "provider", "to", "reason", "attempts")
F = TypeVar("F", bound=Callable[..., Any])


@click.group(cls=Group, epilog=EXAMPLE)
def dead() -> None:
    """Work the dead letters: what was refused, what was given up, what expired, what is held."""


def _filters(command: F) -> F:
    for option in (
        click.option(
            "--since", metavar="WHEN", callback=since_option, help="On the desk since then: 10m, 2h, 1d ago, or a date."
        ),
        click.option("--reason", default="", help="Of this reason."),
        click.option("--provider", default="", help="Of this provider."),
        click.option("--handler", default="", help="Of this definition."),
    ):
        option(command)
    return command


@dead.command("list", epilog="\b\nExample:\n  notifier dead list --reason mailbox_unavailable --json")
@_filters
@json_option
@click.pass_context
def list_(
    context: click.Context, handler: str, provider: str, reason: str, since: datetime | None, as_json: bool
) -> None:
    """List the dead letters, oldest first; addresses are masked."""
    letters = connected(context).desk.letters(Filter(handler, provider, reason, since))
    if as_json:
        emit([asdict(letter) for letter in letters])
    else:
        _table(list(letters))


@dead.command(epilog="\b\nExample:\n  notifier dead show 0d6a2a4f1c0b9e8d7c6b5a4f3e")
@click.argument("ident", metavar="ID")
@json_option
@click.pass_context
def show(context: click.Context, ident: str, as_json: bool) -> None:
    """Show one dead letter with all its attempts."""
    wiring = connected(context)
    letter = wiring.desk.letter(ident)
    if letter is None:
        raise Failure(f"no dead letter {ident!r}; `notifier show {ident}` tells whether it is anything else")
    attempts = [a for d in wiring.timeline.show(ident)["deliveries"] if d["id"] == ident for a in d["attempts"]]
    if as_json:
        emit({**asdict(letter), "history": attempts})
        return
    for name, value in asdict(letter).items():
        click.echo(f"{name:<21} {printable(moment(value) if name in ('first', 'last') else value)}")
    for number, a in enumerate(attempts, 1):
        line = f"{number}. {moment(a['at'])} {a['outcome']} by {a['provider']}: {a['reason']} {a['detail']}"
        click.echo(printable(line).rstrip())


@dead.command(epilog="\b\nExample:\n  notifier dead replay --reason connection_refused --since 2h --yes")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@_filters
@bulk_options("replayed")
@json_option
@click.pass_context
def replay(
    context: click.Context, /, ids: tuple[str, ...], as_json: bool, dry_run: bool, yes: bool, **which: Any
) -> None:
    """Send dead letters again: the same messages, with attempts and deadline anew."""
    wiring = connected(context)
    letters, missing = _meant(wiring, ids, **which)
    if dry_run:
        _dry_run(letters, missing, "would replay", as_json=as_json)
        return
    if len(letters) > 1:
        confirm(f"Replay {plural(len(letters), 'dead letter')}?", yes=yes)
    answers: list[Answer] = []
    for batch in portions(letters):
        answers += wiring.desk.replay(batch)
    if letters:
        wiring.sweep()
    by = _by_answer(letters, answers, missing)
    if as_json:
        emit({"replayed": by[Answer.DONE], "reopened": by[Answer.REOPENED], "not_there": by[Answer.NOT_THERE]})
    else:
        reopened = len(by[Answer.REOPENED])
        line = done("replayed", len(by[Answer.DONE]), len(by[Answer.NOT_THERE]))
        click.echo(line + (f", {reopened} to be evaluated again" if reopened else ""))
    _end(context, by, ids)


@dead.command(epilog="\b\nExample:\n  notifier dead discard --handler 'tell the owner' --dry-run")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@_filters
@bulk_options("discarded")
@json_option
@click.pass_context
def discard(
    context: click.Context, /, ids: tuple[str, ...], as_json: bool, dry_run: bool, yes: bool, **which: Any
) -> None:
    """Give dead letters up for good; their texts are erased at once."""
    wiring = connected(context)
    letters, missing = _meant(wiring, ids, **which)
    if dry_run:
        _dry_run(letters, missing, "would discard", as_json=as_json)
        return
    if letters:
        confirm(f"Discard {plural(len(letters), 'dead letter')} for good?", yes=yes)
    answers: list[Answer] = []
    for batch in portions(letters):
        answers += wiring.desk.discard(batch)
    by = _by_answer(letters, answers, missing)
    if as_json:
        emit({"discarded": by[Answer.DONE], "not_there": by[Answer.NOT_THERE]})
    else:
        click.echo(done("discarded", len(by[Answer.DONE]), len(by[Answer.NOT_THERE])))
    _end(context, by, ids)


def _meant(
    wiring: Wiring,
    ids: Sequence[str],
    *,
    handler: str,
    provider: str,
    reason: str,
    since: datetime | None,
    everything: bool,
) -> tuple[list[DeadLetter], list[str]]:
    """The letters meant, and the ids that aren't on the desk. Read first: working on them moves the pages."""
    require_choice(ids, (handler, provider, reason, since), everything=everything)
    if not ids:
        return list(wiring.desk.letters(Filter(handler, provider, reason, since))), []
    found = {ident: wiring.desk.letter(ident) for ident in ids}
    return [letter for letter in found.values() if letter], [ident for ident, letter in found.items() if not letter]


def _by_answer(
    letters: Sequence[DeadLetter], answers: Sequence[Answer], missing: Sequence[str]
) -> dict[Answer, list[str]]:
    by: dict[Answer, list[str]] = {answer: [] for answer in Answer}
    by[Answer.NOT_THERE] += missing
    for letter, answer in zip(letters, answers, strict=True):
        by[answer].append(letter.id)
    return by


def _end(context: click.Context, by: dict[Answer, list[str]], ids: Sequence[str]) -> None:
    if ids and len(by[Answer.NOT_THERE]) == len(set(ids)):
        context.exit(ERROR)


def _dry_run(letters: Sequence[DeadLetter], missing: Sequence[str], words: str, *, as_json: bool) -> None:
    if as_json:
        emit({"dry_run": True, "meant": [letter.id for letter in letters], "not_there": list(missing)})
        return
    _table(letters)
    click.echo(done(words, len(letters), len(missing)))


def _table(letters: Sequence[DeadLetter]) -> None:
    if not letters:
        click.echo("no dead letters", err=True)
        return
    table(
        COLUMNS,
        ((x.id, x.state, moment(x.last), x.event, x.handler, x.provider, x.to, x.reason, x.attempts) for x in letters),
    )
