"""The watch over a real Celery app and real queues, and what an operator may do to them."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from celery import Celery, signals
from kombu.entity import Queue
from redis import ConnectionPool, Redis
from redis.exceptions import RedisError

from notifier.worker.watch import watch_of


@pytest.fixture
def worker() -> Iterator[Any]:
    """A worker of one child that consumes from two queues."""
    app = Celery("test", set_as_current=False)
    app.conf.task_queues = [Queue("mail"), Queue("sms")]
    before = list(signals.task_received.receivers)
    yield SimpleNamespace(app=app, pool=SimpleNamespace(num_processes=1))
    signals.task_received.receivers = before


def test_a_cancelled_queue_is_no_stall(worker: Any, redis: Redis) -> None:
    """What lies in a queue that an operator took from this worker is another's; with none left, too."""
    redis.lpush("mail", "bell")
    watch = watch_of(worker, redis)
    assert not watch.stalled(0)
    assert watch.stalled(60)

    worker.app.amqp.queues.deselect("mail")
    assert not watch.stalled(61)
    assert not watch.stalled(200)
    worker.app.amqp.queues.deselect("sms")
    assert not watch.stalled(201)


def test_a_shrunk_pool_is_no_stall(worker: Any, redis: Redis) -> None:
    """Nobody is free in a pool of none."""
    redis.lpush("mail", "bell")
    watch = watch_of(worker, redis)

    worker.pool.num_processes = 0

    assert not watch.stalled(0)
    assert not watch.stalled(60)


def test_an_outage_is_not_forgotten_nor_does_it_pile_up(worker: Any, redis: Redis) -> None:
    """A look that fails leaves the watch as it was, and one watch has one receiver."""
    redis.lpush("mail", "bell")
    watch = watch_of(worker, redis)
    receivers = len(signals.task_received.receivers)
    assert not watch.stalled(0)

    there, redis.connection_pool = redis.connection_pool, ConnectionPool(host="127.0.0.1", port=1)
    with pytest.raises(RedisError):
        watch.stalled(30)
    redis.connection_pool = there

    assert watch.stalled(60)
    watch_of(worker, redis)
    assert len(signals.task_received.receivers) == receivers
