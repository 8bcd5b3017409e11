"""`notifier quarantine`: input that couldn't be read; let in again after a mend, or discarded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from notifier.cli.context import connected
from notifier.cli.exits import ERROR, Failure
from notifier.cli.group import Group
from notifier.cli.output import emit, json_option, printable, table
from notifier.cli.selection import bulk_options, confirm, done, interrupted, plural, require_choice, through
from notifier.cli.show import moment
from notifier.intake.quarantine import Quarantined

if TYPE_CHECKING:
    from notifier.wiring import Wiring

EXAMPLE = """\b
Example:
  notifier quarantine list
  notifier quarantine release --reason too_large --yes
"""


@click.group(cls=Group, epilog=EXAMPLE)
def quarantine() -> None:
    """Work unreadable input: messages that are no token events, kept whole with the reason."""


@quarantine.command("list", epilog="\b\nExample:\n  notifier quarantine list --reason not_json --json")
@click.option("--reason", default="", help="Of this reason.")
@json_option
@click.pass_context
def list_(context: click.Context, reason: str, as_json: bool) -> None:
    """List the messages in quarantine, oldest first."""
    found = [q for q in connected(context).quarantine if reason in ("", q.reason)]
    if as_json:
        emit([asdict(q) for q in found])
    else:
        _table(found)


@quarantine.command(epilog="\b\nExample:\n  notifier quarantine show 1795537364781-0 --raw")
@click.argument("ident", metavar="ID")
@click.option("--raw", is_flag=True, help="Print the message as it came. It may hold secrets.")
@json_option
@click.pass_context
def show(context: click.Context, ident: str, raw: bool, as_json: bool) -> None:
    """Show why a message is in quarantine; with --raw, the message."""
    store = connected(context).quarantine
    label = store.get(ident)
    if label is None:
        raise Failure(f"nothing in quarantine under {ident!r}; `notifier quarantine list` lists what is")
    message = (store.raw(ident) or b"") if raw else b""
    if as_json:
        emit({**asdict(label), **({"raw": message.decode(errors="replace")} if raw else {})})
    elif raw:
        click.echo(message)
    else:
        for name, value in asdict(label).items():
            click.echo(f"{name:<7} {printable(moment(value) if name == 'at' else value)}")


@quarantine.command(epilog="\b\nExample:\n  notifier quarantine release 1795537364781-0")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--reason", default="", help="Of this reason.")
@bulk_options("released")
@json_option
@click.pass_context
def release(
    context: click.Context,
    ids: tuple[str, ...],
    reason: str,
    everything: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Let messages in again: they are read anew, with the limits and the version of today."""
    wiring = connected(context)
    found, missing = _meant(wiring, ids, reason, everything=everything)
    if dry_run:
        _dry_run(found, missing, "would release", as_json=as_json)
        return
    if len(found) > 1:
        confirm(f"Release {plural(len(found), 'message')}?", yes=yes)

    def let_in(batch: Sequence[Quarantined]) -> list[bool]:
        raws = {q.id: wiring.quarantine.raw(q.id) for q in batch}
        there = {ident: raw for ident, raw in raws.items() if raw is not None}
        wiring.stream.append(there.values())
        for ident in there:
            wiring.quarantine.remove(ident)
        return [q.id in there for q in batch]

    answers = through(found, let_in, lambda q: q.size)
    _end(context, "released", found, answers, missing, as_json=as_json, ids=ids)


@quarantine.command(epilog="\b\nExample:\n  notifier quarantine discard --reason not_json --dry-run")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--reason", default="", help="Of this reason.")
@bulk_options("discarded")
@json_option
@click.pass_context
def discard(
    context: click.Context,
    ids: tuple[str, ...],
    reason: str,
    everything: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Forget messages for good."""
    wiring = connected(context)
    found, missing = _meant(wiring, ids, reason, everything=everything)
    if dry_run:
        _dry_run(found, missing, "would discard", as_json=as_json)
        return
    if found:
        confirm(f"Discard {plural(len(found), 'message')} for good?", yes=yes)
    answers = through(found, lambda batch: [wiring.quarantine.remove(q.id) for q in batch])
    _end(context, "discarded", found, answers, missing, as_json=as_json, ids=ids)


def _meant(wiring: Wiring, ids: Sequence[str], reason: str, *, everything: bool) -> tuple[list[Quarantined], list[str]]:
    require_choice(ids, (reason,), everything=everything)
    if not ids:
        return [q for q in wiring.quarantine if reason in ("", q.reason)], []
    found = {ident: wiring.quarantine.get(ident) for ident in ids}
    return [q for q in found.values() if q], [ident for ident, q in found.items() if not q]


def _dry_run(found: Sequence[Quarantined], missing: Sequence[str], words: str, *, as_json: bool) -> None:
    if as_json:
        emit({"dry_run": True, "meant": [q.id for q in found], "not_there": list(missing)})
        return
    _table(found)
    click.echo(done(words, len(found), missing))


def _end(
    context: click.Context,
    word: str,
    found: Sequence[Quarantined],
    answers: Sequence[bool],
    missing: Sequence[str],
    *,
    as_json: bool,
    ids: Sequence[str],
) -> None:
    """Say what was done; ``answers``: for each found one whether it was still there, as far as the work went."""
    by = {answer: [q.id for q, a in zip(found, answers, strict=False) if a is answer] for answer in (True, False)}
    gone = [*missing, *by[False]]
    if as_json:
        emit({word: by[True], "not_there": gone})
    else:
        click.echo(done(word, len(by[True]), gone))
    if len(answers) < len(found):
        raise interrupted(len(answers), len(found))
    if ids and not by[True]:
        context.exit(ERROR)


def _table(found: Sequence[Quarantined]) -> None:
    if not found:
        click.echo("nothing in quarantine", err=True)
        return
    table(("id", "at", "bytes", "reason", "detail"), ((q.id, moment(q.at), q.size, q.reason, q.detail) for q in found))
