"""What `show` finds, and says of events that others share an id with, or that aren't planned to their end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from notifier.errors import UnknownId
from notifier.model import Channel, Delivery, Event, Message, delivery_id
from notifier.outcome import Accepted
from notifier.record.outbox import Note, Plan, Settlement, Way
from notifier.record.redis_outbox import CHUNK, PREFIX, RedisOutbox
from notifier.record.timeline import Timeline
from notifier.retry import Done

WAY = Way(Channel.MAIL, "relay1")


def plan_of(source: str, count: int) -> Plan:
    """What follows from an event that its producer called 1."""
    now = datetime.now(UTC)
    event = Event("1", source, "token_init", now, raw=b"{}")
    messages = [Message(Channel.MAIL, "relay1", (f"{i}@example.com",), "Hello") for i in range(count)]
    rules = now, now + timedelta(days=1)
    return Plan(event, [Delivery(delivery_id(event.key, "h", m), event.key, "h", m, *rules) for m in messages])


def send(outbox: RedisOutbox) -> int:
    """All that is due is sent; how much."""
    sent = 0
    while (claim := outbox.claim(WAY, CHUNK)).deliveries:
        outbox.settle(claim, [Settlement(d.id, Accepted("250"), Done()) for d in claim.deliveries], None)
        sent += len(claim.deliveries)
    return sent


@pytest.fixture
def outbox(redis: Redis) -> RedisOutbox:
    return RedisOutbox(redis, retention=timedelta(days=7))


@pytest.mark.parametrize("sources", [0, 999, 1000])
@pytest.mark.parametrize("first", ["/final", "/due"])
def test_an_event_is_found_by_its_id_as_long_as_it_is_kept(
    outbox: RedisOutbox, redis: Redis, first: str, sources: int
) -> None:
    """Another source's event of the same id is forgotten: whichever came first, and however many sources there are."""
    if sources:
        redis.sadd(f"{PREFIX}sources", *map(str, range(sources)))
    final, due = plan_of("/final", 0), plan_of("/due", 1)
    outbox.plan([final, due] if first == "/final" else [due, final])
    show = Timeline(redis).show
    with pytest.raises(UnknownId, match="2 sources"):
        show("1")

    assert bool(redis.exists(f"{PREFIX}ids:1")) == (sources > 0)
    assert redis.pttl(f"{PREFIX}ids:1") == -1 or sources < 1000
    redis.delete(f"{PREFIX}event:{final.event.key}")  # its retention is over

    assert show("1")["event"]["source"] == "/due"
    assert send(outbox) == 1
    assert redis.pttl(f"{PREFIX}ids:1") != -1
    assert redis.scard(f"{PREFIX}sources") <= 1000


def test_an_event_planned_by_half_is_not_final(outbox: RedisOutbox, redis: Redis) -> None:
    """What there is of it is sent, but more will follow."""
    whole = plan_of("/pi", CHUNK + 1)

    def interrupted() -> Iterator[Delivery]:
        yield from whole.deliveries
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        outbox.plan([Plan(whole.event, interrupted())])
    redis.hset(f"{PREFIX}provider:{WAY}", "answered_at", 1 << 42)
    assert send(outbox) == CHUNK

    assert Timeline(redis).show("1")["event"]["state"] == "open"
    outbox.plan([whole])
    assert send(outbox) == 1
    assert Timeline(redis).show("1")["event"]["state"] == "final"


def note(handler: str, verdict: str = "matched", detail: str = "") -> dict[str, str]:
    """As `show` tells it."""
    return {"name": handler, "verdict": verdict, "reason": "", "detail": detail}


def told(plan: Plan, *notes: Note) -> Plan:
    """The same, and what the definitions said."""
    return Plan(plan.event, plan.deliveries, notes=list(notes))


@pytest.mark.parametrize(
    "notes",
    [[], [Note("h", "matched")], [Note("g", "matched"), Note("h", "matched")], [Note("h", "matched", "", "by half")]],
)
@pytest.mark.parametrize("count", [0, 2, CHUNK + 1])
def test_what_definitions_said_is_told_as_it_was(
    outbox: RedisOutbox, redis: Redis, notes: list[Note], count: int
) -> None:
    """Written or not: what deliveries imply isn't, and nothing else is implied."""
    outbox.plan([told(plan_of("/pi", count), *notes)])

    shown = Timeline(redis).show("1")["event"]["handlers"]
    assert shown == [note(n.handler, n.verdict, n.detail) for n in notes]
    written = redis.hexists(f"{PREFIX}event:{plan_of('/pi', 0).event.key}", "notes")
    assert written == (notes != ([Note("h", "matched")] if count else []) or count > CHUNK)


def test_what_a_later_evaluation_says_is_told(outbox: RedisOutbox, redis: Redis) -> None:
    """The first was cut short: its notes don't outlive it."""
    whole = plan_of("/pi", 1)
    key = f"{PREFIX}event:{whole.event.key}"
    redis.hset(key, mapping={"id": "1", "notes": '[["g","error","","no"]]'})

    outbox.plan([told(whole, Note("h", "matched"))])

    assert Timeline(redis).show("1")["event"]["handlers"] == [note("h")]


def test_the_source_of_an_event_is_told(outbox: RedisOutbox, redis: Redis) -> None:
    """It is known by the event's key, or where there are too many the event says it."""
    redis.sadd(f"{PREFIX}sources", *map(str, range(999)))
    first, second = plan_of("/a", 0), plan_of("/b", 0)
    outbox.plan([first, second])

    shown = [Timeline(redis).show(plan.event.key)["event"] for plan in (first, second)]
    assert [(event["source"], event["position"]) for event in shown] == [("/a", "post"), ("/b", "post")]
    assert [redis.hexists(f"{PREFIX}event:{p.event.key}", "source") for p in (first, second)] == [False, True]
