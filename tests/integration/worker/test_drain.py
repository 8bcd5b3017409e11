"""What a bell sets going at a provider: no more than may be there, and no more calls than it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from redis import Redis

from notifier.model import Channel
from notifier.record.outbox import Way
from notifier.record.redis_outbox import PREFIX
from notifier.testing import SmtpSink
from notifier.wiring import Wiring
from notifier.worker import tasks

Mailing = Callable[..., AbstractContextManager[Wiring]]
MAIL = Way(Channel.MAIL, "relay1")
BELLS = f"{PREFIX}bells:{MAIL}"


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    """A server that takes all."""
    with SmtpSink() as sink:
        yield sink


@pytest.fixture
def wiring(mailing: Mailing, sink: SmtpSink, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wiring]:
    """A worker's, with five mails due at a server that takes one connection and one mail a minute."""
    with mailing(sink, "max_connections: 1, rate: 1/m", 5) as wiring:

        @contextmanager
        def at_work() -> Iterator[Wiring]:
            yield wiring

        monkeypatch.setattr(tasks, "at_work", at_work)
        yield wiring


def test_a_bell_that_comes_late_ends_at_once(wiring: Wiring, redis: Redis, sink: SmtpSink) -> None:
    """Another worker is there in its place: with both there would be one connection too many."""
    redis.zadd(BELLS, {"instead": 9e15})

    assert "enough are at it" in tasks._drain(Channel.MAIL, "relay1", "late")

    assert sink.messages == []
    assert redis.zrange(BELLS, 0, -1) == [b"instead"]
    assert wiring.glance().queues[0].due == 5


@pytest.mark.usefixtures("wiring")
def test_what_a_rate_keeps_back_costs_no_calls(redis: Redis, sink: SmtpSink) -> None:
    """Whoever was rung for would find nothing to claim, and from a server that works nothing goes elsewhere."""
    assert "1 accepted" in tasks._drain(Channel.MAIL, "relay1", "first")
    redis.config_resetstat()

    assert "nothing due" in tasks._drain(Channel.MAIL, "relay1", "second")

    calls = redis.info("commandstats")["cmdstat_evalsha"]["calls"]
    assert calls == 3, "begins, claim, glance"
    assert len(sink.messages) == 1
    assert redis.zcard(BELLS) == 0
