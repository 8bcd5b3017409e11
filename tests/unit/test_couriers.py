"""Waiting with an end: whatever the work does, whoever sent it goes on in time."""

from __future__ import annotations

import threading
import time

import pytest

from notifier.couriers import Couriers
from notifier.errors import TookTooLong


def test_the_result_comes_back() -> None:
    """What the work returns, and what it raises, as if it had been done here."""
    couriers = Couriers()

    assert couriers.run(lambda: 42, 10) == 42
    with pytest.raises(KeyError, match="nothing"):
        couriers.run(lambda: {}["nothing"], 10)


def test_work_that_hangs_is_not_waited_for() -> None:
    """The caller goes on after its time, the others aren't held up, and the work may end when it wants to."""
    couriers = Couriers()
    end, ended = threading.Event(), threading.Event()
    began = time.monotonic()

    with pytest.raises(TookTooLong):
        couriers.run(lambda: end.wait(60) and ended.set(), 0.05)

    assert time.monotonic() - began < 5
    assert couriers.run(lambda: 1, 10) == 1
    end.set()
    assert ended.wait(10)


def test_one_after_the_other_needs_one_thread() -> None:
    """No thread is started where one has nothing to do."""
    couriers = Couriers()

    assert len({couriers.run(threading.get_ident, 10) for _ in range(50)}) == 1


def test_there_are_never_more_than_so_many() -> None:
    """Where all of them hang, nobody starts another; one that is free again serves again."""
    couriers = Couriers(2)
    end = threading.Event()
    for _ in range(2):
        with pytest.raises(TookTooLong):
            couriers.run(lambda: end.wait(60), 0.05)

    with pytest.raises(TookTooLong):
        couriers.run(lambda: 1, 0.05)

    end.set()
    assert couriers.run(lambda: 2, 10) == 2


def test_many_at_once_are_served_at_once() -> None:
    """Callers don't queue behind each other: eight meet at a barrier that none passes alone."""
    couriers, barrier = Couriers(), threading.Barrier(8)
    results: list[int] = []
    threads = [
        threading.Thread(target=lambda: results.append(couriers.run(lambda: barrier.wait(20), 30))) for _ in range(8)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(results) == list(range(8))


def test_no_time_at_all_is_too_long() -> None:
    """Time that is over before it began is no reason to wait for ever."""
    with pytest.raises(TookTooLong):
        Couriers().run(lambda: threading.Event().wait(10), -1)
