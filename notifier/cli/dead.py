"""`notifier dead`: the desk. What could not be delivered, why, and another try."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from typing import Any

import click

from notifier.cli.output import (
    batches,
    confirm,
    json_option,
    moment,
    print_json,
    print_table,
    progress,
    wiring_of,
    yes_option,
)
from notifier.cli.show import find
from notifier.record.desk import Answer, DeadLetter, Filter
from notifier.wiring import Wiring, now


def filters(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--handler --provider --reason --since`` as one `Filter`."""

    @click.option("--handler", default="", help="Only of this definition.")
    @click.option("--provider", default="", help="Only of this SMTP server or SMS gateway.")
    @click.option("--reason", default="", help="Only with this reason.")
    @click.option("--since", default="", help="Only since then: 2h, 1d or an ISO date.")
    @wraps(command)
    def wrapped(*args: Any, handler: str, provider: str, reason: str, since: str, **kwargs: Any) -> Any:
        start = moment(since, now()) if since else None
        return command(*args, wanted=Filter(handler, provider, reason, start), **kwargs)

    return wrapped


def chosen(command: Callable[..., Any]) -> Callable[..., Any]:
    """Ids, filters or ``--all``."""
    command = click.option("--dry-run", is_flag=True, help="Only say what would be done.")(command)
    command = click.option("--all", "every", is_flag=True, help="All of them.")(command)
    return filters(click.argument("ids", nargs=-1)(yes_option(json_option(command))))


@click.group()
def dead() -> None:
    """Dead letters: list, look at, send again, discard."""


@dead.command("list", epilog="\b\nExample:\n  notifier dead list --provider relay1 --since 1d")
@filters
@json_option
@click.pass_context
def list_(context: click.Context, wanted: Filter, as_json: bool) -> None:
    """List what could not be delivered, oldest first; addresses are masked."""
    letters = list(wiring_of(context).desk.letters(wanted))
    if as_json:
        print_json([asdict(letter) for letter in letters])
        return
    columns = ("ID", "EVENT", "TYPE", "HANDLER", "PROVIDER", "TO", "STATE", "REASON", "TRIES", "LAST", "DETAIL")
    rows = (
        (d.id, d.event, d.type, d.handler, d.provider, d.to, d.state, d.reason, d.attempts, d.last, d.detail)
        for d in letters
    )
    print_table(columns, rows, "No dead letters.")


@dead.command("show", epilog="\b\nExample:\n  notifier dead show 0f3a...")
@click.argument("ident", metavar="ID")
@json_option
@click.pass_context
def show_(context: click.Context, ident: str, as_json: bool) -> None:
    """Show one dead letter with all its attempts."""
    wiring = wiring_of(context)
    letter = wiring.desk.letter(ident)
    if letter is None:
        raise click.UsageError(f"{ident} is not on the desk (`notifier dead list` shows what is)")
    attempts = find(wiring, ident)["deliveries"][0]["attempts"]
    if as_json:
        print_json({**asdict(letter), "history": attempts})
        return
    for name, value in asdict(letter).items():
        click.echo(f"{name + ':':<10} {value if value is not None else ''}".rstrip())
    for attempt in attempts:
        click.echo(f"  {attempt['at']}  {attempt['outcome']}  {attempt['reason']}  {attempt['detail']}")


@dead.command(epilog="\b\nExample:\n  notifier dead replay --provider relay1 --yes")
@chosen
@click.pass_context
def replay(
    context: click.Context, ids: tuple[str, ...], wanted: Filter, every: bool, dry_run: bool, yes: bool, as_json: bool
) -> int:
    """Send dead letters again: same identity, history kept, attempts and deadline anew."""
    wiring = wiring_of(context)
    letters, absent = _choose(wiring, ids, wanted, every=every)
    if len(letters) > 1 and not dry_run:
        confirm(f"Send {len(letters)} dead letters again?", yes=yes)

    def do(batch: list[DeadLetter]) -> list[Answer]:
        return wiring.desk.replay(batch, now())

    code = _work("replayed", letters, absent, do, dry_run=dry_run, as_json=as_json)
    if letters and not dry_run:
        wiring.sweep()
    return code


@dead.command(epilog="\b\nExample:\n  notifier dead discard 0f3a... --yes")
@chosen
@click.pass_context
def discard(
    context: click.Context, ids: tuple[str, ...], wanted: Filter, every: bool, dry_run: bool, yes: bool, as_json: bool
) -> int:
    """Give dead letters up for good; their texts are erased at once."""
    wiring = wiring_of(context)
    letters, absent = _choose(wiring, ids, wanted, every=every)
    if letters and not dry_run:
        confirm(f"Discard {len(letters)} dead letters for good?", yes=yes)
    return _work("discarded", letters, absent, wiring.desk.discard, dry_run=dry_run, as_json=as_json)


def _choose(wiring: Wiring, ids: tuple[str, ...], wanted: Filter, *, every: bool) -> tuple[list[DeadLetter], list[str]]:
    if ids:
        found = {i: wiring.desk.letter(i) for i in ids}
        return [f for f in found.values() if f and wanted.admits(f)], [i for i, f in found.items() if not f]
    if not every and wanted == Filter():
        raise click.UsageError("say which: ids, a filter (--handler, --provider, --reason, --since), or --all")
    return list(wiring.desk.letters(wanted)), []


def _work(
    verb: str,
    letters: list[DeadLetter],
    absent: list[str],
    do: Callable[[list[DeadLetter]], list[Answer]],
    *,
    dry_run: bool,
    as_json: bool,
) -> int:
    done = [letter.id for letter in letters] if dry_run else []
    gone = list(absent)
    if not dry_run:
        with progress(len(letters), verb) as bar:
            for batch in batches(letters):
                answers = do(list(batch))
                for letter, answer in zip(batch, answers, strict=True):
                    (gone if answer is Answer.NOT_THERE else done).append(letter.id)
                bar.update(len(batch))
    if as_json:
        print_json({verb: done, "not_there": gone, "dry_run": dry_run})
    else:
        would = "would be " if dry_run else ""
        missing = f", {len(gone)} not on the desk: {', '.join(gone[:5])}" if gone else ""
        click.echo(f"{len(done)} {would}{verb}{missing}")
    return 1 if gone and not done else 0
