"""`notifier spool`: events that wait on this machine because Redis was away."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from notifier.cli.context import connected, wiring_of
from notifier.cli.exits import BAD_DATA, Failure, Unreachable
from notifier.cli.group import Group
from notifier.cli.output import emit, json_option, printable, table
from notifier.cli.selection import plural
from notifier.cli.show import moment
from notifier.spool.directory import Spool
from notifier.spool.flush import BATCH, Flushed, Flusher
from notifier.spool.inventory import Item, inventory

#: A publish that flushes a portion is done by then (seconds).
PATIENCE = 10.0
EXAMPLE = """\b
Example:
  notifier spool list --dir /var/spool/notifier-events
  notifier spool flush --dir /var/spool/notifier-events
"""


@click.group(cls=Group, epilog=EXAMPLE)
def spool() -> None:
    """Work the spool: events published on this machine while Redis was away."""


def directory_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--dir DIR``."""
    return click.option(
        "--dir",
        "directory",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        envvar="NOTIFIER_SPOOL",
        show_envvar=True,
        required=True,
        help="The spool's directory.",
    )(command)


@spool.command("list", epilog="\b\nExample:\n  notifier spool list --dir /var/spool/notifier-events --json")
@directory_option
@json_option
@click.pass_context
def list_(context: click.Context, directory: Path, as_json: bool) -> None:
    """List the events that wait, oldest first, and the files that were set aside, with the reason."""
    found = list(inventory(_opened(directory), wiring_of(context).stream_name))
    if as_json:
        emit([asdict(item) for item in found])
    elif found:
        table(("file", "state", "id", "at", "bytes", "reason"), map(_row, found))
    else:
        click.echo("nothing in the spool", err=True)


def _row(item: Item) -> tuple[object, ...]:
    return item.file, item.state, item.id, moment(item.at), item.size, item.reason


@spool.command(epilog="\b\nExample:\n  notifier spool flush --dir /var/spool/notifier-events")
@directory_option
@json_option
@click.pass_context
def flush(context: click.Context, directory: Path, as_json: bool) -> None:
    """Take the events that wait to Redis, oldest first; what is no event is set aside (exit 65)."""
    box = _opened(directory)
    done = Flushed()
    if box.waiting():
        wiring = connected(context)
        flusher = Flusher(
            box,
            lambda stream, raws: wiring.stream_of(stream).append(raws, all_or_none=True),
            stream=wiring.stream_name,
        )
        done = flush_all(flusher, box)
    if as_json:
        emit({"flushed": done.sent, "refused": [{"file": name, "reason": reason} for name, reason in done.refused]})
    else:
        for name, reason in done.refused:
            click.echo(f"{printable(name)}: {printable(reason)}", err=True)
        click.echo(f"flushed {plural(done.sent, 'event')}" + (f", refused {len(done.refused)}" if done.refused else ""))
    if done.busy:
        raise Unreachable("another flush is under way; try again later")
    if done.refused:
        raise click.exceptions.Exit(BAD_DATA)


def flush_all(flusher: Flusher, box: Spool) -> Flushed:
    """Flush, with a progress bar on a terminal when it takes several batches."""
    total = len(box.listing())
    if total <= BATCH or not sys.stderr.isatty():
        return flusher.flush(patience=PATIENCE)
    with click.progressbar(length=total, file=sys.stderr, label="flushing the spool") as bar:
        return flusher.flush(patience=PATIENCE, progress=bar.update)


def _opened(directory: Path) -> Spool:
    """The spool. A publish makes its directory, nothing else does: where there is none the name is misspelt."""
    if not directory.is_dir():
        raise Failure(f"no such directory: {directory}")
    return Spool(directory.absolute(), writer="", clock=time.time_ns)
