"""Delivering beside the tasks: at a slow server with as many connections as it allows, and with no task in its way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

import pytest
from ageing import age
from redis import Redis
from waiting import until

from notifier.model import Channel
from notifier.record.outbox import Way
from notifier.record.redis_outbox import PREFIX
from notifier.testing import SmtpSink
from notifier.wiring import Wiring, now
from notifier.worker.bells import Bells
from notifier.worker.lanes import Lanes
from notifier.worker.signals import Ending

Mailing = Callable[..., AbstractContextManager[Wiring]]
MAIL = Way(Channel.MAIL, "relay1")
BELLS = f"{PREFIX}bells:{MAIL}"
MAILS, CONNECTIONS = 40, 4


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    """A server that thinks for a while about each mail."""
    with SmtpSink(delay=0.15) as sink:
        yield sink


@pytest.fixture
def wiring(mailing: Mailing, sink: SmtpSink) -> Iterator[Wiring]:
    """A worker's, with mails due at a server that allows a few connections."""
    with mailing(sink, f"max_connections: {CONNECTIONS}", MAILS) as wiring:
        yield wiring


@pytest.fixture
def lanes(wiring: Wiring) -> Iterator[Callable[[], Lanes]]:
    """Of a process."""
    made: list[Lanes] = []

    @contextmanager
    def work() -> Iterator[Wiring]:
        yield wiring

    def make() -> Lanes:
        made.append(Lanes(work, Ending()))
        return made[-1]

    yield make
    for one in made:
        one.finish()


def accepted(wiring: Wiring) -> int:
    queue = wiring.glance().of(MAIL)
    return queue.accepted if queue else 0


def test_a_slow_server_gets_the_connections_that_it_allows(
    wiring: Wiring, redis: Redis, sink: SmtpSink, lanes: Callable[[], Lanes]
) -> None:
    """The task doesn't wait for its mails; bells in the queue give way; at the end there is no bell."""
    here = lanes()
    Bells(wiring).enter(MAIL, "first")
    redis.zadd(BELLS, {"in the queue behind other work": 9e15})

    told = here.deliver(MAIL, "first")

    assert "1 more connections at it" in told
    until(lambda: redis.zcard(BELLS) == CONNECTIONS, 30)
    until(lambda: accepted(wiring) == MAILS, 60)
    here.finish()
    assert sink.connections == CONNECTIONS
    assert len(sink.messages) == MAILS
    assert redis.zcard(BELLS) == 0


def test_what_goes_on_beside_is_told_by_the_next_task(wiring: Wiring, lanes: Callable[[], Lanes]) -> None:
    """Flower shows what tasks return."""
    here = lanes()
    here.deliver(MAIL, "first")
    until(lambda: accepted(wiring) == MAILS, 60)
    until(lambda: not here._open, 30)

    here._slow.clear()
    assert here.deliver(MAIL, "second") == f"{MAILS} accepted"


def test_nobody_waits_along_where_it_was_in_vain(
    wiring: Wiring, lanes: Callable[[], Lanes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dead server's next attempts cost no task its time; after a while it is waited for again."""
    here = lanes()
    here.deliver(MAIL, "first")
    until(lambda: accepted(wiring) == MAILS and not here._open, 60)

    assert here._is_slow(MAIL), "the next task begins beside"
    monkeypatch.setattr("notifier.worker.lanes.time.monotonic", lambda: here._slow[MAIL])

    assert not here._is_slow(MAIL), "it is given another chance"


def test_a_process_full_of_slow_lanes_gives_the_bell_back(
    wiring: Wiring, redis: Redis, lanes: Callable[[], Lanes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A task that waited in their place would keep everybody else waiting."""
    monkeypatch.setattr("notifier.worker.lanes.MOST_OF_ONE", 1)
    here = lanes()
    here.deliver(MAIL, "first")
    Bells(wiring).enter(MAIL, "second")

    assert here.deliver(MAIL, "second") == "enough of this process are at it"

    assert b"*second" not in redis.zrange(BELLS, 0, -1)
    assert len(here._on(MAIL)) == 1


def test_a_killed_process_holds_its_places_for_moments(wiring: Wiring, redis: Redis) -> None:
    """Others may be at the server in its place; whoever lives says so every second."""
    bells = Bells(wiring)
    assert bells.enter(MAIL, "killed")
    assert redis.zscore(BELLS, "*killed") <= (now().timestamp() + 5) * 1000
    age(redis, timedelta(seconds=3))
    bells.keep(MAIL, "killed")
    age(redis, timedelta(seconds=3))
    assert bells.take(MAIL, 1, 1) == []
    age(redis, timedelta(seconds=2))

    assert len(bells.take(MAIL, 1, 1)) == 1


def test_an_end_between_a_look_and_a_beginning_leaves_no_place_taken(
    wiring: Wiring, redis: Redis, lanes: Callable[[], Lanes]
) -> None:
    """The threads take no more work: what was taken for them is given back."""
    here = lanes()
    here.finish()
    Bells(wiring).enter(MAIL, "late")

    assert here.deliver(MAIL, "late") == "enough of this process are at it"
    here._widen(wiring, MAIL, 0.3)

    assert redis.zcard(BELLS) == 0


def test_an_end_waits_for_what_is_at_the_server(
    wiring: Wiring, redis: Redis, sink: SmtpSink, lanes: Callable[[], Lanes]
) -> None:
    """What was begun is recorded, what wasn't is due: nothing is left to a lease."""
    here = lanes()
    here.deliver(MAIL, "first")
    until(lambda: len(sink.messages) > 4, 30)

    here._ending._asked = True
    here.finish()

    queue = wiring.glance().of(MAIL)
    assert queue is not None
    assert queue.leased == 0
    assert queue.accepted == len(sink.messages)
    assert queue.due + queue.accepted == MAILS
    assert redis.zcard(BELLS) <= 1  # rung again for what is left
