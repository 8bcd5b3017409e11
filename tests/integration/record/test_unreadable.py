"""Records that another version wrote, or nobody can read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from notifier.model import Channel, Delivery, Event, Message, OnUnsure, delivery_id
from notifier.record.codec import to_ms
from notifier.record.glance import Queue, glance
from notifier.record.outbox import Note, Plan, Way
from notifier.record.redis_outbox import PREFIX, RedisOutbox

WAY = Way(Channel.MAIL, "relay1")

DAY = timedelta(days=1)


def now() -> datetime:
    """Redis runs on this host, so its clock is ours."""
    return datetime.now(UTC)


def plan(ident: str = "e1", *recipients: str, unsure: OnUnsure = OnUnsure.RESEND) -> Plan:
    """One event with a delivery for each recipient."""
    event = Event(ident, "/pi", "token_init", now(), raw=b'{"id":"e1"}')
    deliveries = []
    for to in recipients:
        message = Message(Channel.MAIL, "relay1", (to,), "Hello", subject="Hi")
        deliveries.append(
            Delivery(
                delivery_id(event.key, "h", message), event.key, "h", message, now(), now() + DAY, on_unsure=unsure
            )
        )
    return Plan(event, deliveries, notes=[Note("h", "matched")])


@pytest.fixture
def outbox(redis: Redis) -> RedisOutbox:
    """An outbox whose leases end at once when a test wants it."""
    return RedisOutbox(redis, retention=DAY)


def answered(redis: Redis) -> None:
    """The provider is known to work: more than one delivery at a time may be claimed."""
    redis.hset(f"{PREFIX}provider:{WAY}", "answered_at", to_ms(now()))


@pytest.fixture
def queue(redis: Redis) -> Callable[[], Queue]:
    """The one queue's state."""
    return lambda: glance(redis).queues[0]


@pytest.mark.parametrize(
    ("fields", "state"),
    [({"message": "{"}, "retry"), ({"on_unsure": "ask"}, "retry"), ({"deadline": "soon"}, "dead")],
)
def test_a_record_that_cannot_be_read_costs_its_fellows_nothing(
    outbox: RedisOutbox, redis: Redis, fields: dict[str, str], state: str
) -> None:
    """It is settled alone, as our error: another version's worker may read it, if its numbers say until when."""
    answered(redis)
    outbox.plan([plan("e1", "a@x", "b@x", "c@x")])
    broken = redis.zrange(f"{PREFIX}due:{WAY}", 0, 0)[0].decode()
    redis.hset(f"{PREFIX}delivery:{broken}", mapping=fields)

    claim = outbox.claim(WAY, 3)

    assert len(claim.deliveries) == 2
    assert broken not in {delivery.id for delivery in claim.deliveries}
    row = redis.hmget(f"{PREFIX}delivery:{broken}", "state", "reason", "attempts", "lease")
    assert row == [state.encode(), b"internal_error", b"1", None]


def test_what_stands_behind_a_record_that_cannot_be_read_is_found(outbox: RedisOutbox, redis: Redis) -> None:
    """A window of one doesn't come back empty: that would end the drain."""
    outbox.plan([plan("e1", "a@x", "b@x")])
    broken = redis.zrange(f"{PREFIX}due:{WAY}", 0, 0)[0].decode()
    redis.hset(f"{PREFIX}delivery:{broken}", "message", "{")

    (delivery,) = outbox.claim(WAY, 1).deliveries

    assert delivery.id != broken
