"""The corridor's second half over a real outbox, with providers of a few lines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from notifier.configuration import RetryPolicy
from notifier.model import Channel, Delivery, Event, Message, delivery_id
from notifier.observe.events import Attempted, Observation
from notifier.outcome import Accepted, Deferred, Misconfigured, Outcome, Reason, Rejected
from notifier.pipeline import Attempts
from notifier.record.glance import glance
from notifier.record.keeper import LeaseKeeper
from notifier.record.outbox import Plan, Way
from notifier.record.redis_outbox import RedisOutbox
from notifier.record.timeline import Timeline

WAY = Way(Channel.MAIL, "relay1")
DAY = timedelta(days=1)


class Peer:
    """A provider that answers by recipient."""

    def __init__(self, answer: Callable[[str], Outcome]) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def send(self, delivery: Delivery) -> Outcome:
        self.asked.append(delivery.message.to[0])
        return self.answer(delivery.message.to[0])

    def close(self) -> None:
        pass


@pytest.fixture
def outbox(redis: Redis) -> RedisOutbox:
    return RedisOutbox(redis, retention=DAY)


def attempts(outbox: RedisOutbox, peer: Peer, seen: list[Observation] | None = None) -> Attempts:
    return Attempts(
        outbox=outbox,
        keeper=LeaseKeeper(timedelta(seconds=5)),
        providers=lambda _: peer,
        policies={"mail": RetryPolicy(first=timedelta(hours=1))},
        observe=(seen if seen is not None else []).append,
        roll=lambda: 0.5,
    )


def plan(outbox: RedisOutbox, *recipients: str, lifetime: timedelta = DAY, expires: bool = False) -> None:
    now = datetime.now(UTC)
    event = Event("e1", "/pi", "token_init", now, raw=b"{}")
    messages = [Message(Channel.MAIL, "relay1", (to,), "Hello") for to in recipients]
    outbox.plan(
        [
            Plan(
                event,
                [
                    Delivery(delivery_id(event.key, "h", m), event.key, "h", m, now, now + lifetime, expires=expires)
                    for m in messages
                ],
            )
        ]
    )


def test_31_114_each_recipient_on_its_own(outbox: RedisOutbox, redis: Redis) -> None:
    """One accepted, one refused for good, one for a while: three ends, no repetition."""
    answers = {
        "a@x": Accepted("250"),
        "b@x": Rejected(Reason.MAILBOX_UNAVAILABLE, "550"),
        "c@x": Deferred(Reason.GREYLISTED, "451"),
    }
    peer, seen = Peer(answers.__getitem__), list[Observation]()
    plan(outbox, *answers)

    tally = attempts(outbox, peer, seen).attempt(WAY, 5)

    assert tally == {"accepted": 1, "rejected": 1, "deferred": 1}
    states = {d["to"][:1]: d["state"] for d in Timeline(redis).show("e1")["deliveries"]}
    assert states == {"a": "sent", "b": "dead", "c": "retry"}
    assert sorted(o.step for o in seen if isinstance(o, Attempted)) == ["dead", "retry", "sent"]


@pytest.mark.parametrize(
    "failure",
    [Deferred(Reason.CONNECTION_REFUSED, provider_failed=True), Misconfigured(Reason.AUTHENTICATION_FAILED)],
)
def test_a_failing_provider_is_asked_once_not_for_each_message(
    outbox: RedisOutbox, redis: Redis, failure: Outcome
) -> None:
    """The first failure pauses the queue; its fellows keep all their attempts."""
    peer = Peer(lambda _: failure)
    plan(outbox, *(f"{i}@x" for i in range(50)))

    attempts(outbox, peer).attempt(WAY, 5)
    attempts(outbox, peer).attempt(WAY, 5)

    assert len(peer.asked) == 1
    (queue,) = glance(redis).queues
    assert (queue.state, queue.leased, queue.due + queue.waiting) == ("failing", 0, 50)


def test_what_has_expired_is_not_sent(outbox: RedisOutbox, redis: Redis) -> None:
    """A code whose time is over is harmful: it goes to the desk untried."""
    peer = Peer(lambda _: Accepted())
    plan(outbox, "a@x", lifetime=timedelta(seconds=-1), expires=True)

    attempts(outbox, peer).attempt(WAY, 5)

    assert peer.asked == []
    (delivery,) = Timeline(redis).show("e1")["deliveries"]
    assert (delivery["state"], delivery["reason"], delivery["attempts"]) == ("expired", "expired", [])
    assert glance(redis).dead == 1


def test_55_114_a_bug_met_by_one_message_does_not_stop_its_queue(outbox: RedisOutbox, redis: Redis) -> None:
    """Recorded as our error, tried again later; the others go out."""

    def answer(to: str) -> Outcome:
        if to == "a@x":
            raise ZeroDivisionError
        return Accepted()

    plan(outbox, "a@x", "b@x")

    attempts(outbox, Peer(answer)).attempt(WAY, 5)

    found = {d["to"][:1]: (d["state"], d["reason"]) for d in Timeline(redis).show("e1")["deliveries"]}
    assert found == {"a": ("retry", "internal_error"), "b": ("sent", "ok")}
