"""How often somebody looks whether Redis is back."""

from __future__ import annotations

from notifier.spool.outage import FIRST_PAUSE, LONGEST_PAUSE, Outage


def test_without_a_failure_everybody_tries() -> None:
    """Any number, at any time."""
    outage = Outage()

    assert all(outage.worth_a_try(now) for now in (0.0, 0.0, 1.0))
    assert not outage.over()


def test_after_a_failure_nobody_tries_for_a_while_and_then_one() -> None:
    """The pause is over for one caller, which finds out for all."""
    outage = Outage()

    assert outage.failed(100.0)

    assert not outage.worth_a_try(100.0 + FIRST_PAUSE / 2)
    assert outage.worth_a_try(100.0 + FIRST_PAUSE)
    assert not outage.worth_a_try(100.0 + FIRST_PAUSE)


def test_the_pause_grows_and_ends() -> None:
    """Twice as long each time, up to a limit; the first success ends it, and the next outage begins anew."""
    outage = Outage()
    assert [outage.failed(0.0) for _ in range(10)] == [True] + [False] * 9
    assert not outage.worth_a_try(LONGEST_PAUSE - 0.1)
    assert outage.worth_a_try(LONGEST_PAUSE)

    assert outage.over()

    assert outage.worth_a_try(0.0)
    assert outage.failed(0.0)
    assert outage.worth_a_try(FIRST_PAUSE)
