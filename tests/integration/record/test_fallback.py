"""A provider's deliveries go to its fallback while its circuit isn't closed, and home when it is the other's turn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from notifier.circuit import Busy, Failed, Health, Well
from notifier.configuration import Policies
from notifier.model import Channel, Delivery, Event, Message, OnUnsure, delivery_id
from notifier.outcome import Accepted, Deferred, Outcome, Reason, Rejected, Unsure
from notifier.record.codec import to_ms
from notifier.record.desk import Answer, Desk, Filter
from notifier.record.glance import glance
from notifier.record.outbox import Plan, Settlement, Way
from notifier.record.redis_outbox import PREFIX, RedisOutbox
from notifier.record.timeline import Timeline
from notifier.retry import Again, Done, GiveUp, Hold, Step

RELAY, SPARE = Way(Channel.MAIL, "relay"), Way(Channel.MAIL, "spare")
ONE_WAY = ((RELAY, SPARE), (SPARE, None))
BOTH_WAYS = ((RELAY, SPARE), (SPARE, RELAY))
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
def pass_by(redis: Redis) -> Callable[[Way], object]:
    """The pause of a provider is over: half-open."""
    return lambda way: redis.hset(f"{PREFIX}provider:{way}", "resume_at", to_ms(datetime.now(UTC)) - 1)


@pytest.fixture
def queues(redis: Redis) -> Callable[[], dict[str, int]]:
    """How much is due where."""
    return lambda: {q.way.provider: q.due for q in glance(redis).queues}


def test_what_is_due_goes_to_the_fallback(
    outbox: RedisOutbox, redis: Redis, queues: Callable[[], dict[str, int]]
) -> None:
    """The record keeps whom it was planned for, and each attempt names who was asked."""
    plan(outbox, 5)
    failed = fail(outbox, RELAY)

    assert outbox.divert(ONE_WAY) == {SPARE: 5}

    assert queues() == {"relay": 0, "spare": 5}
    sent = [attempt(outbox, SPARE, Accepted("250"), Done(), Well()) for _ in range(5)]
    story = Timeline(redis).show("relay")
    shown = {d["id"]: d for d in story["deliveries"]}
    assert sorted(shown) == sorted(sent)
    assert {(d["provider"], d["via"], d["state"]) for d in story["deliveries"]} == {("relay", "spare", "sent")}
    assert [a["provider"] for a in shown[failed]["attempts"]] == ["relay", "spare"]
    assert story["event"]["state"] == "final"


def test_a_provider_that_works_keeps_its_own(outbox: RedisOutbox) -> None:
    """Nothing moves while its circuit is closed."""
    plan(outbox, 5)

    assert outbox.divert(BOTH_WAYS) == {}


def test_a_throttled_provider_is_relieved(outbox: RedisOutbox) -> None:
    """It asked for an hour; the notices needn't wait that long."""
    plan(outbox, 5)
    attempt(outbox, RELAY, Deferred(Reason.RATE_LIMITED), Again(datetime.now(UTC), counted=False), Busy(HOUR))

    assert outbox.divert(ONE_WAY) == {SPARE: 5}


def test_what_waits_for_its_time_and_what_is_under_way_stays(
    outbox: RedisOutbox, queues: Callable[[], dict[str, int]]
) -> None:
    """A retry is the fallback's when it is due; what is leased has an end to be awaited, an unsure one perhaps."""
    plan(outbox, 3)
    attempt(outbox, RELAY, Accepted(), Done(), Well())
    under_way = outbox.claim(RELAY, 1)
    later = Again(under_way.now + HOUR, counted=True)
    attempt(outbox, RELAY, Deferred(Reason.TIMED_OUT), later, Failed(HOUR))

    assert outbox.divert(ONE_WAY) == {}
    assert queues() == {"relay": 0}
    assert outbox.settle(under_way, [Settlement(under_way.deliveries[0].id, Accepted(), Done())], Well()) == []


@pytest.mark.parametrize(("unsure", "moved"), [(OnUnsure.HOLD, {}), (OnUnsure.RESEND, {SPARE: 1})])
def test_on_unsure_decides_before_the_fallback_sends(
    outbox: RedisOutbox, redis: Redis, unsure: OnUnsure, moved: dict[Way, int]
) -> None:
    """Perhaps it was sent: the fallback sends it again only where the definition says resend."""
    plan(outbox, 1, on_unsure=unsure)
    step = Hold(Reason.NO_ANSWER) if unsure is OnUnsure.HOLD else Again(datetime.now(UTC), counted=True)
    attempt(outbox, RELAY, Unsure(Reason.NO_ANSWER), step, Failed(HOUR))

    assert outbox.divert(ONE_WAY) == moved
    assert glance(redis).dead == (unsure is OnUnsure.HOLD)


def test_nothing_goes_where_it_cannot_be_sent_either(outbox: RedisOutbox, queues: Callable[[], dict[str, int]]) -> None:
    """Both fail, each the other's fallback: everything stays where it is."""
    plan(outbox, 3)
    plan(outbox, 3, SPARE)
    fail(outbox, RELAY)
    fail(outbox, SPARE)

    assert outbox.divert(BOTH_WAYS) == {}
    assert queues() == {"relay": 3, "spare": 3}


@pytest.mark.parametrize("fallbacks", [ONE_WAY, BOTH_WAYS])
def test_when_the_fallback_fails_its_guests_go_home(
    outbox: RedisOutbox,
    pass_by: Callable[[Way], object],
    fallbacks: tuple[tuple[Way, Way | None], ...],
    queues: Callable[[], dict[str, int]],
) -> None:
    """One first, to see whether the provider is back; all of them when it is."""
    plan(outbox, 4)
    fail(outbox, RELAY)
    outbox.divert(fallbacks)
    fail(outbox, SPARE)
    assert outbox.divert(fallbacks) == {}
    pass_by(RELAY)

    assert outbox.divert(fallbacks) == {RELAY: 1}
    assert outbox.divert(fallbacks) == {}
    attempt(outbox, RELAY, Accepted(), Done(), Well())
    assert outbox.divert(fallbacks) == {RELAY: 3}
    assert queues() == {"relay": 3, "spare": 0}


def test_a_half_open_fallback_without_work_gets_one_to_be_probed_with(
    outbox: RedisOutbox, pass_by: Callable[[Way], object]
) -> None:
    """Else nobody would ever find out that it is back."""
    plan(outbox, 4)
    plan(outbox, 1, SPARE)
    fail(outbox, SPARE)
    pass_by(SPARE)
    attempt(outbox, SPARE, Rejected(Reason.ADDRESS_INVALID), GiveUp(Reason.ADDRESS_INVALID), None)
    fail(outbox, RELAY)

    assert outbox.divert(ONE_WAY) == {SPARE: 1}
    assert outbox.divert(ONE_WAY) == {}
    attempt(outbox, SPARE, Accepted(), Done(), Well())
    assert outbox.divert(ONE_WAY) == {SPARE: 3}


def test_while_a_probe_is_out_the_others_need_not_wait(outbox: RedisOutbox, pass_by: Callable[[Way], object]) -> None:
    """A probe at a black hole takes its time; new notices go to the fallback meanwhile."""
    plan(outbox, 3)
    fail(outbox, RELAY)
    pass_by(RELAY)
    assert outbox.divert(ONE_WAY) == {}  # one of them is to be the probe
    outbox.claim(RELAY, 1)

    assert outbox.divert(ONE_WAY) == {SPARE: 2}


def test_a_lost_worker_s_attempt_names_who_was_asked(redis: Redis) -> None:
    """Not whom it was planned for."""
    outbox = RedisOutbox(redis, retention=DAY, lease=timedelta(0))
    plan(outbox, 1)
    fail(outbox, RELAY)
    outbox.divert(ONE_WAY)
    outbox.claim(SPARE, 1)

    outbox.reclaim()

    (delivery,) = Timeline(redis).show("relay")["deliveries"]
    assert [(a["provider"], a["reason"]) for a in delivery["attempts"]][1:] == [("spare", "worker_lost")]


def test_a_dead_letter_is_replayed_by_whom_it_was_planned_for(
    outbox: RedisOutbox, redis: Redis, queues: Callable[[], dict[str, int]]
) -> None:
    """The desk finds it under both names."""
    plan(outbox, 1)
    fail(outbox, RELAY)
    outbox.divert(ONE_WAY)
    attempt(outbox, SPARE, Rejected(Reason.REFUSED), GiveUp(Reason.REFUSED), Well())
    desk = Desk(redis, retention=DAY, policies=Policies())

    (letter,) = desk.letters(Filter(provider="spare"))
    assert list(desk.letters(Filter(provider="relay"))) == [letter]
    assert desk.replay([letter]) == [Answer.DONE]

    assert (letter.provider, letter.via) == ("relay", "spare")
    assert queues() == {"relay": 1, "spare": 0}
    assert Timeline(redis).show("relay")["deliveries"][0]["via"] == "relay"


def test_a_long_queue_that_must_stay_hides_nobody_s_way_home(outbox: RedisOutbox, redis: Redis) -> None:
    """The guests are found wherever they stand in the queue of a provider that fails."""
    plan(outbox, 30, SPARE)
    plan(outbox, 1)
    fail(outbox, RELAY)
    outbox.divert(BOTH_WAYS)
    fail(outbox, SPARE)
    redis.delete(f"{PREFIX}provider:{RELAY}")

    moved = 0
    for _ in range(5000):
        moved += outbox.divert(ONE_WAY, most=10)[RELAY]
        if moved:
            break

    assert moved == 1


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
