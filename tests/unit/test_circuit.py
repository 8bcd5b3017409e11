"""What an outcome says of its provider: pure, so every outcome is tried."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.circuit import Busy, Failed, Well, health_of, provider_pause
from notifier.outcome import Accepted, Deferred, Misconfigured, Outcome, Reason, Rejected, Throttled, Unsure

rolls = st.floats(0, 1, exclude_max=True)


@pytest.mark.parametrize(
    ("outcome", "health"),
    [
        (Accepted(), Well),
        (Rejected(Reason.MAILBOX_UNAVAILABLE), Well),
        (Deferred(Reason.GREYLISTED), Well),
        (Deferred(Reason.CONNECTION_REFUSED, provider_failed=True), Failed),
        (Deferred(Reason.TIMED_OUT), Failed),
        (Unsure(Reason.NO_ANSWER), Failed),
        (Misconfigured(Reason.AUTHENTICATION_FAILED), Failed),
        (Throttled(timedelta(seconds=7)), Busy),
        (Deferred(Reason.CONNECTION_LOST), type(None)),
        (Deferred(Reason.INTERNAL_ERROR), type(None)),
        (Unsure(Reason.UNEXPECTED_ANSWER), type(None)),
        (Rejected(Reason.ADDRESS_INVALID), type(None)),
    ],
)
def test_only_the_provider_s_failures_open_and_only_its_answers_close(outcome: Outcome, health: type) -> None:
    """A bad recipient never opens a circuit, and what never reached the provider doesn't close one."""
    assert type(health_of(outcome, 0, 0.5)) is health


@pytest.mark.parametrize("lost", [Deferred(Reason.CONNECTION_LOST), Unsure(Reason.CONNECTION_LOST)])
def test_a_lost_connection_opens_where_the_provider_is_in_doubt(lost: Outcome) -> None:
    """Once it may be the message; twice in a row, or at a provider that nobody knows to work, it is the provider."""
    assert health_of(lost, 0, 0.5) is None
    assert isinstance(health_of(lost, 0, 0.5, doubtful=True), Failed)


def test_a_pause_that_the_provider_asks_for_is_kept() -> None:
    """Its own word counts; "at once" would be a hot loop."""
    assert health_of(Throttled(timedelta(minutes=9)), 0, 0) == Busy(timedelta(minutes=9))
    assert health_of(Throttled(timedelta()), 0, 0) == Busy(timedelta(seconds=1))


@given(st.integers(0, 10_000), rolls, st.floats(0, 10_000))
def test_a_provider_is_left_alone_for_at_most_half_a_minute(failures: int, roll: float, took: float) -> None:
    """A relay that is back is found within 30 seconds; one that only times out holds a worker the smaller part."""
    health = health_of(Deferred(Reason.TIMED_OUT), failures, roll, took)

    assert isinstance(health, Failed)
    assert timedelta(seconds=0.5) <= health.pause <= timedelta(seconds=30)
    assert health.pause >= min(timedelta(seconds=took * 1.49), timedelta(seconds=14.9))


@given(st.integers(1, 20), rolls)
def test_the_pause_grows(failures: int, roll: float) -> None:
    """With the same roll, a later failure pauses no shorter."""
    assert provider_pause(failures, roll) <= provider_pause(failures + 1, roll)
