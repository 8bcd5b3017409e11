"""What `show` finds, and says of events that others share an id with, or that aren't planned to their end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from notifier.errors import UnknownId
from notifier.model import Channel, Delivery, Event, Message, delivery_id
from notifier.outcome import Accepted
from notifier.record.outbox import Plan, Settlement, Way
from notifier.record.redis_outbox import CHUNK, PREFIX, RedisOutbox
from notifier.record.timeline import Timeline
from notifier.retry import Done

WAY = Way(Channel.MAIL, "relay1")


def plan_of(source: str, count: int) -> Plan:
    """What follows from an event that its producer called 1."""
    now = datetime.now(UTC)
    event = Event("1", source, "token_init", now, raw=b"{}")
    messages = [Message(Channel.MAIL, "relay1", (f"{i}@example.com",), "Hello") for i in range(count)]
    rules = now, now + timedelta(days=1)
    return Plan(event, [Delivery(delivery_id(event.key, "h", m), event.key, "h", m, *rules) for m in messages])


def send(outbox: RedisOutbox) -> int:
    """All that is due is sent; how much."""
    sent = 0
    while (claim := outbox.claim(WAY, CHUNK)).deliveries:
        outbox.settle(claim, [Settlement(d.id, Accepted("250"), Done()) for d in claim.deliveries], None)
        sent += len(claim.deliveries)
    return sent


@pytest.fixture
def outbox(redis: Redis) -> RedisOutbox:
    return RedisOutbox(redis, retention=timedelta(days=7))


@pytest.mark.parametrize("sources", [0, 999, 1000])
@pytest.mark.parametrize("first", ["/final", "/due"])
def test_an_event_is_found_by_its_id_as_long_as_it_is_kept(
    outbox: RedisOutbox, redis: Redis, first: str, sources: int
) -> None:
    """Another source's event of the same id is forgotten: whichever came first, and however many sources there are."""
    if sources:
        redis.sadd(f"{PREFIX}sources", *map(str, range(sources)))
    final, due = plan_of("/final", 0), plan_of("/due", 1)
    outbox.plan([final, due] if first == "/final" else [due, final])
    show = Timeline(redis).show
    with pytest.raises(UnknownId, match="2 sources"):
        show("1")

    assert bool(redis.exists(f"{PREFIX}ids:1")) == (sources > 0)
    assert redis.pttl(f"{PREFIX}ids:1") == -1 or sources < 1000
    redis.delete(f"{PREFIX}event:{final.event.key}")  # its retention is over

    assert show("1")["event"]["source"] == "/due"
    assert send(outbox) == 1
    assert redis.pttl(f"{PREFIX}ids:1") != -1
    assert redis.scard(f"{PREFIX}sources") <= 1000


def test_an_event_planned_by_half_is_not_final(outbox: RedisOutbox, redis: Redis) -> None:
    """What there is of it is sent, but more will follow."""
    whole = plan_of("/pi", CHUNK + 1)

    def interrupted() -> Iterator[Delivery]:
        yield from whole.deliveries
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        outbox.plan([Plan(whole.event, interrupted())])
    redis.hset(f"{PREFIX}provider:{WAY}", "answered_at", 1 << 42)
    assert send(outbox) == CHUNK

    assert Timeline(redis).show("1")["event"]["state"] == "open"
    outbox.plan([whole])
    assert send(outbox) == 1
    assert Timeline(redis).show("1")["event"]["state"] == "final"
