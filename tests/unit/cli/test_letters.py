"""Dead letters listed, and what is said before held ones are sent again."""

from __future__ import annotations

import pytest

from notifier.cli import letters as listing
from notifier.cli.disposal import twice
from notifier.cli.letters import listed
from notifier.record.desk import DeadLetter


def letter(reason: str, via: str = "relay1", state: str = "dead") -> DeadLetter:
    """A dead letter."""
    where = ("mail", "relay1", "k**@x", reason, "550", 1, None, None, state, via, "d1", "c1", 0)
    return DeadLetter("ab12", "e1", "token_init", "owner", *where)


def test_on_a_terminal_a_list_ends_with_how_many_of_what(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By reason and by who tried last, the most first; a pipe gets the table alone."""
    found = [letter("refused"), letter("mailbox_full", "spare"), letter("refused")]
    listed(found)
    assert len(capsys.readouterr().out.splitlines()) == 4

    monkeypatch.setattr(listing, "on_terminal", lambda: True)
    listed(found)

    lines = capsys.readouterr().out.splitlines()
    assert lines[-3:] == ["3 dead letters", "      2  refused at relay1", "      1  mailbox_full at spare"]


def test_a_list_names_who_tried_and_for_whom(capsys: pytest.CaptureFixture[str]) -> None:
    """After a fallback it isn't the planned one whose words are shown."""
    listed([letter("refused", "spare"), letter("refused")])

    _, first, second = capsys.readouterr().out.splitlines()
    assert "spare for relay1" in first
    assert " for " not in second


def test_held_letters_are_named_before_they_are_sent_again() -> None:
    """One, some, none."""
    refused, held = letter("refused"), letter("connection_lost", state="held")

    assert twice([refused]) == ""
    assert twice([held]).startswith("It is held: nobody knows")
    assert twice([refused, held]).startswith("1 of them is held")
    assert twice([held, refused, held]).startswith("2 of them are held")
