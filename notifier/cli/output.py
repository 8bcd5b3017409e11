"""Output: JSON for programs; for people tables and trees, drawn on a terminal, plain elsewhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.tree import Tree

#: Lines of a table that is drawn: ten thousand would take ten seconds.
MOST_DRAWN = 500
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


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table: drawn on a terminal, aligned text elsewhere and where drawing would take seconds."""
    lines = [[printable("" if cell is None else cell) for cell in row] for row in rows]
    if on_terminal() and len(lines) <= MOST_DRAWN:
        _drawn(columns, lines)
        return
    widths = [max(map(len, column)) for column in zip(columns, *lines, strict=True)]
    for line in (columns, *lines):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _drawn(columns: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    from rich import box  # noqa: PLC0415 - only where people are looking
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    drawn = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
    for line in lines:
        drawn.add_row(*map(Text, line))
    Console().print(drawn)


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
