"""A worker that ends at any point of the corridor: nothing is lost, and nothing is sent twice in silence."""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import crash_scenario
import pytest
from crash_scenario import RECOMPOSED, Scenario, live
from faults import PROPERTY, Faults

from notifier.embedded import EmbeddedRedis
from notifier.testing import SmsSink, SmtpSink

#: The points are dealt out to as many tests, so that several processes can try them.
SHARES = 8
#: Ends of which each is met by the next worker; five would make a delivery a dead letter.
MOST_ENDS = 4

Begin = Callable[[], Scenario]


@pytest.fixture
def begin(redis_server: EmbeddedRedis, tmp_path: Path) -> Iterator[Begin]:
    """Begins the scenario anew: other peers, an empty Redis."""
    with ExitStack() as peers:
        roots = (tmp_path / str(number) for number in itertools.count())

        def begin() -> Scenario:
            peers.close()
            sms = peers.enter_context(SmsSink())
            scenario = Scenario(next(roots), redis_server.url, sms)
            scenario.mail = peers.enter_context(SmtpSink(replies=scenario.reply))
            return scenario

        yield begin


@pytest.fixture
def dice() -> random.Random:
    """Falls otherwise each time; how, is shown where a test fails."""
    seed = random.getrandbits(32)
    print(f"seed {seed}")  # noqa: T201
    return random.Random(seed)  # noqa: S311 - no secret


def points_of(scenario: Scenario) -> list[str]:
    """All points there are, found by living through it once."""
    configuration = scenario.prepare()
    assert configuration.usable, configuration.problems
    assert live(configuration, scenario.url, scenario.faults)
    scenario.verify()
    assert scenario.held == 1
    assert scenario.faults.points.count("take in: recompose: after") == len(RECOMPOSED)
    return scenario.faults.points


def live_with(scenario: Scenario, ends: list[int]) -> list[str]:
    """Workers end at these points, one after the other; the last one lives. Where they ended."""
    configuration, met = scenario.prepare(), []
    for at in ends:
        scenario.faults = Faults(at)
        if not live(configuration, scenario.url, scenario.faults):
            met.append(scenario.faults.points[at])
    scenario.faults = Faults()
    try:
        assert live(configuration, scenario.url, scenario.faults)
        scenario.verify()
    except AssertionError as error:
        error.add_note(f"after ends at {ends}: {met}")
        raise
    return met


@pytest.mark.parametrize("share", range(SHARES))
def test_a_worker_may_end_anywhere(share: int, begin: Begin, record_property: Callable[[str, object], None]) -> None:
    """Before and after every call to Redis and every attempt, and at every word of a conversation."""
    points = points_of(begin())

    met = [point for at in range(share, len(points), SHARES) for point in live_with(begin(), [at])]

    record_property(PROPERTY, met)
    # A machine that is busy may take another way here and there, but not everywhere.
    assert len(met) >= 0.9 * len(points) / SHARES - 1


@pytest.mark.parametrize("_", range(4))
def test_workers_may_end_one_after_the_other(begin: Begin, dice: random.Random, _: int) -> None:
    """Whoever mends what the last one left may end on the way, too."""
    most = len(points_of(begin()))

    for _ in range(5):
        live_with(begin(), [dice.randrange(most // 2) for _ in range(dice.randint(2, MOST_ENDS))])


@pytest.mark.parametrize("_", range(4))
def test_a_process_that_is_killed_is_no_different(begin: Begin, dice: random.Random, _: int) -> None:
    """SIGKILL at a point: no handler, no `finally`, no connection closed in order."""
    scenario, counted = begin(), Faults()
    # Apart from the scenario's own: what is said to the mail server, another process can't count.
    assert live(scenario.prepare(), scenario.url, counted)
    at = dice.randrange(len(counted.points) * 2 // 3)

    scenario = begin()
    configuration = scenario.prepare()
    program = [sys.executable, crash_scenario.__file__, str(scenario.root), scenario.url, str(at)]
    paths = {**os.environ, "PYTHONPATH": str(Path(crash_scenario.__file__).parent)}
    ended = subprocess.run(program, env=paths, capture_output=True, timeout=100, check=False)

    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    assert live(configuration, scenario.url, Faults()), counted.points[at]
    scenario.verify()
