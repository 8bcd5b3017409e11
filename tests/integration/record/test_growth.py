"""What nobody may pay for: letters on the desk, and events that wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from benchmarks.measures.dead_letters import MAIL, REFUSED, settle_all
from benchmarks.site import Site, event, site
from notifier.record.desk import PAGE
from notifier.retry import GiveUp
from notifier.wiring import now

MAILS, LETTERS, WAITING = 200, 3 * PAGE, 3000


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Site]:
    """An installation without workers, whose scripts are loaded."""
    with site(tmp_path / "ours") as ours:
        _mails(ours, "first")
        yield ours


def _mails(ours: Site, name: str) -> None:
    ours.publish([f"{name}-{number}" for number in range(MAILS)])
    ours.take_in()
    ours.wiring.attempts.attempt(MAIL, 60)


def _commands(ours: Site, work: Callable[[], Any]) -> dict[str, int]:
    """How often each command was carried out, by scripts, too; not what threads say now and then."""
    redis: Any = ours.wiring.redis
    redis.config_resetstat()
    work()
    return {name: row["calls"] for name, row in redis.info("commandstats").items() if name not in BESIDE}


BESIDE = {"cmdstat_config|resetstat", "cmdstat_info", "cmdstat_xclaim", "cmdstat_time"}


def test_a_mail_takes_as_many_commands_whatever_is_on_the_desk(ours: Site) -> None:
    """Taken in, claimed, settled: neither path looks at a letter."""
    few = _commands(ours, lambda: _mails(ours, "few"))
    settle_all(ours, range(LETTERS), REFUSED, GiveUp(REFUSED.reason))

    assert ours.wiring.glance().dead == LETTERS
    assert _commands(ours, lambda: _mails(ours, "many")) == few


@pytest.mark.parametrize("look", ["glance", "sweep"])
def test_status_and_the_sweep_take_as_many_commands_whatever_is_on_the_desk(ours: Site, look: str) -> None:
    """They count letters; they read none."""
    work = getattr(ours.wiring, look)
    work()
    few = _commands(ours, work)
    settle_all(ours, range(LETTERS), REFUSED, GiveUp(REFUSED.reason))

    assert _commands(ours, work) == few


def test_a_page_of_the_desk_reads_no_more_than_the_page(ours: Site) -> None:
    """Whoever looks at the first letters doesn't wait for the last; each is read, and its event."""
    settle_all(ours, range(LETTERS), REFUSED, GiveUp(REFUSED.reason))

    took = _commands(ours, lambda: list(islice(ours.wiring.desk.letters(), PAGE)))

    assert took == {"cmdstat_zrangebyscore": 1, "cmdstat_hmget": 2 * PAGE}


def test_an_event_takes_as_many_commands_whatever_waits(ours: Site) -> None:
    """A batch is read from the front of the stream, and a publish adds to its end."""

    def publish(name: str) -> None:
        ours.wiring.stream.append([event(f"{name}{number}") for number in range(100)])

    publish("few")
    few = _commands(ours, lambda: ours.wiring.intake.take_in(100, now))
    few_published = _commands(ours, lambda: publish("between"))
    for start in range(0, WAITING, 100):
        publish(f"w{start}-")

    assert _commands(ours, lambda: ours.wiring.intake.take_in(100, now)) == few
    assert _commands(ours, lambda: publish("many")) == few_published
