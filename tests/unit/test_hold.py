"""How long a claim is ours."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from notifier.model import Channel
from notifier.record.hold import Hold
from notifier.record.outbox import Claim, Way

CLAIM = Claim(
    Way(Channel.MAIL, "relay1"), "token", datetime(2026, 1, 1, tzinfo=UTC), (), 0, timedelta(seconds=60), fresh=True
)


class Leases:
    """How often it was asked for more."""

    def __init__(self) -> None:
        self.asked = 0

    def renew(self, _: Claim) -> bool:
        self.asked += 1
        return True


@pytest.mark.parametrize(("most", "asked"), [(1000.0, 1), (10.0, 0)])
def test_whoever_hangs_gets_no_more_time(most: float, asked: int) -> None:
    """A thread can't be killed: its lease ends, and others may have its deliveries."""
    leases = Leases()
    hold = Hold(leases, CLAIM, time.monotonic() - 40, most)
    assert not hold.lost

    hold.renew()

    assert leases.asked == asked
