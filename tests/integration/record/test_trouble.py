"""A Redis that can't take writes: full, without its replicas, or no master any more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError
from sentinels import Node, node

from notifier.intake.stream import Stream
from notifier.model import Channel, Delivery, Event, Message, OnUnsure, delivery_id
from notifier.outcome import Accepted
from notifier.record.glance import glance
from notifier.record.outbox import Plan, Settlement, Way
from notifier.record.redis_client import UNREACHABLE, connect
from notifier.record.redis_outbox import PREFIX, RedisOutbox
from notifier.record.replicas import Replicas, ReplicasBehind
from notifier.retry import Done
from notifier.wiring import Wiring
from notifier.worker.sweep import sweep_if_first

WAY = Way(Channel.MAIL, "relay1")
DAY = timedelta(days=1)
SOON = timedelta(milliseconds=300)


def plan(ident: str, unsure: OnUnsure = OnUnsure.RESEND) -> Plan:
    """One event with one delivery."""
    now = datetime.now(UTC)
    event = Event(ident, "/pi", "token_init", now, raw=b"{}")
    message = Message(Channel.MAIL, "relay1", ("kim@example.com",), "Hello")
    rules = now, now + DAY, False, unsure
    return Plan(event, [Delivery(delivery_id(event.key, "h", message), event.key, "h", message, *rules)])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Node]:
    """A server of its own, to be spoiled."""
    with node(tmp_path / "server", 'save ""') as found:
        yield found


@pytest.fixture
def redis(server: Node) -> Iterator[Redis]:
    """Our client of it."""
    with connect(server.url) as client:
        yield client


def test_a_full_redis_refuses_plans_and_takes_settlements(redis: Redis) -> None:
    """What came in stays in the stream, whole; what was sent is recorded, so it isn't sent again."""
    outbox = RedisOutbox(redis, retention=DAY)
    outbox.plan([plan("before")])
    claim = outbox.claim(WAY, 10)
    redis.config_set("maxmemory", "1")

    with pytest.raises(OutOfMemoryError):
        outbox.plan([plan("late")])
    assert outbox.settle(claim, [Settlement(claim.deliveries[0].id, Accepted(), Done())], None) == []

    redis.config_set("maxmemory", "0")
    assert outbox.plan([plan("late"), plan("before")]) == [True, False]
    assert (glance(redis).queues[0].due, glance(redis).queues[0].accepted) == (1, 1)


def test_a_full_redis_is_swept(redis: Redis, server: Node, tmp_path: Path) -> None:
    """What lost workers held is taken back, by one sweep per tick; what may have gone out waits at the desk."""
    outbox = RedisOutbox(redis, retention=DAY, lease=timedelta())
    outbox.plan([plan("e1", OnUnsure.HOLD)])
    assert outbox.claim(WAY, 1).deliveries
    redis.config_set("maxmemory", "1")
    wiring = Wiring(tmp_path, {"NOTIFIER_REDIS_URL": server.url})

    assert sweep_if_first(wiring)

    assert (glance(redis).dead, glance(redis).queues[0].leased) == (1, 0)
    redis.config_set("maxmemory", "0")
    redis.set(f"{PREFIX}sweep", "1")  # another's tick
    assert not sweep_if_first(wiring)


def test_a_master_that_became_a_replica_is_left(server: Node, redis: Redis) -> None:
    """Its connection is given up, so that the next one finds the new master behind the name; and so on every write."""
    stream = Stream(redis, "token-events", "reader")
    stream.append([b"{}"])
    before = redis.client_id()
    with server.client() as admin:
        admin.replicaof("127.0.0.1", server.port + 1)

        with pytest.raises(RedisConnectionError, match="replica"):
            stream.append([b"{}"])
        assert isinstance(RedisConnectionError(), UNREACHABLE)
        admin.replicaof("NO", "ONE")

    assert len(stream.append([b"{}"])) == 1
    assert redis.client_id() != before


def test_a_master_without_its_replicas_is_unreachable(redis: Redis) -> None:
    """``min-replicas-to-write`` says that a write now wouldn't be safe."""
    redis.config_set("min-replicas-to-write", "1")

    with pytest.raises(RedisConnectionError, match="NOREPLICAS"):
        RedisOutbox(redis, retention=DAY).plan([plan("e1")])


def test_nothing_counts_before_replicas_have_it(redis: Redis) -> None:
    """Without the replica neither a plan nor a claim counts; the claimed is handed back untouched."""
    alone = RedisOutbox(redis, retention=DAY)
    careful = RedisOutbox(redis, retention=DAY, replicas=Replicas(1, SOON))

    with pytest.raises(ReplicasBehind):
        careful.plan([plan("e1")])
    with pytest.raises(ReplicasBehind):
        careful.claim(WAY, 10)

    assert alone.plan([plan("e1")]) == [False], "written once, and found again"
    assert [d.attempts for d in alone.claim(WAY, 10).deliveries] == [0]


def test_what_redis_refuses_is_told_without_what_was_written(redis: Redis) -> None:
    """Where replicas are waited for, too: redis-py would put the beginning of the call before Redis's words."""
    careful = RedisOutbox(redis, retention=DAY, replicas=Replicas(1, SOON))
    redis.config_set("maxmemory", "1")

    with pytest.raises(OutOfMemoryError) as error:
        careful.plan([plan("e1")])

    assert "EVALSHA" not in str(error.value)
    redis.config_set("maxmemory", "0")


def test_with_its_replica_all_goes_on(tmp_path: Path, server: Node, redis: Redis) -> None:
    """Plan and claim return when the replica has them, and a replica has a copy of the lease."""
    with node(tmp_path / "replica", f"replicaof 127.0.0.1 {server.port}", "repl-diskless-sync-delay 0") as replica:
        assert redis.wait(1, 20_000) == 1
        outbox = RedisOutbox(redis, retention=DAY, replicas=Replicas(1, timedelta(seconds=20)))

        assert outbox.plan([plan("e1")]) == [True]
        assert len(outbox.claim(WAY, 10).deliveries) == 1

        with replica.client() as copy:
            assert copy.zcard(f"{PREFIX}leased:{WAY}") == 1
