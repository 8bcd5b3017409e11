"""The corridor's second half over a real outbox, with providers of a few lines."""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from notifier.configuration import Policies, RetryPolicy
from notifier.model import Channel, Delivery, Event, Message, delivery_id
from notifier.observe.events import Attempted, Observation
from notifier.outcome import Accepted, Deferred, Misconfigured, Outcome, Reason, Rejected, Throttled, Unsure
from notifier.pipeline import Attempts
from notifier.record.glance import glance
from notifier.record.keeper import LeaseKeeper
from notifier.record.outbox import Claim, Plan, RecordError, Way
from notifier.record.redis_outbox import PREFIX, RedisOutbox
from notifier.record.timeline import Timeline
from notifier.retry import LAST_TRY

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


class Wide:
    """An outbox of which everybody claims all there is."""

    def __init__(self, outbox: RedisOutbox) -> None:
        self.outbox = outbox
        self.plan, self.settle, self.renew = outbox.plan, outbox.settle, outbox.renew

    def claim(self, way: Way, limit: int) -> Claim:
        return self.outbox.claim(way, limit + 64)


@pytest.fixture
def outbox(redis: Redis) -> RedisOutbox:
    return RedisOutbox(redis, retention=DAY)


def attempts(
    outbox: RedisOutbox | Wide,
    peer: Peer,
    seen: list[Observation] | None = None,
    *,
    policies: Policies | None = None,
    keeper: LeaseKeeper | None = None,
) -> Attempts:
    return Attempts(
        outbox=outbox,
        keeper=keeper or LeaseKeeper(timedelta(seconds=5)),
        providers=lambda _: nullcontext(peer),
        policies=policies or Policies({"mail": RetryPolicy(first=timedelta(hours=1))}),
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


def test_whoever_listens_stands_between_no_yes_and_its_record(outbox: RedisOutbox, redis: Redis) -> None:
    """A log whose disk is full: what was sent is recorded first, so nobody sends it again."""

    class Full(list[Observation]):
        def append(self, _: Observation) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    peer = Peer(lambda _: Accepted())
    plan(outbox, "a@x")

    with pytest.raises(OSError, match="No space left"):
        attempts(outbox, peer, Full()).attempt(WAY, 5)

    assert [d["state"] for d in Timeline(redis).show("e1")["deliveries"]] == ["sent"]


def test_what_could_not_be_recorded_is_not_told_as_sent(outbox: RedisOutbox) -> None:
    """The provider took it, and the record will say unsure: the log must not know better."""

    def refuse(*_: object) -> Sequence[str]:
        raise RecordError("READONLY")

    wide, seen = Wide(outbox), list[Observation]()
    wide.settle = refuse
    plan(outbox, "a@x")

    with pytest.raises(RecordError):
        attempts(wide, Peer(lambda _: Accepted()), seen).attempt(WAY, 5)

    assert [(o.outcome, o.step) for o in seen if isinstance(o, Attempted)] == [("accepted", "unrecorded")]


@pytest.mark.parametrize(
    "failure",
    [
        Deferred(Reason.CONNECTION_REFUSED, provider_failed=True),
        Misconfigured(Reason.AUTHENTICATION_FAILED),
        Unsure(Reason.NO_ANSWER),
    ],
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
    assert (queue.state, queue.leased, queue.due + queue.waiting) == ("open", 0, 50)


LOST = Unsure(Reason.CONNECTION_LOST)


def test_a_gateway_that_drops_every_connection_is_left_alone(outbox: RedisOutbox, redis: Redis) -> None:
    """It took three hundred requests and answered none: two in a row are enough, also right after it worked."""
    peer = Peer(lambda _: LOST)
    redis.hset(f"{PREFIX}provider:{WAY}", "answered_at", 1 << 42)
    plan(outbox, *(f"{i}@x" for i in range(50)))

    attempts(outbox, peer).attempt(WAY, 5)
    attempts(outbox, peer).attempt(WAY, 5)

    assert len(peer.asked) == 2
    assert glance(redis).queues[0].state == "open"


def test_the_first_connection_to_a_provider_nobody_knows_to_work_is_enough(outbox: RedisOutbox, redis: Redis) -> None:
    """It has never answered: it isn't asked for each message whether it does now."""
    peer = Peer(lambda _: LOST)
    plan(outbox, *(f"{i}@x" for i in range(50)))

    attempts(outbox, peer).attempt(WAY, 5)

    assert (len(peer.asked), glance(redis).queues[0].state) == (1, "open")


def test_one_message_that_breaks_the_connection_opens_nothing(outbox: RedisOutbox, redis: Redis) -> None:
    """Its fellows go out, as many as there are before and behind it."""
    plan(outbox, *(f"{i}@x" for i in range(20)), "poison@x", *(f"{i}@y" for i in range(20)))
    redis.hset(f"{PREFIX}provider:{WAY}", "answered_at", 1 << 42)

    tally = attempts(outbox, Peer(lambda to: LOST if to == "poison@x" else Accepted())).attempt(WAY, 5)

    assert tally == {"accepted": 40, "unsure": 1}
    assert glance(redis).queues[0].state == "ok"


def test_a_guest_of_a_fallback_that_does_not_relay_for_us_goes_home(outbox: RedisOutbox, redis: Redis) -> None:
    """A blip at the provider that was meant, and a fallback that says no to everybody: nobody is dead."""
    spare = Way(Channel.MAIL, "spare")
    plan(outbox, *(f"{i}@x" for i in range(5)))
    attempts(outbox, Peer(lambda _: Deferred(Reason.CONNECTION_REFUSED, provider_failed=True))).attempt(WAY, 5)
    assert outbox.divert([(WAY, spare)])[spare] >= 4

    attempts(outbox, Peer(lambda _: Rejected(Reason.POLICY_REFUSED, "554"))).attempt(spare, 5)

    assert {d["state"] for d in Timeline(redis).show("e1")["deliveries"]} == {"retry"}
    assert glance(redis).dead == 0


def test_what_has_expired_is_not_sent(outbox: RedisOutbox, redis: Redis) -> None:
    """A code whose time is over is harmful: it goes to the desk untried."""
    peer = Peer(lambda _: Accepted())
    plan(outbox, "a@x", lifetime=timedelta(seconds=-1), expires=True)

    attempts(outbox, peer).attempt(WAY, 5)

    assert peer.asked == []
    (delivery,) = Timeline(redis).show("e1")["deliveries"]
    assert (delivery["state"], delivery["reason"], delivery["attempts"]) == ("expired", "expired", [])
    assert glance(redis).dead == 1


def test_a_letter_of_yesterday_is_not_sent_when_its_relay_is_back(outbox: RedisOutbox, redis: Redis) -> None:
    """It was tried, its deadline is over: it goes to the desk unasked, with the last answer."""
    plan(outbox, "a@x", "b@x", lifetime=-2 * LAST_TRY)
    (tried, _) = redis.zrange(f"{PREFIX}due:{WAY}", 0, -1)
    key = f"{PREFIX}delivery:{tried.decode()}"
    redis.hset(key, mapping={"attempts": 1, "first": 1, "detail": "451 greylisted"})
    peer = Peer(lambda _: Accepted("250"))

    attempts(outbox, peer).attempt(WAY, 5)

    found = {d["id"]: d for d in Timeline(redis).show("e1")["deliveries"]}
    late = found.pop(tried.decode())
    assert (late["state"], late["reason"]) == ("dead", "deadline_passed")
    assert late["detail"].endswith("; the last answer was: 451 greylisted")
    assert [d["state"] for d in found.values()] == ["sent"]
    assert (len(peer.asked), glance(redis).dead) == (1, 1)


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


def test_a_pause_that_the_provider_asks_for_is_everybody_s(outbox: RedisOutbox, redis: Redis) -> None:
    """429 for the first: the other forty-nine aren't sent into the same wall, and no attempt is used up."""
    peer = Peer(lambda _: Throttled(timedelta(hours=1)))
    plan(outbox, *(f"{i}@x" for i in range(50)))

    attempts(outbox, peer).attempt(WAY, 5)
    attempts(outbox, peer).attempt(WAY, 5)

    assert len(peer.asked) == 1
    (queue,) = glance(redis).queues
    assert (queue.state, queue.leased, queue.due + queue.waiting) == ("throttled", 0, 50)
    assert redis.hvals(f"{PREFIX}provider:{WAY}").count(b"1") == 1


def test_a_bad_recipient_opens_no_circuit(outbox: RedisOutbox, redis: Redis) -> None:
    """Fifty refusals are fifty dead letters, and a provider that works."""
    plan(outbox, *(f"{i}@x" for i in range(50)))

    attempts(outbox, Peer(lambda _: Rejected(Reason.MAILBOX_UNAVAILABLE))).attempt(WAY, 5)

    (queue,) = glance(redis).queues
    assert (queue.state, queue.failures, glance(redis).dead) == ("ok", 0, 50)


def test_what_was_not_tried_says_nothing_of_the_provider(outbox: RedisOutbox, redis: Redis) -> None:
    """A probe that turns out to have expired leaves the circuit half-open."""
    key = f"{PREFIX}provider:{WAY}"
    redis.hset(key, mapping={"failures": 3, "resume_at": 1})
    plan(outbox, "a@x", lifetime=timedelta(seconds=-1), expires=True)

    attempts(outbox, Peer(lambda _: Accepted())).attempt(WAY, 5)

    assert glance(redis).queues[0].state == "half-open"


def test_a_provider_s_own_policy_comes_before_its_channel_s(outbox: RedisOutbox, redis: Redis) -> None:
    """One attempt there, a hundred and twenty elsewhere."""
    own = Policies({"mail": RetryPolicy()}, {("mail", "relay1"): RetryPolicy(attempts=1)})
    plan(outbox, "a@x")

    attempts(outbox, Peer(lambda _: Deferred(Reason.GREYLISTED)), policies=own).attempt(WAY, 5)

    (delivery,) = Timeline(redis).show("e1")["deliveries"]
    assert (delivery["state"], delivery["reason"]) == ("dead", "attempts_exhausted")


def test_a_worker_that_was_frozen_sends_nothing_more(redis: Redis) -> None:
    """While it stood still its leases ended, and others are at its deliveries: what it hadn't begun it leaves alone."""
    outbox = RedisOutbox(redis, retention=DAY, lease=timedelta(seconds=1))
    unkept = LeaseKeeper(timedelta(seconds=5))
    unkept.close()  # it stood still, too
    redis.hset(f"{PREFIX}provider:{WAY}", "answered_at", 1 << 42)

    def freeze(_: str) -> Outcome:
        while not outbox.reclaim():
            pass
        return Accepted()

    peer = Peer(freeze)
    plan(outbox, "a@x", "b@x", "c@x")

    attempts(Wide(outbox), peer, keeper=unkept).attempt(WAY, 0.1)

    assert len(peer.asked) == 1
    states = Counter(d["state"] for d in Timeline(redis).show("e1")["deliveries"])
    assert states == {"retry": 3}


def test_a_lease_is_renewed_while_an_attempt_is_running(redis: Redis) -> None:
    """A provider slower than five leases is waited for, and nobody takes the delivery away meanwhile."""
    outbox = RedisOutbox(redis, retention=DAY, lease=timedelta(seconds=1))
    began = datetime.now(UTC)

    def answer(_: str) -> Outcome:
        while datetime.now(UTC) - began < timedelta(seconds=5):
            assert outbox.reclaim() == 0
        return Accepted()

    plan(outbox, "a@x")

    attempts(outbox, Peer(answer), keeper=LeaseKeeper(outbox.lease / 3)).attempt(WAY, 0.1)

    (delivery,) = Timeline(redis).show("e1")["deliveries"]
    assert [a["outcome"] for a in delivery["attempts"]] == ["accepted"]
