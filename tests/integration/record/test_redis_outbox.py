"""What only a real Redis can show; all that any outbox has to do is in tests/contract/record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from records import DAY, HOUR, WAY, Record, redis_record
from redis import Redis

from notifier.model import Delivery
from notifier.outcome import Accepted, Reason, Rejected
from notifier.record.codec import iso, to_ms
from notifier.record.redis_outbox import CHUNK, PREFIX, RedisOutbox
from notifier.retry import Again, Done, GiveUp


def test_sent_is_final_and_its_text_is_erased(redis: Redis) -> None:
    """What was sent leaves a trace without its text, and the trace ends with retention."""
    record = redis_record(redis)
    record.plan("e1", "kim@example.com")
    ident = record.attempt(Done(), Accepted("250 ok"))

    assert not redis.hexists(f"{PREFIX}delivery:{ident}", "message")
    for key in every_key_of(record, ident):
        assert 0 < redis.pttl(PREFIX + key) <= DAY.total_seconds() * 1000, key


def test_what_is_not_final_has_no_end(redis: Redis) -> None:
    """A dead letter waits for its operator, however long that takes; discarded, its text goes at once."""
    record = redis_record(redis)
    record.plan("e1", "kim@example.com")
    ident = record.attempt(GiveUp(Reason.REFUSED), Rejected(Reason.REFUSED))
    for key in every_key_of(record, ident):
        assert redis.pttl(PREFIX + key) == -1, key

    record.desk.discard(list(record.desk.letters()))

    assert not redis.hexists(f"{PREFIX}delivery:{ident}", "message")
    for key in every_key_of(record, ident):
        assert redis.pttl(PREFIX + key) > 0, key


def test_further_deliveries_and_attempts_are_forgotten_with_the_first(redis: Redis) -> None:
    """The first of each stands in a hash, the others in lists: all end with the retention."""
    record = redis_record(redis)
    record.plan("e1", "kim@example.com", "lee@example.com", "max@example.com")
    record.answers()
    for step in (Again(record.now(), counted=True), Done()):
        record.settle(record.outbox.claim(WAY, 3), step, Accepted("250 ok"))

    shown = record.deliveries("e1")
    assert [len(delivery["attempts"]) for delivery in shown] == [2, 2, 2]
    lists = {key for key in redis.scan_iter(f"{PREFIX}*") if redis.type(key) == b"list"}
    assert len(lists) == 1 + 3
    for key in (*lists, *(f"{PREFIX}delivery:{delivery['id']}".encode() for delivery in shown)):
        assert 0 < redis.pttl(key) <= DAY.total_seconds() * 1000, key


def every_key_of(record: Record, delivery: str) -> list[str]:
    """The keys that an event and its only delivery have."""
    event = record.event("e1").key
    return [f"event:{event}", f"delivery:{delivery}"]


def test_what_is_planned_by_half_is_not_final(redis: Redis) -> None:
    """Though all that is there was sent: more of the event follows."""
    record = redis_record(redis)
    whole = record.prepare("e1", *(f"user{i}@example.com" for i in range(CHUNK + 1)))

    def broken() -> Iterator[Delivery]:
        yield from whole.deliveries  # the last one isn't written any more
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        record.outbox.plan([replace(whole, deliveries=broken())])
    record.answers()
    record.settle(record.outbox.claim(WAY, CHUNK), Done(), Accepted())

    assert record.state("e1") == "open"
    record.outbox.plan([whole])
    record.settle(record.outbox.claim(WAY, CHUNK), Done(), Accepted())
    assert record.state("e1") == "final"


def test_no_call_keeps_redis_busy_for_long(redis: Redis) -> None:
    """An event with thousands of deliveries is written in pieces."""
    outbox = RedisOutbox(redis, retention=DAY)
    calls: list[int] = []
    run: Any = outbox._run

    class Watched:
        def replicated(self, replicas: Any, name: str, *arguments: Any) -> Any:
            calls.append(sum(argument == "queued" for argument in arguments))
            return run.replicated(replicas, name, *arguments)

    outbox._run = Watched()  # type: ignore[assignment]
    outbox.plan([redis_record(redis).prepare("e1", *(f"user{i}@example.com" for i in range(2 * CHUNK + 1)))])

    assert len(calls) > 2
    assert max(calls) <= CHUNK


def test_when_a_delivery_was_planned_is_what_its_event_says(redis: Redis) -> None:
    """It is written with each only where the event is planned in several calls; a mail's Date never changes."""
    record = redis_record(redis)
    record.plan("e1", "kim@example.com")
    record.elapse(HOUR)

    (delivery,) = record.outbox.claim(WAY, 1).deliveries

    assert not redis.hexists(f"{PREFIX}delivery:{delivery.id}", "created")
    assert iso(to_ms(delivery.created)) == record.deliveries("e1")[0]["created"]
    assert record.now() - delivery.created >= HOUR


def test_what_is_planned_by_half_says_itself_when_it_was(redis: Redis) -> None:
    """Its event isn't planned yet, and will be later."""
    record = redis_record(redis)
    whole = record.prepare("e1", *(f"user{i}@example.com" for i in range(CHUNK + 1)))

    def broken() -> Iterator[Delivery]:
        yield from whole.deliveries
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        record.outbox.plan([replace(whole, deliveries=broken())])
    record.elapse(HOUR)

    (delivery,) = record.outbox.claim(WAY, 1).deliveries

    assert record.now() - delivery.created >= HOUR


def test_a_delivery_is_sent_though_its_event_is_gone(redis: Redis) -> None:
    """Somebody erased it by hand: what was decided stands."""
    record = redis_record(redis)
    record.plan("e1", "kim@example.com")
    redis.delete(f"{PREFIX}event:{record.event('e1').key}")

    ident = record.attempt(Done(), Accepted())

    assert redis.hget(f"{PREFIX}delivery:{ident}", "state") == b"sent"
