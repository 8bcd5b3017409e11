"""Output: JSON for programs; for people tables and trees, drawn on a terminal, plain elsewhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.tree import Tree

#: Lines of a table that is drawn: ten thousand would take ten seconds.
MOST_DRAWN = 500
#: Narrower than that a column is a heap of letters.
LEGIBLE = 12
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document in place of text.")


def emit(document: Any) -> None:
    """One JSON document on one line."""
    click.echo(json.dumps(document, ensure_ascii=not writes_utf8()))


def writes_utf8() -> bool:
    """Whoever reads takes any character."""
    return (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "") == "utf8"


def printable(text: object) -> str:
    """One line that can't move the cursor or ring the bell, whatever a server or a producer wrote."""
    return "".join(c if c.isprintable() else " " for c in str(text))


def on_terminal() -> bool:
    """People are looking."""
    return sys.stdout.isatty()


def table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, whole: str = "", spare: Sequence[str] = ()
) -> None:
    """A table: drawn on a terminal, aligned text elsewhere and where drawing would take seconds.

    Args:
        columns: Their heads.
        rows: A cell for each.
        whole: The column that is drawn in full, however narrow the terminal is: the first where none is named.
        spare: Columns that a narrow terminal doesn't get, the first to go first.
    """
    lines = [[printable("" if cell is None else cell) for cell in row] for row in rows]
    if on_terminal() and len(lines) <= MOST_DRAWN:
        _drawn(columns, lines, whole or columns[0], spare)
        return
    widths = [max(map(len, column)) for column in zip(columns, *lines, strict=True)]
    for line in (columns, *lines):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _drawn(columns: Sequence[str], lines: Sequence[Sequence[str]], whole: str, spare: Sequence[str]) -> None:
    from rich import box  # noqa: PLC0415 - only where people are looking
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console()
    widths = {c: max(map(len, cells)) for c, *cells in zip(columns, columns, *lines, strict=True)}
    kept = _kept(widths, console.width, whole, spare)
    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in kept:
        name_it = column == whole
        drawn.add_column(column, overflow="fold", no_wrap=name_it, min_width=widths[column] if name_it else None)
    for line in lines:
        drawn.add_row(*(Text(cell) for column, cell in zip(columns, line, strict=True) if column in kept))
    console.print(drawn)
    if gone := [column for column in columns if column not in kept]:
        console.print(f"not shown: {', '.join(gone)} (a wider terminal, a pipe or --json)", style="dim")


def _kept(widths: Mapping[str, int], width: int, whole: str, spare: Sequence[str]) -> Sequence[str]:
    """The columns that there is room for: ``whole`` in full, of the others at least a legible part."""
    kept = list(widths)
    for column in spare:
        if sum(2 + (widths[c] if c == whole else min(widths[c], LEGIBLE)) for c in kept) <= width:
            break
        kept.remove(column)
    return kept


@dataclass(slots=True)
class Node:
    """A line of a tree and what hangs on it."""

    text: str
    style: str = ""
    children: list[Node] = field(default_factory=list)

    def add(self, text: str, style: str = "") -> Node:
        """Hang one more line on it."""
        child = Node(printable(text), style)
        self.children.append(child)
        return child


def tree(root: Node) -> None:
    """A tree: drawn on a terminal, indented elsewhere."""
    if on_terminal():
        from rich.console import Console  # noqa: PLC0415 - only where people are looking

        Console().print(_branch(root, None))
    else:
        _indented(root, 0)


def _branch(node: Node, parent: Tree | None) -> Tree:
    from rich.text import Text  # noqa: PLC0415
    from rich.tree import Tree  # noqa: PLC0415

    label = Text(node.text, style=node.style)
    branch = Tree(label) if parent is None else parent.add(label)
    for child in node.children:
        _branch(child, branch)
    return branch


def _indented(node: Node, depth: int) -> None:
    click.echo("  " * depth + node.text)
    for child in node.children:
        _indented(child, depth + 1)
