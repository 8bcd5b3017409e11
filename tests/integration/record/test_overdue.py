"""Deadlines behind a circuit that isn't closed: hardly any attempt is made there that could give a delivery up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis

from notifier.circuit import Busy, Failed, Health
from notifier.embedded import EmbeddedRedis
from notifier.model import Channel, Delivery, Event, Message, delivery_id
from notifier.outcome import Deferred, Reason
from notifier.record.glance import glance
from notifier.record.outbox import Plan, Settlement, Way
from notifier.record.redis_outbox import RedisOutbox
from notifier.record.timeline import Timeline
from notifier.retry import Again
from notifier.wiring import Wiring

WAY = Way(Channel.MAIL, "relay1")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def plan(outbox: RedisOutbox, ident: str, count: int, lifetime: timedelta, *, expires: bool = False) -> None:
    """An event with so many deliveries."""
    now = datetime.now(UTC)
    event = Event(ident, "/pi", "token_init", now, raw=b"{}")
    messages = [Message(Channel.MAIL, "relay1", (f"{i}@example.com",), "Hello") for i in range(count)]
    rules = now, now + lifetime, expires
    outbox.plan([Plan(event, [Delivery(delivery_id(event.key, "h", m), event.key, "h", m, *rules) for m in messages])])


def attempt(outbox: RedisOutbox, health: Health | None) -> str:
    """The first is tried, and due again at once."""
    claim = outbox.claim(WAY, 1)
    (delivery,) = claim.deliveries
    answer, again = Deferred(Reason.CONNECTION_REFUSED, "connection refused"), Again(claim.now, counted=True)
    outbox.settle(claim, [Settlement(delivery.id, answer, again)], health)
    return delivery.id


@pytest.fixture
def outbox(redis: Redis) -> RedisOutbox:
    return RedisOutbox(redis, retention=DAY)


@pytest.mark.parametrize("health", [Failed(HOUR), Busy(HOUR)])
def test_what_is_overdue_behind_an_open_circuit_goes_to_the_desk(
    outbox: RedisOutbox, redis: Redis, health: Health
) -> None:
    """In the way it ends otherwise, with the last answer; what has time left waits on."""
    plan(outbox, "late", 3, -HOUR)
    tried = attempt(outbox, health)
    plan(outbox, "code", 2, -HOUR, expires=True)
    plan(outbox, "fresh", 4, HOUR)

    assert outbox.expire() == 5
    assert outbox.expire() == 0

    show = Timeline(redis).show
    late = show("late")["deliveries"]
    assert {(d["state"], d["reason"]) for d in late} == {("dead", "deadline_passed")}
    assert [("connection refused" in d["detail"]) for d in late] == [d["id"] == tried for d in late]
    assert {(d["state"], d["reason"]) for d in show("code")["deliveries"]} == {("expired", "expired")}
    assert (glance(redis).dead, glance(redis).queues[0].due) == (5, 4)


def test_those_behind_many_others_are_found(outbox: RedisOutbox, redis: Redis) -> None:
    """No call looks at many, and none is overlooked, wherever in the queue it is."""
    plan(outbox, "before", 30, HOUR)
    attempt(outbox, Failed(HOUR))
    plan(outbox, "late", 5, -HOUR)
    plan(outbox, "behind", 30, HOUR)

    given_up: list[int] = []
    while sum(given_up) < 5:
        given_up.append(outbox.expire(most=2))

    assert max(given_up) == 2
    assert glance(redis).queues[0].due == 60


def test_a_provider_that_works_gives_each_its_last_try(outbox: RedisOutbox, redis: Redis) -> None:
    """The attempt at the deadline decides there."""
    plan(outbox, "late", 3, -HOUR)

    assert outbox.expire() == 0
    assert glance(redis).queues[0].due == 3


def test_the_sweep_gives_up_what_is_overdue(
    outbox: RedisOutbox, redis: Redis, redis_server: EmbeddedRedis, tmp_path: Path
) -> None:
    """Nobody has to ask for it."""
    plan(outbox, "late", 2, -HOUR)
    attempt(outbox, Failed(HOUR))

    Wiring(tmp_path, {"NOTIFIER_REDIS_URL": redis_server.url}).sweep()

    assert glance(redis).dead == 2
