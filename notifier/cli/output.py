"""How the desk speaks: JSON for machines, tables and colour for terminals, plain lines for pipes."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from notifier.wiring import Wiring

T = TypeVar("T")
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document for machines.")
yes_option = click.option("--yes", is_flag=True, help="Don't ask.")


def wiring_of(context: click.Context) -> Wiring:
    """The wiring of the configuration that was named."""
    from notifier.wiring import Wiring  # noqa: PLC0415 - the verb's help needs none of it

    return Wiring(Path(context.obj["config"]))


def print_json(document: Any) -> None:
    """Exactly one JSON document on one line."""
    click.echo(json.dumps(document, ensure_ascii=False))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> None:
    """A table on a terminal, tab-separated lines elsewhere; ``empty`` where there is nothing."""
    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if not texts:
        click.echo(empty)
    elif sys.stdout.isatty():
        from rich.console import Console  # noqa: PLC0415
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        table = Table(*columns, box=None, header_style="bold")
        for row in texts:
            table.add_row(*(Text(cell) for cell in row))
        Console().print(table)
    else:
        click.echo("\t".join(columns))
        for row in texts:
            click.echo("\t".join(cell.replace("\t", " ") for cell in row))


def confirm(question: str, *, yes: bool) -> None:
    """Ask on a terminal; elsewhere ``--yes`` is needed."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError(f"{question} Say --yes to mean it.")
    click.confirm(question, abort=True)


def batches(items: Sequence[T], size: int = 500) -> Iterator[Sequence[T]]:
    """Pieces of a long list."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


@contextmanager
def progress(total: int, what: str) -> Iterator[Any]:
    """A bar on a terminal for long work; the value's ``update(n)`` moves it."""
    if sys.stderr.isatty() and total > 500:
        with click.progressbar(length=total, label=what, file=sys.stderr) as bar:
            yield bar
    else:
        yield _Quiet()


class _Quiet:
    def update(self, steps: int) -> None:
        """Nothing to show."""


def moment(text: str, now: datetime) -> datetime:
    """``2h`` ago, or an ISO date."""
    match = re.fullmatch(r"(\d+)([smhd])", text.strip())
    if match:
        return now - timedelta(seconds=int(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]])
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r}: a time such as 2h, 1d or 2026-11-24T12:00") from None
    return found if found.tzinfo else found.astimezone()
