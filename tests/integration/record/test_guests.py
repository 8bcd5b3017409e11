"""Guests that a fallback won't have: they go home and stay there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from notifier.circuit import Failed, Health, Well
from notifier.configuration import Policies
from notifier.model import Channel, Delivery, Event, Message, OnUnsure, delivery_id
from notifier.outcome import Deferred, Outcome, Reason, Rejected
from notifier.record.desk import Answer, Desk
from notifier.record.glance import glance
from notifier.record.outbox import Plan, Settlement, Way
from notifier.record.redis_outbox import PREFIX, RedisOutbox
from notifier.record.timeline import Timeline
from notifier.retry import Again, GiveUp, Step

RELAY, SPARE = Way(Channel.MAIL, "relay"), Way(Channel.MAIL, "spare")

ONE_WAY = ((RELAY, SPARE), (SPARE, None))

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def plan(outbox: RedisOutbox, count: int, way: Way = RELAY, **more: OnUnsure) -> None:
    """So many deliveries for one provider, of one event named after it."""
    now = datetime.now(UTC)
    event = Event(way.provider, "/pi", "token_init", now, raw=b"{}")
    messages = [Message(Channel.MAIL, way.provider, (f"{i}@example.com",), "Hello") for i in range(count)]
    outbox.plan(
        [
            Plan(
                event,
                [Delivery(delivery_id(event.key, "h", m), event.key, "h", m, now, now + DAY, **more) for m in messages],
            )
        ]
    )


def attempt(outbox: RedisOutbox, way: Way, outcome: Outcome, step: Step, health: Health | None) -> str:
    """One delivery is tried."""
    claim = outbox.claim(way, 1)
    (delivery,) = claim.deliveries
    assert outbox.settle(claim, [Settlement(delivery.id, outcome, step)], health) == []
    return delivery.id


def fail(outbox: RedisOutbox, way: Way) -> str:
    """A provider refuses to be connected to."""
    refused = Deferred(Reason.CONNECTION_REFUSED, provider_failed=True)
    return attempt(outbox, way, refused, Again(datetime.now(UTC), counted=True), Failed(HOUR))


@pytest.fixture
def outbox(redis: Redis) -> RedisOutbox:
    return RedisOutbox(redis, retention=DAY)


@pytest.fixture
def queues(redis: Redis) -> Callable[[], dict[str, int]]:
    """How much is due where."""
    return lambda: {q.way.provider: q.due for q in glance(redis).queues}


def test_what_the_fallback_refuses_by_its_policy_goes_home_for_good(
    outbox: RedisOutbox, redis: Redis, queues: Callable[[], dict[str, int]]
) -> None:
    """It waits for whom it was planned for, and the record tells who refused it; a replay may try both again."""
    plan(outbox, 2)
    fail(outbox, RELAY)
    outbox.divert(ONE_WAY)
    denied = Rejected(Reason.POLICY_REFUSED, "554 5.7.1 Relay access denied")
    home = Again(datetime.now(UTC) - HOUR, counted=True, home=True)
    refused = attempt(outbox, SPARE, denied, home, Well())

    assert queues() == {"relay": 1, "spare": 1}
    assert outbox.divert(ONE_WAY) == {}
    shown = {d["id"]: d for d in Timeline(redis).show("relay")["deliveries"]}[refused]
    assert (shown["state"], shown["via"], shown["attempts"][-1]["provider"]) == ("retry", "relay", "spare")

    redis.delete(f"{PREFIX}provider:{RELAY}")
    asked = [attempt(outbox, RELAY, Rejected(Reason.REFUSED), GiveUp(Reason.REFUSED), Well())]
    desk = Desk(redis, retention=DAY, policies=Policies())
    assert asked == [refused]
    assert desk.replay(list(desk.letters())) == [Answer.DONE]
    assert redis.hget(f"{PREFIX}delivery:{refused}", "refused_by") is None


def test_those_that_must_stay_do_not_hide_those_that_may_go(outbox: RedisOutbox, redis: Redis) -> None:
    """Thirty that the fallback won't have stand in front; the new one behind them is found."""
    plan(outbox, 31)
    fail(outbox, RELAY)
    for delivery in redis.zrange(f"{PREFIX}due:{RELAY}", 0, 29):
        redis.hset(f"{PREFIX}delivery:{delivery.decode()}", "refused_by", str(SPARE))

    moved = 0
    for _ in range(5000):
        moved += outbox.divert(ONE_WAY, most=10)[SPARE]
        if moved:
            break

    assert moved == 1
