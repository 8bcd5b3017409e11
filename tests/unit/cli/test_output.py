"""Output for people and for programs."""

from __future__ import annotations

import pytest

from notifier.cli import output
from notifier.cli.output import Node, emit, printable, table, tree


def test_a_table_is_aligned_text_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    """Plain columns for a pipe: no lines, no colours."""
    table(("id", "state"), [("a", None), ("longer", "dead")])

    assert capsys.readouterr().out == "id      state\na\nlonger  dead\n"


def test_a_table_and_a_tree_are_drawn_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines and branches where people look; what looks like markup is text."""
    monkeypatch.setattr(output, "on_terminal", lambda: True)
    root = Node("event")
    root.add("[red]handler").add("message")

    table(("id",), [("[bold]a",)])
    tree(root)

    drawn = capsys.readouterr().out
    assert "[bold]a" in drawn
    assert "└── [red]handler" in drawn


@pytest.mark.parametrize("width", [60, 80, 140])
def test_an_id_is_whole_on_any_terminal(
    width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is what the next command is given; what there is no room for is left out, and named."""
    monkeypatch.setattr(output, "on_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", str(width))
    ident = "0123456789abcdef0123456789"

    table(("id", "state", "why", "event"), [(ident, "dead" * 9, "mailbox_unavailable" * 3, "e" * 36)], spare=["event"])

    drawn = capsys.readouterr().out
    assert ident in drawn
    assert ("not shown: event" in drawn) is (width == 60)
    assert "…" not in drawn


def test_a_long_table_is_not_drawn(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand lines are there at once, a terminal or not."""
    monkeypatch.setattr(output, "on_terminal", lambda: True)

    table(("id",), [("a",)] * (output.MOST_DRAWN + 1))

    assert capsys.readouterr().out == "id\n" + "a\n" * (output.MOST_DRAWN + 1)


def test_a_tree_is_indented_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    """Two blanks for each level."""
    root = Node("event")
    root.add("handler").add("message")

    tree(root)

    assert capsys.readouterr().out == "event\n  handler\n    message\n"


def test_nothing_printed_moves_the_cursor() -> None:
    """What a server said can't clear the screen or forge a line."""
    assert printable("a\x1b[2Jb\nc\u202ed") == "a [2Jb c d"


def test_json_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """One document, one line, umlauts kept."""
    emit({"body": "Grüße\nzwei"})

    assert capsys.readouterr().out == '{"body": "Grüße\\nzwei"}\n'
