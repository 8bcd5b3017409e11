"""The clock of the fault kit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from notifier.testing import Clock

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_a_clock_stands_still_until_it_is_told() -> None:
    """It is called for the time, as whatever takes ``now`` does."""
    clock = Clock(NOON)

    assert (clock(), clock()) == (NOON, NOON)
    assert clock.advance(hours=1, seconds=1.5) == clock() == NOON + timedelta(seconds=3601.5)
    assert clock.advance(timedelta(days=-1)) == NOON + timedelta(days=-1, seconds=3601.5)
    clock.set(NOON)
    assert clock() == NOON


@pytest.mark.parametrize("tell", [Clock, Clock(NOON).set])
def test_a_moment_without_a_zone_is_none(tell: type[Clock]) -> None:
    """Comparing it would fail much later."""
    with pytest.raises(ValueError, match="zone"):
        tell(datetime(2026, 11, 24, 12, 0))  # noqa: DTZ001 - that is what is wrong
