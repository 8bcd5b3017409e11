"""What a bell sets going at a provider: no more than may be there, and no more calls than it needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml_text
from redis import Redis

from notifier.embedded import EmbeddedRedis
from notifier.model import Channel
from notifier.record.outbox import Way
from notifier.record.redis_outbox import PREFIX
from notifier.testing import SmtpSink
from notifier.wiring import Wiring, now
from notifier.worker import tasks

MAIL = Way(Channel.MAIL, "relay1")
BELLS = f"{PREFIX}bells:{MAIL}"


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    """A server that takes all."""
    with SmtpSink() as sink:
        yield sink


@pytest.fixture
def wiring(
    tmp_path: Path, redis: Redis, redis_server: EmbeddedRedis, sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Wiring]:
    """A worker's, with five mails due at a server that takes one connection and one mail a minute."""
    del redis
    entry = yaml_text.smtp(sink.port).rstrip().rstrip("}")
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "all.yaml").write_text(yaml_text.HANDLERS)
    (tmp_path / "smtp_servers.yaml").write_text(f"{entry}, max_connections: 1, rate: 1/m}}\n")
    (tmp_path / "sms_gateways.yaml").write_text(yaml_text.sms("http://127.0.0.1:1/"))
    wiring = Wiring(tmp_path, {"NOTIFIER_REDIS_URL": redis_server.url})
    assert wiring.check() == ()
    wiring.stream.ensure_group()
    wiring.stream.append(json.dumps(yaml_text.event(f"e{i}")).encode() for i in range(5))
    while wiring.intake.take_in(100, now).entries:
        pass

    @contextmanager
    def at_work() -> Iterator[Wiring]:
        yield wiring

    monkeypatch.setattr(tasks, "at_work", at_work)
    yield wiring
    wiring.keeper.close()
    wiring.close()


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
