"""Redis goes away and comes back: workers go on, and what was accepted is delivered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml_text
from installation import Installation

from notifier.embedded import EmbeddedRedis
from notifier.testing import SmsSink, SmtpSink


@pytest.fixture
def durable(tmp_path: Path) -> Iterator[Installation]:
    """An installation whose Redis writes before it answers."""
    with SmtpSink(delay=0.01) as mail, SmsSink() as sms, EmbeddedRedis(tmp_path / "r", appendfsync="always") as redis:
        found = Installation(tmp_path, redis, mail, sms)
        found.write("notifier.yaml", yaml_text.NOTIFIER)
        found.write("smtp_servers.yaml", yaml_text.smtp(mail.port))
        found.write("sms_gateways.yaml", yaml_text.sms(sms.url))
        found.write("handlers/all.yaml", yaml_text.HANDLERS)
        try:
            yield found
        finally:
            found.stop()


def test_a_killed_redis_loses_nothing_it_accepted(durable: Installation) -> None:
    """Kill -9 of Redis in the middle of 100 deliveries, started again: the same worker delivers the rest."""
    worker = durable.start_worker()
    durable.publish(*(f"e{i}" for i in range(100)))
    durable.mail.wait_for(20)

    durable.redis.kill()
    durable.redis.start()

    def subjects() -> set[bytes]:
        return {line for m in durable.mail.messages for line in m.content.splitlines() if b"Message-ID" in line}

    durable.wait(lambda: len(subjects()) == 100, 90)
    assert worker.poll() is None, "the worker must survive"
    durable.publish("afterwards")
    durable.wait(lambda: len(subjects()) == 101, 60)


def test_a_worker_waits_for_a_redis_that_is_away(durable: Installation) -> None:
    """Away for a while, the worker neither dies nor needs help."""
    worker = durable.start_worker()
    durable.publish("before")
    durable.mail.wait_for(1)

    durable.redis.stop()
    durable.tick(3)
    durable.redis.start()
    durable.publish("after")

    durable.mail.wait_for(2, 60)
    assert worker.poll() is None
