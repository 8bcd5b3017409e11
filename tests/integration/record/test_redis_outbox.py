"""The outbox in a real Redis: planned once, leased to one, settled by its holder, on the desk when given up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from notifier.circuit import Failed
from notifier.configuration import Policies
from notifier.model import Channel, Delivery, Event, Message, OnUnsure, delivery_id
from notifier.outcome import Accepted, Deferred, Reason, Rejected
from notifier.record.codec import to_ms
from notifier.record.desk import Answer, Desk, Filter
from notifier.record.glance import Queue, glance, reopened
from notifier.record.outbox import Failure, Note, Plan, Settlement, Way
from notifier.record.redis_outbox import CHUNK, PREFIX, RedisOutbox
from notifier.record.timeline import Timeline
from notifier.retry import Again, Done, GiveUp

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


def test_the_same_event_is_planned_once(outbox: RedisOutbox, queue: Callable[[], Queue]) -> None:
    """Published twice, or read again after a crash: the deliveries are there once."""
    first = outbox.plan([plan("e1", "kim@example.com", "rosa@example.com")])
    again = outbox.plan([plan("e1", "kim@example.com", "rosa@example.com", "late@example.com")])

    assert (first, again) == ([True], [False])
    assert queue().due == 2


def test_a_claimed_delivery_is_nobody_elses(outbox: RedisOutbox, redis: Redis) -> None:
    """Two workers asking at once get different deliveries."""
    outbox.plan([plan("e1", "a@example.com", "b@example.com", "c@example.com")])
    answered(redis)

    one, two, three = outbox.claim(WAY, 2), outbox.claim(WAY, 2), outbox.claim(WAY, 2)

    ids = [d.id for claim in (one, two, three) for d in claim.deliveries]
    assert len(ids) == len(set(ids)) == 3
    assert one.deliveries[0].message.body == "Hello"


def test_sent_is_final_and_its_text_is_erased(outbox: RedisOutbox, redis: Redis) -> None:
    """What was sent leaves a trace without its text, and the trace ends with retention."""
    outbox.plan([plan("e1", "kim@example.com")])
    claim = outbox.claim(WAY, 1)
    ident = claim.deliveries[0].id

    stale = outbox.settle(claim, [Settlement(ident, Accepted("250 ok"), Done())], None)

    story = Timeline(redis).show("e1")
    assert stale == []
    assert story["event"]["state"] == "final"
    assert [d["state"] for d in story["deliveries"]] == ["sent"]
    assert story["deliveries"][0]["attempts"][0]["detail"] == "250 ok"
    assert not redis.hexists(f"{PREFIX}delivery:{ident}", "message")
    assert 0 < redis.pttl(f"{PREFIX}delivery:{ident}") <= DAY.total_seconds() * 1000
    assert redis.pttl(f"{PREFIX}event:{Event('e1', '/pi', '', now()).key}") > 0


def test_a_retry_waits_for_its_time(outbox: RedisOutbox, queue: Callable[[], Queue]) -> None:
    """A deferred delivery is out of every worker's way until it is due."""
    outbox.plan([plan("e1", "kim@example.com")])
    claim = outbox.claim(WAY, 1)

    later = Again(claim.now + timedelta(hours=1), counted=True)
    outbox.settle(claim, [Settlement(claim.deliveries[0].id, Deferred(Reason.GREYLISTED, "451"), later)], None)

    assert not outbox.claim(WAY, 1).deliveries
    assert (queue().due, queue().waiting, queue().deferred) == (0, 1, 1)


def test_only_the_holder_of_the_lease_settles(redis: Redis) -> None:
    """A worker that lost its lease can't undo what the next one did."""
    outbox = RedisOutbox(redis, retention=DAY, lease=timedelta(milliseconds=0))
    outbox.plan([plan("e1", "kim@example.com")])
    lost = outbox.claim(WAY, 1)
    assert outbox.reclaim() == 1
    held = outbox.claim(WAY, 1)

    ident = lost.deliveries[0].id
    stale = outbox.settle(lost, [Settlement(ident, Rejected(Reason.REFUSED), GiveUp(Reason.REFUSED))], None)
    fresh = outbox.settle(held, [Settlement(ident, Accepted(), Done())], None)

    assert (stale, fresh) == ([ident], [])
    assert [a["outcome"] for a in Timeline(redis).show("e1")["deliveries"][0]["attempts"]] == ["unsure", "accepted"]


def test_a_lost_worker_is_recorded_as_unsure(redis: Redis) -> None:
    """Nobody knows whether it went out: recorded as such, and held where the definition says hold."""
    outbox = RedisOutbox(redis, retention=DAY, lease=timedelta(milliseconds=0))
    outbox.plan([plan("e1", "a@example.com"), plan("e2", "b@example.com", unsure=OnUnsure.HOLD)])
    outbox.claim(WAY, 1)
    outbox.claim(WAY, 1)

    assert outbox.reclaim() == 2

    resend, hold = (Timeline(redis).show(e)["deliveries"][0] for e in ("e1", "e2"))
    assert (resend["state"], hold["state"]) == ("retry", "held")
    assert resend["attempts"][0]["reason"] == hold["attempts"][0]["reason"] == "worker_lost"


def test_a_delivery_that_takes_its_workers_along_is_given_up(redis: Redis) -> None:
    """Five workers lost over one message are enough."""
    outbox = RedisOutbox(redis, retention=DAY, lease=timedelta(milliseconds=0))
    outbox.plan([plan("e1", "a@example.com")])

    for _ in range(5):
        assert outbox.claim(WAY, 1).deliveries
        outbox.reclaim()

    assert not outbox.claim(WAY, 1).deliveries
    assert Timeline(redis).show("e1")["deliveries"][0]["state"] == "dead"


def test_renewed_leases_are_not_taken_back(redis: Redis) -> None:
    """An attempt that is running, however slowly, keeps its lease."""
    short = RedisOutbox(redis, retention=DAY, lease=timedelta(milliseconds=0))
    short.plan([plan("e1", "a@example.com")])
    claim = short.claim(WAY, 1)

    held = short.renew(replace(claim, lease=timedelta(hours=1)))

    assert held
    assert short.reclaim() == 0


def test_a_lease_that_is_lost_is_not_renewed(redis: Redis) -> None:
    """A worker that was frozen learns that somebody else is at it."""
    outbox = RedisOutbox(redis, retention=DAY, lease=timedelta(milliseconds=0))
    outbox.plan([plan("e1", "a@example.com")])
    lost = outbox.claim(WAY, 1)
    outbox.reclaim()
    outbox.claim(WAY, 1)

    held = outbox.renew(replace(lost, lease=timedelta(hours=1)))

    assert not held
    assert outbox.reclaim() == 1


def test_a_lease_outlives_its_provider_s_time_out(redis: Redis) -> None:
    """A gateway that may take a minute is waited for; where nobody waits, a lost worker is noticed early."""
    outbox = RedisOutbox(redis, retention=DAY, time_out={WAY: 60.0}.__getitem__)
    outbox.plan([plan("e1", "a@example.com")])

    claim = outbox.claim(WAY, 1)

    assert claim.lease == timedelta(seconds=70)
    assert redis.zscore(f"{PREFIX}leased:{WAY}", claim.deliveries[0].id) == to_ms(claim.now + claim.lease)
    assert RedisOutbox(redis, retention=DAY, time_out=lambda _: 1.0).lease_of(WAY) == timedelta(seconds=20)


def test_redis_s_clock_decides_when_time_is_over(outbox: RedisOutbox) -> None:
    """A worker whose clock is two days wrong plans as any other: only spans of its time count."""
    for ident, wrong in (("slow", -2 * DAY), ("fast", 2 * DAY)):
        there = plan(ident, "kim@example.com")
        outbox.plan(
            [
                replace(
                    there,
                    deliveries=[
                        replace(d, created=d.created + wrong, deadline=d.deadline + wrong) for d in there.deliveries
                    ],
                )
            ]
        )
        claim = outbox.claim(WAY, 1)
        (delivery,) = claim.deliveries

        assert abs(claim.now - delivery.created) < timedelta(minutes=5)
        assert delivery.deadline - delivery.created == DAY
        outbox.settle(claim, [Settlement(delivery.id, Accepted(), Done())], None)


def test_the_history_keeps_the_versions_and_the_last_words(outbox: RedisOutbox, redis: Redis) -> None:
    """Who looks at a dead letter sees under which rules it was planned, and what the provider said last."""
    there = plan("e1", "kim@example.com")
    (delivery,) = there.deliveries
    aged = replace(delivery, definition_version="d1", expires=True)
    outbox.plan([replace(there, deliveries=[aged], configuration_version="c1")])
    claim = outbox.claim(WAY, 1)
    again = Again(claim.now, counted=True)
    outbox.settle(claim, [Settlement(delivery.id, Deferred(Reason.GREYLISTED, "451 not yet"), again)], None)
    claim = outbox.claim(WAY, 1)
    outbox.settle(claim, [Settlement(delivery.id, None, GiveUp(Reason.EXPIRED))], None)

    (letter,) = Desk(redis, retention=DAY, policies=Policies()).letters()
    (shown,) = Timeline(redis).show("e1")["deliveries"]

    assert (letter.definition_version, letter.configuration_version) == ("d1", "c1")
    assert (shown["definition_version"], shown["configuration_version"]) == ("d1", "c1")
    assert (letter.reason, letter.attempts) == ("expired", 1)
    assert letter.detail.endswith("the last answer was: 451 not yet")


def test_a_paused_provider_is_left_alone(outbox: RedisOutbox, redis: Redis, queue: Callable[[], Queue]) -> None:
    """After a failure of the provider as a whole nothing is claimed for a moment; what was handed back is untouched."""
    outbox.plan([plan("e1", "a@example.com", "b@example.com")])
    answered(redis)
    claim = outbox.claim(WAY, 2)
    first, second = claim.deliveries

    refused = Deferred(Reason.CONNECTION_REFUSED, provider_failed=True)
    settlements = [
        Settlement(first.id, refused, Again(claim.now, counted=True)),
        Settlement(second.id, None, Again(claim.now, counted=False)),
    ]
    outbox.settle(claim, settlements, Failed(timedelta(hours=1)))

    assert not outbox.claim(WAY, 2).deliveries
    assert queue().state == "open"
    assert queue().deferred == 1


def test_the_desk_lists_replays_and_discards(outbox: RedisOutbox, redis: Redis) -> None:
    """A dead letter shows its reason; replayed it keeps its identity, discarded its text is gone."""
    desk = Desk(redis, retention=DAY, policies=Policies())
    outbox.plan([plan("e1", "kim@example.com", "rosa@example.com")])
    answered(redis)
    claim = outbox.claim(WAY, 2)
    gone = Rejected(Reason.MAILBOX_UNAVAILABLE, "550 5.1.1")
    outbox.settle(claim, [Settlement(d.id, gone, GiveUp(gone.reason)) for d in claim.deliveries], None)

    letters = list(desk.letters())
    assert {(letter.reason, letter.attempts, letter.handler) for letter in letters} == {("mailbox_unavailable", 1, "h")}
    assert "kim" not in str(letters)
    assert list(desk.letters(Filter(reason="other"))) == []

    assert desk.replay(letters[:1]) == [Answer.DONE]
    assert desk.discard(letters) == [Answer.NOT_THERE, Answer.DONE]
    again = outbox.claim(WAY, 2)
    assert [d.id for d in again.deliveries] == [letters[0].id]
    assert again.deliveries[0].attempts == 0
    outbox.settle(again, [Settlement(letters[0].id, Accepted(), Done())], None)
    assert Timeline(redis).show("e1")["event"]["state"] == "final"


def test_a_definition_that_failed_is_replayed_by_evaluating_again(outbox: RedisOutbox, redis: Redis) -> None:
    """There is no message to send again, so the event is let in again; the letter is on the desk until it was."""
    desk = Desk(redis, retention=DAY, policies=Policies())
    event = plan("e1").event
    failure = Failure("f1", "h", Channel.MAIL, "relay1", "template_error", "unknown tag")
    outbox.plan([Plan(event, notes=[Note("h", "error")], failures=[failure])])
    letters = list(desk.letters())
    assert [letter.id for letter in letters] == ["f1"]

    assert desk.replay(letters) == [Answer.REOPENED]

    (comeback,) = reopened(redis)
    assert (comeback.key, comeback.raw, comeback.asked) == (event.key, event.raw, True)
    assert [(letter.id, letter.state, letter.replays) for letter in desk.letters()] == [("f1", "reopened", 1)]


def test_an_event_with_thousands_of_deliveries_is_planned_in_pieces(
    outbox: RedisOutbox, queue: Callable[[], Queue]
) -> None:
    """No single call keeps Redis busy for long, and a second plan adds nothing."""
    many = plan("e1", *(f"user{i}@example.com" for i in range(2 * CHUNK + 1)))

    outbox.plan([many])
    outbox.plan([many])

    assert queue().due == 2 * CHUNK + 1


def test_nothing_to_do_is_final_at_once(outbox: RedisOutbox, redis: Redis) -> None:
    """An event nobody wants to hear of is remembered only for retention, with the reason."""
    event = plan("e1").event
    outbox.plan([Plan(event, notes=[Note("h", "not_matched", "condition_false", "realm")])])

    story = Timeline(redis).show("e1")
    assert story["event"]["state"] == "final"
    assert story["event"]["handlers"][0]["detail"] == "realm"
    assert redis.pttl(f"{PREFIX}event:{event.key}") > 0


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
