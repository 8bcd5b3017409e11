"""Records as the version before wrote them are read, tried, settled, shown and sent again; there is no migration."""

from __future__ import annotations

from typing import Any

import pytest
from records import DAY, Record, redis_record
from redis import Redis

from notifier.circuit import Failed, Well
from notifier.model import Channel, Delivery, Message, OnUnsure, delivery_id
from notifier.outcome import Accepted, Deferred, Reason, Rejected
from notifier.record.codec import to_ms
from notifier.record.desk import Answer
from notifier.record.outbox import Plan, Way
from notifier.record.redis_outbox import PREFIX
from notifier.retry import Again, Done, GiveUp

HOME, SPARE = Way(Channel.MAIL, "relay1"), Way(Channel.MAIL, "spare")
MESSAGE = (
    '{"channel":"mail","provider":"relay1","to":["kim@example.com"],"body":"Hello","subject":"Hi","mimetype":"plain","sender":"",'
    '"reply_to":"","filename":"","alternative":"","locale":"","thread":"","attachments":[]}'
)
WORDS = Message(Channel.MAIL, "relay1", ("kim@example.com",), "Hello", subject="Hi")


class Former:
    """One event with one delivery, every field written, and what has become of both since."""

    def __init__(self, redis: Redis) -> None:
        self.redis: Any = redis
        self.record: Record = redis_record(redis)
        event = self.record.event("e1")
        self.key, self.ident = event.key, delivery_id(event.key, "h", WORDS)
        self.delivery = f"{PREFIX}delivery:{self.ident}"
        now = to_ms(event.time)
        head = {
            "id": "e1",
            "source": "/pi",
            "type": "token_init",
            "position": "pre",
            "raw": b'{"id":"e1"}',
            "time": now,
        }
        notes = '[["h", "matched", "", ""], ["other", "not_matched", "", "realm"]]'
        redis.hset(f"{PREFIX}event:{self.key}", mapping={**head, "notes": notes, "open": 1, "planned": now})
        redis.sadd(f"{PREFIX}ids:e1", self.key)
        redis.rpush(f"{PREFIX}event:{self.key}:deliveries", self.ident)
        fields = {
            "event": self.key, "event_id": "e1", "type": "token_init", "configuration_version": "c1", "attempts": 0,
            "handler": "h", "provider": "mail:relay1", "channel": "mail", "name": "relay1", "to": "k**@example.com",
            "message": MESSAGE, "created": now, "deadline": now + 86_400_000, "expires": 0, "on_unsure": "resend",
            "definition_version": "d1", "state": "queued", "reason": "", "detail": "",
        }  # fmt: skip
        redis.hset(self.delivery, mapping=fields)
        self.queue(HOME)

    def queue(self, way: Way) -> None:
        """It is due there."""
        self.redis.sadd(f"{PREFIX}providers", str(way))
        self.redis.zadd(f"{PREFIX}due:{way}", {self.ident: 1})
        self.redis.hset(self.delivery, "provider", str(way))

    @property
    def shown(self) -> dict[str, Any]:
        """Its delivery, as `show` tells."""
        (delivery,) = self.record.deliveries("e1")
        return delivery


@pytest.fixture
def former(redis: Redis) -> Former:
    """What an upgrade finds."""
    return Former(redis)


def test_it_is_shown(former: Former) -> None:
    """By its producer's id, its event's key and its own."""
    story = former.record.show("e1")

    assert story == former.record.show(former.key)
    assert story["deliveries"] == former.record.show(former.ident)["deliveries"]
    event = {name: story["event"][name] for name in ("id", "source", "type", "position", "state")}
    assert event == {"id": "e1", "source": "/pi", "type": "token_init", "position": "pre", "state": "open"}
    assert [h["name"] for h in story["event"]["handlers"]] == ["h", "other"]
    assert story["event"]["handlers"][1]["detail"] == "realm"
    names = "state", "handler", "channel", "provider", "via", "to", "definition_version", "configuration_version"
    assert [former.shown[n] for n in names] == [
        "queued",
        "h",
        "mail",
        "relay1",
        "relay1",
        "k**@example.com",
        "d1",
        "c1",
    ]


def test_it_is_claimed_sent_and_forgotten(former: Former) -> None:
    """What it says is what was planned, and nothing of it stays for ever."""
    claim = former.record.outbox.claim(HOME, 1)
    (delivery,) = claim.deliveries

    assert (delivery.message, delivery.handler, delivery.event) == (WORDS, "h", former.key)
    assert (delivery.expires, delivery.on_unsure, delivery.attempts) == (False, OnUnsure.RESEND, 0)
    former.record.settle(claim, Done(), Accepted("250 ok"))

    assert former.shown["state"] == "sent"
    assert former.record.state("e1") == "final"
    assert not former.redis.hexists(former.delivery, "message")
    for kind in (f"event:{former.key}", f"event:{former.key}:deliveries", "ids:e1", f"delivery:{former.ident}"):
        assert 0 < former.redis.pttl(PREFIX + kind) <= DAY.total_seconds() * 1000, kind


def test_it_is_a_letter_that_is_sent_again(former: Former) -> None:
    """The desk names its event; a replay gives it its attempts back."""
    former.record.attempt(GiveUp(Reason.REFUSED), Rejected(Reason.REFUSED, "550 no"))
    (letter,) = former.record.desk.letters()

    assert (letter.event, letter.type, letter.channel, letter.provider, letter.via) == (
        "e1", "token_init", "mail", "relay1", "relay1",
    )  # fmt: skip
    assert (letter.definition_version, letter.configuration_version, letter.attempts) == ("d1", "c1", 1)
    assert former.record.desk.replay([letter]) == [Answer.DONE]
    (delivery,) = former.record.outbox.claim(HOME, 1).deliveries
    assert (delivery.id, delivery.attempts, delivery.message) == (former.ident, 0, WORDS)


def test_it_is_recomposed(former: Former) -> None:
    """Its text, versions and provider are today's; it stays the same delivery."""
    former.record.attempt(GiveUp(Reason.REFUSED), Rejected(Reason.REFUSED))
    assert former.record.desk.replay(list(former.record.desk.letters()), recompose=True) == [Answer.REOPENED]
    reopening = former.record.reopenings.of(former.key)
    assert reopening is not None
    now = former.record.now()
    new = Message(Channel.MAIL, "spare", WORDS.to, "Dear Kim")
    today = Delivery(former.ident, former.key, "h", new, now, now + DAY, definition_version="d2")

    plan = Plan(former.record.event("e1"), [today], configuration_version="c2")
    assert former.record.reopenings.recompose(reopening, plan) == {SPARE: 1}

    (delivery,) = former.record.outbox.claim(SPARE, 1).deliveries
    assert (delivery.id, delivery.message) == (former.ident, new)
    names = "channel", "provider", "via", "definition_version", "configuration_version", "reason"
    assert [former.shown[n] for n in names] == ["mail", "spare", "spare", "d2", "c2", ""]


def test_it_goes_to_a_fallback_and_home(former: Former) -> None:
    """Whom it was planned for is remembered, wherever it queues when it is read first."""
    former.queue(HOME)
    refused = Deferred(Reason.CONNECTION_REFUSED, provider_failed=True)
    former.record.attempt(Again(former.record.now(), counted=False), refused, Failed(DAY))
    former.redis.zadd(f"{PREFIX}due:{HOME}", {former.ident: 1})

    assert former.record.outbox.divert([(HOME, SPARE), (SPARE, None)]) == {SPARE: 1}
    assert (former.shown["provider"], former.shown["via"]) == ("relay1", "spare")
    denied = Rejected(Reason.POLICY_REFUSED, "554 relaying denied")
    former.record.attempt(Again(former.record.now(), counted=True, home=True), denied, Well(), SPARE)
    assert (former.shown["provider"], former.shown["via"]) == ("relay1", "relay1")


def test_a_guest_goes_home(former: Former) -> None:
    """The version before sent it to a fallback, which isn't one any more."""
    former.redis.zrem(f"{PREFIX}due:{HOME}", former.ident)
    former.queue(SPARE)
    former.redis.hset(f"{PREFIX}provider:{SPARE}", mapping={"failures": 1, "resume_at": 1 << 42})
    assert (former.shown["provider"], former.shown["via"]) == ("relay1", "spare")

    assert former.record.outbox.divert([(HOME, None)]) == {HOME: 1}

    assert (former.shown["provider"], former.shown["via"]) == ("relay1", "relay1")
    assert former.record.attempt(Done(), Accepted()) == former.ident


def test_what_a_worker_left_behind_is_taken_back(former: Former) -> None:
    """Its lease ended: on_unsure decides, as it was written."""
    former.redis.hset(former.delivery, "on_unsure", "hold")
    assert former.record.outbox.claim(HOME, 1).deliveries
    former.record.elapse(DAY / 2)

    assert former.record.outbox.reclaim() == 1

    assert (former.shown["state"], former.shown["reason"]) == ("held", "worker_lost")


def test_its_event_is_not_planned_again(former: Former) -> None:
    """A worker that died before it acknowledged the event finds it planned."""
    assert not former.record.plan("e1", "kim@example.com")
    assert len(former.record.deliveries("e1")) == 1


def test_what_joins_it_is_shown_behind_it(former: Former) -> None:
    """Its event waited for the directory when the version changed: the deliveries keep their order."""
    former.redis.hdel(f"{PREFIX}event:{former.key}", "planned")

    assert former.record.plan("e1", "kim@example.com", "lee@example.com", "max@example.com")

    assert [d["to"][0] for d in former.record.deliveries("e1")] == ["k", "l", "m"]
    former.record.answers()
    former.record.settle(former.record.outbox.claim(HOME, 3), Done(), Accepted())
    assert former.record.state("e1") == "final"
    assert all(former.redis.pttl(f"{PREFIX}delivery:{d['id']}") > 0 for d in former.record.deliveries("e1"))
