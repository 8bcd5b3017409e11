"""Which are meant, whether that is so, and saying what was done."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import pytest

from notifier.cli.exits import Misused
from notifier.cli.selection import confirm, done, require_choice, since

COMMAND = click.Context(click.Command("dead"))
OPTION = click.Option(["--since"])


def moment(text: str | None) -> datetime | None:
    """What ``--since text`` means."""
    return since(COMMAND, OPTION, text)


@pytest.mark.parametrize(
    ("text", "ago"),
    [("90s", timedelta(seconds=90)), ("10m", timedelta(minutes=10)), ("2h", timedelta(hours=2)), ("1d", timedelta(1))],
)
def test_since_takes_a_duration(text: str, ago: timedelta) -> None:
    """So long ago, from now."""
    found = moment(text)

    assert found is not None
    assert abs(datetime.now(UTC) - ago - found) < timedelta(seconds=5)


def test_since_takes_a_moment() -> None:
    """ISO 8601; with a zone it is exact, without one it is this machine's."""
    assert moment("2026-11-24T12:00:00+01:00") == datetime(2026, 11, 24, 11, tzinfo=UTC)
    assert moment("2026-11-24") == datetime(2026, 11, 24).astimezone()
    assert moment(None) is None


@pytest.mark.parametrize("text", ["", "soon", "10", "m", "-1h", "9999999999d", "1w"])
def test_since_refuses_what_it_does_not_understand(text: str) -> None:
    """A wrong duration is wrong usage, not everything."""
    with pytest.raises(click.BadParameter):
        moment(text)


@pytest.mark.parametrize(
    ("ids", "filters", "everything", "good"),
    [
        (["a"], [""], False, True),
        ([], ["relay1"], False, True),
        ([], [""], True, True),
        ([], ["relay1"], True, True),
        ([], [""], False, False),
        (["a"], ["relay1"], False, False),
        (["a"], [""], True, False),
    ],
)
def test_a_bulk_verb_needs_one_way_to_say_which(
    ids: list[str],
    filters: list[Any],
    everything: bool,
    good: bool,
) -> None:
    """Nothing named is nothing meant; ids beside a filter are a mistake."""
    if good:
        require_choice(ids, filters, everything=everything)
    else:
        with pytest.raises(click.UsageError):
            require_choice(ids, filters, everything=everything)


def test_without_a_terminal_yes_has_to_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A script never waits for an answer."""
    monkeypatch.setattr("sys.stdin", io.StringIO())

    confirm("Sure?", yes=True)
    with pytest.raises(Misused, match="--yes"):
        confirm("Sure?", yes=False)


def test_what_was_done_is_said_in_one_line() -> None:
    """Singular, plural, and no mention of nothing."""
    assert done("replayed", 3, 1) == "replayed 3, 1 was not there"
    assert done("replayed", 0, 2) == "replayed 0, 2 were not there"
    assert done("discarded", 1, 0) == "discarded 1"


class Terminal(io.StringIO):
    """Somebody who answers."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def test_on_a_terminal_the_question_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Yes goes on, anything else ends it."""
    monkeypatch.setattr("sys.stdin", Terminal("y\nn\n"))

    confirm("Sure?", yes=False)
    with pytest.raises(click.Abort):
        confirm("Sure?", yes=False)

    assert "Sure? [y/N]" in capsys.readouterr().err
