"""Redis goes away and comes back: workers go on, and what was accepted is delivered."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml_text
from installation import Installation, installed


@pytest.fixture
def durable(tmp_path: Path) -> Iterator[Installation]:
    """An installation whose Redis writes before it answers."""
    with installed(tmp_path, appendfsync="always", delay=0.01) as found:
        yield found


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


def test_a_worker_outlives_a_master_that_was_a_replica_for_a_while(durable: Installation) -> None:
    """Demoted and promoted again behind the same address: the worker goes on, nothing is lost."""
    worker = durable.start_worker()
    durable.publish("before")
    durable.mail.wait_for(1)

    durable.wiring.redis.replicaof("127.0.0.1", 1)
    durable.tick(3)
    durable.wiring.redis.replicaof("NO", "ONE")
    durable.publish("after")

    durable.mail.wait_for(2, 60)
    assert worker.poll() is None


def test_a_worker_outlives_a_full_redis(durable: Installation) -> None:
    """While it is full nothing can be planned or rung; when there is room again, all of it goes out."""
    worker = durable.start_worker()
    durable.publish("before")
    durable.mail.wait_for(1)
    durable.publish("waits")

    durable.wiring.redis.config_set("maxmemory", "1")
    durable.tick(3)
    durable.wiring.redis.config_set("maxmemory", "0")
    durable.publish("after")

    durable.mail.wait_for(3, 90)
    assert worker.poll() is None


def test_an_event_that_celery_took_while_redis_is_full_is_kept(durable: Installation) -> None:
    """Neither noted nor appended, it is with the worker alone; when there is room it goes to the stream."""
    worker = durable.start_worker("-c", "1")
    durable.publish("before")
    durable.mail.wait_for(1)

    # Stopped, it has asked Redis for the message already, and takes it when Redis is full.
    os.kill(worker.pid, signal.SIGSTOP)
    durable.send_task("notifier.handle_event", yaml_text.event("taken"))
    durable.wiring.redis.config_set("maxmemory", "1")
    os.kill(worker.pid, signal.SIGCONT)
    durable.wait(lambda: "append failed" in (durable.root / "worker0.log").read_text())
    durable.tick(3)
    durable.wiring.redis.config_set("maxmemory", "0")

    durable.mail.wait_for(2, 60)
    assert worker.poll() is None
