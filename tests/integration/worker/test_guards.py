"""kombu over a Redis that refuses."""

from __future__ import annotations

from typing import Any

from kombu import Connection, Queue
from redis import Redis

from notifier.embedded import EmbeddedRedis
from notifier.worker.broker import broker_url
from notifier.worker.guards import guard_transport


def test_what_a_full_redis_does_not_take_back_stays_noted(redis_server: EmbeddedRedis, redis: Redis) -> None:
    """It is handed out again later; the worker neither dies of it nor keeps a place for it."""
    guard_transport()
    taken: list[Any] = []
    with Connection(broker_url(redis_server.url)) as connection:
        channel = connection.channel()
        channel.basic_qos(0, 1, False)
        queue = Queue("events", channel=channel)
        queue.declare()
        with connection.Producer() as producer:
            producer.publish({"id": "e1"}, routing_key="events")
        with connection.Consumer(queue, callbacks=[lambda _, message: taken.append(message)], channel=channel):
            connection.drain_events(timeout=10)
            redis.config_set("maxmemory", "1")
            try:
                taken[0].reject(requeue=True)
            finally:
                redis.config_set("maxmemory", "0")

            assert channel.qos.can_consume()
        assert redis.hlen("unacked") == 1
        assert redis.llen("events") == 0
