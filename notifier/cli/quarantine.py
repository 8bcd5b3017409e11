"""`notifier quarantine`: what could not be read."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from notifier.cli.output import confirm, json_option, print_json, print_table, progress, wiring_of, yes_option
from notifier.intake.quarantine import Quarantined
from notifier.wiring import Wiring


@click.group()
def quarantine() -> None:
    """Unreadable input: list, look at, let in again, discard."""


@quarantine.command("list", epilog="\b\nExample:\n  notifier quarantine list --reason not_json")
@click.option("--reason", default="", help="Only with this reason.")
@json_option
@click.pass_context
def list_(context: click.Context, reason: str, as_json: bool) -> None:
    """List what could not be read, oldest first."""
    found = [q for q in wiring_of(context).quarantine if reason in ("", q.reason)]
    if as_json:
        print_json([asdict(q) for q in found])
    else:
        rows = ((q.id, q.at, q.size, q.reason, q.detail) for q in found)
        print_table(("ID", "AT", "BYTES", "REASON", "DETAIL"), rows, "The quarantine is empty.")


@quarantine.command("show", epilog="\b\nExample:\n  notifier quarantine show 1764000000000-0 --raw")
@click.argument("ident", metavar="ID")
@click.option("--raw", is_flag=True, help="Print the message itself; it may hold credentials.")
@json_option
@click.pass_context
def show_(context: click.Context, ident: str, raw: bool, as_json: bool) -> None:
    """Show why one message can't be read."""
    wiring = wiring_of(context)
    found = wiring.quarantine.get(ident)
    if found is None:
        raise click.UsageError(f"{ident} is not in quarantine (`notifier quarantine list` shows what is)")
    content = wiring.quarantine.raw(ident) or b""
    if as_json:
        more = {"raw": content.decode("utf-8", "replace")} if raw else {}
        print_json({**asdict(found), **more})
    elif raw:
        sys.stdout.buffer.write(content + b"\n")
    else:
        for name, value in asdict(found).items():
            click.echo(f"{name + ':':<8} {value}")


@quarantine.command(epilog="\b\nExample:\n  notifier quarantine release --reason too_large --yes")
@click.argument("ids", nargs=-1)
@click.option("--reason", default="", help="Only with this reason.")
@click.option("--all", "every", is_flag=True, help="All of them.")
@yes_option
@json_option
@click.pass_context
def release(context: click.Context, ids: tuple[str, ...], reason: str, every: bool, yes: bool, as_json: bool) -> int:
    """Let messages in again, once the limit or the bug that kept them out is gone."""
    wiring = wiring_of(context)
    found, absent = _choose(wiring, ids, reason, every=every)
    if len(found) > 1:
        confirm(f"Let {len(found)} messages in again?", yes=yes)

    def let_in(ident: str) -> None:
        wiring.stream.append([wiring.quarantine.raw(ident) or b""])
        wiring.quarantine.remove(ident)

    with progress(len(found), "releasing") as bar:
        for one in found:
            let_in(one.id)
            bar.update(1)
    return _said("released", found, absent, as_json=as_json)


@quarantine.command(epilog="\b\nExample:\n  notifier quarantine discard --all --yes")
@click.argument("ids", nargs=-1)
@click.option("--reason", default="", help="Only with this reason.")
@click.option("--all", "every", is_flag=True, help="All of them.")
@yes_option
@json_option
@click.pass_context
def discard(context: click.Context, ids: tuple[str, ...], reason: str, every: bool, yes: bool, as_json: bool) -> int:
    """Forget messages for good."""
    wiring = wiring_of(context)
    found, absent = _choose(wiring, ids, reason, every=every)
    if found:
        confirm(f"Discard {len(found)} messages for good?", yes=yes)
    for one in found:
        wiring.quarantine.remove(one.id)
    return _said("discarded", found, absent, as_json=as_json)


def _choose(wiring: Wiring, ids: tuple[str, ...], reason: str, *, every: bool) -> tuple[list[Quarantined], list[str]]:
    if ids:
        found = {i: wiring.quarantine.get(i) for i in ids}
        return [f for f in found.values() if f], [i for i, f in found.items() if not f]
    if not every and not reason:
        raise click.UsageError("say which: ids, --reason, or --all")
    return [q for q in wiring.quarantine if reason in ("", q.reason)], []


def _said(verb: str, found: list[Quarantined], absent: list[str], *, as_json: bool) -> int:
    if as_json:
        print_json({verb: [q.id for q in found], "not_there": absent})
    else:
        click.echo(f"{len(found)} {verb}" + (f", not in quarantine: {', '.join(absent[:5])}" if absent else ""))
    return 1 if absent and not found else 0
