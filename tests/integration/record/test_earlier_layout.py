"""Records as an earlier version wrote them: they are delivered, shown and sent again all the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from records import WAY, Record, redis_record
from redis import Redis

from notifier.circuit import Failed, Well
from notifier.model import Channel
from notifier.outcome import Accepted, Reason, Rejected
from notifier.record.codec import encode_message, to_ms
from notifier.record.outbox import Way
from notifier.record.redis_outbox import PREFIX
from notifier.retry import Done, GiveUp

SPARE = Way(Channel.MAIL, "spare")


@pytest.fixture
def record(redis: Redis) -> Record:
    """One event with two deliveries, the first of which was tried once."""
    record = redis_record(redis)
    plan = record.prepare("e1", "kim@example.com", "lee@example.com")
    event, now = plan.event, to_ms(record.now())
    key = f"{PREFIX}event:{event.key}"
    fixed = {"id": "e1", "source": "/pi", "type": "token_init", "position": "post", "time": now, "planned": now}
    redis.hset(key, mapping={**fixed, "raw": event.raw, "notes": "[]", "open": 2})
    redis.sadd(f"{PREFIX}ids:e1", event.key)
    redis.sadd(f"{PREFIX}providers", str(WAY))
    for number, delivery in enumerate(plan.deliveries):
        fields = {
            "event": event.key, "event_id": "e1", "type": "token_init", "configuration_version": "c1", "attempts": 1,
            "handler": "h", "provider": str(WAY), "channel": "mail", "name": "relay1", "to": "k**@example.com",
            "message": encode_message(delivery.message), "created": now, "deadline": now + 86_400_000, "expires": 0,
            "on_unsure": "resend", "definition_version": "d1", "state": "queued", "reason": "", "detail": "",
        }  # fmt: skip
        redis.hset(f"{PREFIX}delivery:{delivery.id}", mapping=fields)
        redis.rpush(f"{key}:deliveries", delivery.id)
        redis.zadd(f"{PREFIX}due:{WAY}", {delivery.id: now + number})
        if not number:
            attempt = '{"at":1,"outcome":"deferred","reason":"greylisted","detail":"451","provider":"relay1"}'
            redis.rpush(f"{PREFIX}attempts:{delivery.id}", attempt)
    return record


def test_it_is_sent_and_forgotten(record: Record, redis: Redis) -> None:
    """Its attempts stay in order, and everything ends with the retention."""
    record.elapse(timedelta(seconds=1))
    for _ in range(2):
        record.attempt(Done(), Accepted("250 ok"), Well())

    one, other = record.deliveries("e1")
    assert [attempt["outcome"] for attempt in one["attempts"]] == ["deferred", "accepted"]
    assert [attempt["outcome"] for attempt in other["attempts"]] == ["accepted"]
    assert (one["channel"], one["provider"], one["configuration_version"]) == ("mail", "relay1", "c1")
    assert record.state("e1") == "final"
    lasting = {key for key in redis.scan_iter(f"{PREFIX}*") if redis.pttl(key) == -1}
    assert lasting == {f"{PREFIX}providers".encode(), f"{PREFIX}provider:{WAY}".encode()}


def test_it_is_on_the_desk_and_sent_again(record: Record) -> None:
    """By whom it was planned for."""
    record.elapse(timedelta(seconds=1))
    ident = record.attempt(GiveUp(Reason.REFUSED), Rejected(Reason.REFUSED, "550"), Well())

    (letter,) = record.desk.letters()
    assert (letter.id, letter.event, letter.type, letter.provider) == (ident, "e1", "token_init", "relay1")
    record.desk.replay([letter])
    record.elapse(timedelta(seconds=1))

    assert record.queue().due == 2


def test_it_goes_to_a_fallback_and_home_again(record: Record) -> None:
    """Home is where its channel and its name say."""
    record.elapse(timedelta(seconds=1))
    record.attempt(Done(), Rejected(Reason.REFUSED), Failed(timedelta(minutes=1)))
    assert isinstance(record.outbox.divert([(WAY, SPARE)]), dict)

    (diverted,) = [delivery for delivery in record.deliveries("e1") if delivery["state"] == "queued"]
    assert (diverted["provider"], diverted["via"]) == ("relay1", "spare")
