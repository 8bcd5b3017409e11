"""The circuit of a provider in a real Redis, shared by all workers: opened by its failures, closed by one probe."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from notifier.circuit import Busy, Failed, Health, State, Well
from notifier.model import Channel, Delivery, Event, Message, delivery_id
from notifier.outcome import Accepted, Deferred, Reason
from notifier.record.codec import to_ms
from notifier.record.glance import Queue, glance
from notifier.record.outbox import Claim, Plan, Settlement, Way
from notifier.record.redis_outbox import PREFIX, RedisOutbox
from notifier.retry import Again, Done

WAY = Way(Channel.MAIL, "relay1")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
KEY = f"{PREFIX}provider:{WAY}"


@pytest.fixture
def outbox(redis: Redis) -> RedisOutbox:
    """Ten deliveries are due."""
    outbox = RedisOutbox(redis, retention=DAY)
    now = datetime.now(UTC)
    event = Event("e1", "/pi", "token_init", now, raw=b"{}")
    messages = [Message(Channel.MAIL, "relay1", (f"{i}@example.com",), "Hello") for i in range(10)]
    deliveries = [Delivery(delivery_id(event.key, "h", m), event.key, "h", m, now, now + DAY) for m in messages]
    outbox.plan([Plan(event, deliveries)])
    return outbox


@pytest.fixture
def queue(redis: Redis) -> Callable[[], Queue]:
    """The one queue."""
    return lambda: glance(redis).queues[0]


def settle(outbox: RedisOutbox, claim: Claim, health: Health | None) -> None:
    """All of it is handed back, with a word on the provider's health."""
    back = [Settlement(d.id, None, Again(claim.now, counted=False)) for d in claim.deliveries]
    assert outbox.settle(claim, back, health) == []


def pass_by(redis: Redis) -> None:
    """The pause is over."""
    redis.hset(KEY, "resume_at", to_ms(datetime.now(UTC)) - 1)


def test_a_provider_that_nobody_knows_to_work_gets_one_delivery(outbox: RedisOutbox) -> None:
    """Two workers at a server nobody has heard of: one tries one delivery, the other goes its way."""
    first, second = outbox.claim(WAY, 64), outbox.claim(WAY, 64)

    assert (len(first.deliveries), len(second.deliveries)) == (1, 0)


def test_once_it_answered_it_gets_as_many_as_there_are(outbox: RedisOutbox) -> None:
    """Its answer is known to all workers at once."""
    settle(outbox, outbox.claim(WAY, 64), Well())

    assert [len(outbox.claim(WAY, 3).deliveries) for _ in range(2)] == [3, 3]


def test_an_answer_of_long_ago_shows_nothing(outbox: RedisOutbox, redis: Redis) -> None:
    """A server that was silent for longer than two leases is approached by one worker again."""
    fresh = outbox.fresh(WAY)
    redis.hset(KEY, "answered_at", to_ms(datetime.now(UTC) - fresh - timedelta(seconds=1)))

    assert [len(outbox.claim(WAY, 64).deliveries) for _ in range(2)] == [1, 0]


def test_while_it_is_open_nothing_is_claimed(outbox: RedisOutbox, queue: Callable[[], Queue]) -> None:
    """Its deliveries wait outside any worker."""
    settle(outbox, outbox.claim(WAY, 1), Failed(HOUR))

    assert outbox.claim(WAY, 64).deliveries == ()
    assert (queue().state, queue().failures, queue().leased) == (State.OPEN, 1, 0)


def test_half_open_lets_one_probe_through(outbox: RedisOutbox, redis: Redis, queue: Callable[[], Queue]) -> None:
    """Two workers, one probe, until it is settled; even if the provider worked a second ago."""
    settle(outbox, outbox.claim(WAY, 1), Well())
    settle(outbox, outbox.claim(WAY, 64), Failed(HOUR))
    pass_by(redis)
    assert queue().state is State.HALF_OPEN

    probe, other = outbox.claim(WAY, 64), outbox.claim(WAY, 64)
    assert (len(probe.deliveries), len(other.deliveries)) == (1, 0)
    settle(outbox, probe, None)  # it had expired, say: nobody knows more than before
    probe, other = outbox.claim(WAY, 64), outbox.claim(WAY, 64)
    assert (len(probe.deliveries), len(other.deliveries)) == (1, 0)


def test_a_probe_whose_worker_is_lost_makes_way_for_the_next(outbox: RedisOutbox, redis: Redis) -> None:
    """Its lease has ended: another may try, although nobody has taken the first one back yet."""
    settle(outbox, outbox.claim(WAY, 1), Failed(HOUR))
    pass_by(redis)
    (lost,) = outbox.claim(WAY, 1).deliveries
    redis.zadd(f"{PREFIX}leased:{WAY}", {lost.id: to_ms(datetime.now(UTC)) - 1})

    (second,) = outbox.claim(WAY, 64).deliveries

    assert second.id != lost.id


def test_a_probe_that_is_answered_closes(outbox: RedisOutbox, redis: Redis, queue: Callable[[], Queue]) -> None:
    """All of its deliveries may go, and all workers know."""
    settle(outbox, outbox.claim(WAY, 1), Failed(HOUR))
    pass_by(redis)

    settle(outbox, outbox.claim(WAY, 64), Well())

    assert (queue().state, queue().failures) == (State.OK, 0)
    assert len(outbox.claim(WAY, 64).deliveries) == 10


def test_a_probe_that_fails_opens_again(outbox: RedisOutbox, redis: Redis, queue: Callable[[], Queue]) -> None:
    """It has failed twice in a row now, so the next pause is longer."""
    settle(outbox, outbox.claim(WAY, 1), Failed(HOUR))
    pass_by(redis)

    settle(outbox, outbox.claim(WAY, 64), Failed(HOUR))

    assert (queue().state, queue().failures) == (State.OPEN, 2)


def test_workers_that_meet_one_failure_together_count_once(outbox: RedisOutbox, queue: Callable[[], Queue]) -> None:
    """Four that hang at a server that went away don't make a pause of eight seconds."""
    settle(outbox, outbox.claim(WAY, 1), Well())
    claims = [outbox.claim(WAY, 1) for _ in range(4)]

    for claim in claims:
        settle(outbox, claim, Failed(HOUR))

    assert queue().failures == 1


def test_what_was_under_way_when_it_opened_does_not_close_it(outbox: RedisOutbox, queue: Callable[[], Queue]) -> None:
    """A success that began before the failure says nothing of the time after it."""
    settle(outbox, outbox.claim(WAY, 1), Well())
    early, late = outbox.claim(WAY, 1), outbox.claim(WAY, 1)
    settle(outbox, late, Failed(HOUR))

    settle(outbox, early, Well())

    assert queue().state is State.OPEN


def test_a_pause_that_is_asked_for_is_no_failure(outbox: RedisOutbox, redis: Redis, queue: Callable[[], Queue]) -> None:
    """429 with Retry-After: nothing is claimed until then, and afterwards one delivery first."""
    settle(outbox, outbox.claim(WAY, 1), Well())
    settle(outbox, outbox.claim(WAY, 64), Busy(HOUR))

    assert (queue().state, queue().failures) == (State.THROTTLED, 0)
    assert outbox.claim(WAY, 64).deliveries == ()
    pass_by(redis)
    assert queue().state is State.OK
    assert [len(outbox.claim(WAY, 64).deliveries) for _ in range(2)] == [1, 0]


def test_a_probe_that_is_throttled_has_been_answered(
    outbox: RedisOutbox, redis: Redis, queue: Callable[[], Queue]
) -> None:
    """It is there, and it wants a pause."""
    settle(outbox, outbox.claim(WAY, 1), Failed(HOUR))
    pass_by(redis)

    settle(outbox, outbox.claim(WAY, 64), Busy(HOUR))

    assert (queue().state, queue().failures) == (State.THROTTLED, 0)


@pytest.mark.parametrize("health", [Well(), Failed(HOUR), Busy(HOUR)])
def test_who_lost_the_lease_changes_nothing(redis: Redis, health: Health, queue: Callable[[], Queue]) -> None:
    """Neither the delivery nor what is known of the provider: what it saw is long past."""
    outbox = RedisOutbox(redis, retention=DAY, lease=timedelta(0))
    now = datetime.now(UTC)
    message = Message(Channel.MAIL, "relay1", ("a@example.com",), "Hello")
    outbox.plan([Plan(Event("e1", "/pi", "t", now), [Delivery("d1", "e1", "h", message, now, now + DAY)])])
    lost = outbox.claim(WAY, 1)
    outbox.reclaim()
    held = outbox.claim(WAY, 1)
    before = redis.hgetall(KEY), redis.hgetall(f"{PREFIX}delivery:d1"), redis.lrange(f"{PREFIX}attempts:d1", 0, -1)

    stale = outbox.settle(lost, [Settlement("d1", Accepted(), Done())], health)

    after = redis.hgetall(KEY), redis.hgetall(f"{PREFIX}delivery:d1"), redis.lrange(f"{PREFIX}attempts:d1", 0, -1)
    assert (stale, after) == (["d1"], before)
    late = Settlement("d1", Deferred(Reason.GREYLISTED), Again(held.now, counted=True))
    assert outbox.settle(held, [late], None) == []
    assert queue().deferred == 1
