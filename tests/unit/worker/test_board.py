"""The board: what a main process pins to it, its children see."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from notifier.configuration import Secret, SmtpServer
from notifier.definitions.load import Configuration
from notifier.worker.board import Board


def in_a_child(board: Board) -> str:
    """What a child that is forked now reads; it waits until there is a notice."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        while not board.number:
            os.sched_yield()
        os.write(writing, repr(board.read()).encode())
        os._exit(0)
    os.close(writing)
    if not board.number:
        board.pin("news")
    with os.fdopen(reading) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return text


def test_a_child_sees_what_is_pinned_later_and_what_was_before() -> None:
    """It shares the memory, not a copy."""
    board = Board()

    assert in_a_child(board) == "(1, 'news')"
    board.pin("more")
    assert in_a_child(board) == "(2, 'more')"


def test_an_empty_board() -> None:
    """Nothing was ever edited."""
    assert Board().number == 0


def test_a_configuration_comes_back_as_it_was(tmp_path: Path) -> None:
    """Its secrets, too, which it doesn't show."""
    server = SmtpServer("relay1", "h", password=Secret("s3cret"))
    configuration = Configuration(tmp_path, smtp_servers={"relay1": server}, version="v")
    board = Board()

    board.pin(configuration)

    answer = board.read()
    assert answer == (1, configuration)
    assert answer[1].smtp_servers["relay1"].password.reveal() == "s3cret"


def test_a_notice_that_is_being_replaced_is_nobody_s() -> None:
    """A reader gets a whole notice or none, however often it is replaced by longer and shorter ones."""
    board = Board()
    board.pin(())
    done = threading.Event()

    def write() -> None:
        for number in range(300):
            board.pin((number,) * (number % 7 * 5000))
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not done.is_set():
        answer = board.read()
        assert answer is None or len(set(answer[1])) <= 1
    writer.join()

    last = board.read()  # nobody replaces it any more
    assert last is not None
    assert set(last[1]) == {299}
    assert board.read() == (301, (299,) * (299 % 7 * 5000))
