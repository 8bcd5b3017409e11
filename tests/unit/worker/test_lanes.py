"""How many connections a provider's latency asks for."""

from __future__ import annotations

import pytest

from notifier.model import Channel
from notifier.record.outbox import Way
from notifier.worker.lanes import SLOW, Lane, lanes_for


@pytest.mark.parametrize(
    ("due", "each", "most", "lanes"),
    [
        (2000, 0.3, 32, 32),  # all that it allows
        (20, 0.3, 32, 6),  # what is due is done within a second
        (3, 0.3, 32, 1),
        (0, 0.3, 32, 1),
        (1000, 0.01, 4, 4),
        (50, 30.0, 2, 2),
    ],
)
def test_as_many_as_get_done_what_is_due(due: int, each: float, most: int, lanes: int) -> None:
    """Not one more: an idle connection is one that its server has to keep."""
    assert lanes_for(due, each, most) == lanes


def test_the_first_window_says_nothing_of_the_next() -> None:
    """It may have connected, agreed on TLS and logged in."""
    lane = Lane(Way(Channel.MAIL, "relay1"), "bell")
    assert lane.is_slow, "nothing to show"

    lane.note(9.0)
    assert lane.pace is None
    assert lane.is_slow

    lane.note(SLOW / 2)
    assert not lane.is_slow

    lane.note(SLOW * 2)
    assert lane.is_slow
