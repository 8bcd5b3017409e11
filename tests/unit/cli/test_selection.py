"""Which are meant, whether that is so, and saying what was done."""

from __future__ import annotations

import io
import signal
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import pytest

from notifier.cli.documents import BATCH
from notifier.cli.exits import Misused
from notifier.cli.selection import confirm, done, require_choice, since, through

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
    assert done("replayed", 3, ["ab"]) == "replayed 3, 1 was not there: ab"
    assert done("replayed", 0, ["ab", "c\n"]) == "replayed 0, 2 were not there: ab, c "
    assert done("discarded", 1, []) == "discarded 1"


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


def test_ctrl_c_at_the_question_is_an_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a no: its exit code is another one."""

    class Interrupted(Terminal):
        def readline(self, *_: Any) -> str:
            raise KeyboardInterrupt

    monkeypatch.setattr("sys.stdin", Interrupted())

    with pytest.raises(KeyboardInterrupt):
        confirm("Sure?", yes=False)


def test_many_are_done_in_batches_with_a_bar_where_people_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal, when it takes several; elsewhere nothing is drawn."""
    sizes: list[int] = []

    def do(batch: list[int]) -> list[int]:
        sizes.append(len(batch))
        return [2 * number for number in batch]

    for number, drawn in ((2 * BATCH + 1, True), (BATCH, False)):
        terminal = Terminal()
        monkeypatch.setattr("sys.stderr", terminal)
        assert through(range(number), do) == [2 * i for i in range(number)]
        assert ("100%" in terminal.getvalue()) is drawn
    pipe = io.StringIO()
    monkeypatch.setattr("sys.stderr", pipe)
    through(range(2 * BATCH + 1), do)

    assert sizes == [BATCH, BATCH, 1, BATCH, BATCH, BATCH, 1]
    assert pipe.getvalue() == ""


def test_ctrl_c_lets_the_batch_at_hand_end(capsys: pytest.CaptureFixture[str]) -> None:
    """What was done is known exactly; a second one ends at once, and says how many were done before it."""
    before = signal.getsignal(signal.SIGINT)

    def do(batch: list[int], times: int) -> list[int]:
        for _ in range(times if batch[0] else 0):
            signal.raise_signal(signal.SIGINT)
        return batch

    assert through(range(3 * BATCH), lambda batch: do(batch, 1)) == list(range(2 * BATCH))
    with pytest.raises(KeyboardInterrupt):
        through(range(3 * BATCH), lambda batch: do(batch, 2))

    assert capsys.readouterr().err == f"{BATCH} of {3 * BATCH} were done before this\n"
    assert signal.getsignal(signal.SIGINT) == before


def test_elsewhere_than_in_the_main_thread_signals_are_left_alone() -> None:
    """Only the main thread may have them."""
    results: list[int] = []
    thread = threading.Thread(target=lambda: results.extend(through([1, 2], list)))
    thread.start()
    thread.join(30)

    assert results == [1, 2]
