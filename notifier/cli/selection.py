"""What bulk verbs share: which are meant, whether that is so, and getting through many."""

from __future__ import annotations

import re
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import click

from notifier.cli.documents import BATCH, batches
from notifier.cli.exits import Misused, Stopped
from notifier.cli.output import printable

T = TypeVar("T")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])
#: Of what isn't there, so much is named.
MOST_NAMED = 10
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def since(context: click.Context, parameter: click.Parameter, value: str | None) -> datetime | None:
    """The moment meant: so long ago (``10m 2h 1d``), or ISO 8601 (in this machine's zone where none is given)."""
    if value is None:
        return None
    match = re.fullmatch(r"(\d{1,6})([smhd])", value.strip())
    if match:
        return datetime.now(UTC) - timedelta(**{UNITS[match[2]]: int(match[1])})
    try:
        return datetime.fromisoformat(value).astimezone()
    except (ValueError, OverflowError):
        what = f"{value!r} is neither a duration (10m, 2h, 1d) nor a moment (2026-11-24T12:00)"
        raise click.BadParameter(what, context, parameter) from None


def bulk_options(verb: str) -> Callable[[F], F]:
    """``--all``, ``--dry-run`` and ``--yes``."""

    def add(command: F) -> F:
        for option in (
            click.option("--yes", "-y", is_flag=True, help="Don't ask."),
            click.option("--dry-run", is_flag=True, help=f"Only say what would be {verb}."),
            click.option("--all", "everything", is_flag=True, help="All of them."),
        ):
            option(command)
        return command

    return add


def require_choice(ids: Sequence[str], filters: Iterable[object], *, everything: bool) -> None:
    """Exactly one way to say which: ids, filters, or all."""
    ways = [bool(ids), any(filters), everything]
    if not any(ways):
        raise click.UsageError("name ids, a filter, or --all")
    if ways[0] and sum(ways) > 1:
        raise click.UsageError("name ids, or use filters or --all; not both")


def confirm(question: str, *, yes: bool) -> None:
    """Ask on a terminal; elsewhere ``--yes`` is needed."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Misused(f"{question} Say so with --yes: there is no terminal to ask on.")
    try:
        click.confirm(question, abort=True, err=True)
    except click.Abort as end:
        if isinstance(end.__context__, KeyboardInterrupt):  # it isn't a no
            raise KeyboardInterrupt from None
        raise


def through(
    items: Sequence[T], do: Callable[[list[T]], Iterable[R]], size: Callable[[T], int] = lambda _: 0
) -> list[R]:
    """Do it to the items batch by batch, with a progress bar on a terminal when it takes several.

    Returns:
        What ``do`` answered for each; for fewer than there are after a Ctrl-C, which lets the batch at hand end.
    """
    results: list[R] = []
    try:
        with _stoppable() as stopped, _bar(len(items)) as advance:
            for batch in batches(items, size):
                results += do(batch)
                advance(len(batch))
                if stopped():
                    break
    except BaseException:
        if results:
            click.echo(f"{len(results)} of {len(items)} were done before this", err=True)
        raise
    return results


@contextmanager
def _stoppable() -> Iterator[Callable[[], bool]]:
    """A first Ctrl-C is only noted, a second one ends at once."""
    noted: list[int] = []

    def note(number: int, _: object) -> None:
        noted.append(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: bool(noted)
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _bar(length: int) -> Iterator[Callable[[int], None]]:
    if length <= BATCH or not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=length, file=sys.stderr) as bar:
        yield bar.update


def plural(number: int, noun: str) -> str:
    """``1 dead letter``, ``2 dead letters``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def done(word: str, number: int, missing: Sequence[str]) -> str:
    """``replayed 3, 1 was not there: ab12``."""
    if not missing:
        return f"{word} {number}"
    which = ", ".join(map(printable, missing[:MOST_NAMED])) + (", ..." if len(missing) > MOST_NAMED else "")
    return f"{word} {number}, {len(missing)} {'was' if len(missing) == 1 else 'were'} not there: {which}"


def interrupted(number: int, meant: int) -> Stopped:
    """The end after a Ctrl-C."""
    return Stopped(f"interrupted after {number} of {meant}; the others are as they were")
