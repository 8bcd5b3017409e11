"""Which configuration a process works with, and when the old one's connections are closed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from notifier.definitions.load import Configuration
from notifier.model import Channel, Delivery
from notifier.outcome import Accepted, Outcome
from notifier.record.outbox import Way
from notifier.wiring import Wiring
from notifier.worker.board import Board
from notifier.worker.current import Current

WAY = Way(Channel.MAIL, "relay1")


class Open:
    """A provider that knows whether it was closed."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def send(self, delivery: Delivery) -> Outcome:  # noqa: ARG002 - the port's signature
        return Accepted("250")

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Open:
    """What a wiring opens for any way."""
    found = Open()
    monkeypatch.setattr(Wiring, "open", lambda *_: found)
    return found


@pytest.fixture
def current(tmp_path: Path) -> Callable[[Board], Current]:
    """What a process works with, at first version 1."""

    def make(board: Board) -> Current:
        environ = {"NOTIFIER_REDIS_URL": "redis://127.0.0.1:1"}
        return Current(Wiring(tmp_path, environ, configuration=Configuration(tmp_path, version="1")), board)

    return make


def test_work_ends_with_what_it_began_with(current: Callable[[Board], Current], tmp_path: Path, provider: Open) -> None:
    """An edit reaches the next piece of work; the connections of the old one are closed when the last ends."""
    board = Board()
    here = current(board)

    with here.at_work() as first:
        with first.providers.lend(WAY):
            pass
        board.pin(Configuration(tmp_path, version="2"))
        with here.at_work() as second:
            assert (first.configuration.version, second.configuration.version) == ("1", "2")
        assert here.wiring is second
        assert not provider.closed.is_set()

    assert provider.closed.wait(10)


def test_redis_stays(current: Callable[[Board], Current], tmp_path: Path) -> None:
    """The client, and the stream as it was named at the start."""
    board = Board()
    here = current(board)
    before = here.wiring

    board.pin(Configuration(tmp_path, version="2"))

    assert here.wiring is not before
    assert here.wiring.redis is before.redis
    assert here.wiring.stream is before.stream
    assert here.wiring.keeper is before.keeper


def test_an_edit_does_not_make_a_worker_forget_that_it_ends(tmp_path: Path) -> None:
    """SIGTERM after an edit hands back what isn't begun, as before it."""
    environ = {"NOTIFIER_REDIS_URL": "redis://127.0.0.1:1"}
    wiring = Wiring(tmp_path, environ, configuration=Configuration(tmp_path), ending=lambda: True)

    assert wiring.renewed(Configuration(tmp_path, version="2"))._ending()


def test_without_an_edit_nothing_is_made_anew(current: Callable[[Board], Current]) -> None:
    """The same wiring, time after time."""
    here = current(Board())

    with here.at_work() as first, here.at_work() as second:
        assert first is second is here.wiring


def test_who_comes_late_finds_the_newest(current: Callable[[Board], Current], tmp_path: Path) -> None:
    """A child that is renewed starts with what its parent approved of, not with what the parent started with."""
    board = Board()
    board.pin(Configuration(tmp_path, version="2"))
    board.pin(Configuration(tmp_path, version="3"))

    with current(board).at_work() as house:
        assert house.configuration.version == "3"
