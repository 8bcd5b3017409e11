"""The corridor's first half with a directory that fails and comes back, and with a realm that is large."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from notifier.compose.composer import Composer
from notifier.compose.directory.port import User
from notifier.configuration import Policies, RetryPolicy
from notifier.definitions.index import Index
from notifier.errors import DirectoryUnavailable
from notifier.evaluation import Evaluator
from notifier.eventhandler.usernotification import UserNotificationEventHandler
from notifier.intake.quarantine import Quarantine
from notifier.intake.stream import Stream
from notifier.model import Channel, DeliveryRules, HandlerDefinition
from notifier.observe.events import EventDeferred, EventPlanned, Observation
from notifier.outcome import Accepted
from notifier.pipeline import Intake
from notifier.recomposing import Recomposer
from notifier.record.glance import glance, reopened, returned
from notifier.record.keeper import LeaseKeeper
from notifier.record.outbox import Settlement, Way
from notifier.record.redis_outbox import CHUNK, PREFIX, RedisOutbox
from notifier.record.redis_reopenings import RedisReopenings
from notifier.record.timeline import Timeline
from notifier.retry import Done

OPTIONS = {"emailconfig": "relay1", "subject": "s", "body": "Hello {recipient_givenname}"}
TO_OWNER = HandlerDefinition("owner", ("token_init",), "sendmail", options=OPTIONS)
TO_ALL = HandlerDefinition(
    "realm", ("token_init",), "sendmail", options={**OPTIONS, "To": "admin realm", "To admin realm": "staff"}
)
OF_KIMS_STORE = HandlerDefinition(
    "store",
    ("token_init",),
    "sendmail",
    conditions={"resolver": "ad"},
    options={**OPTIONS, "To": "email", "To email": "d@x"},
)
TO_DESK = HandlerDefinition("desk", ("token_init",), "sendmail", options={**OPTIONS, "To": "email", "To email": "d@x"})
AT_ONCE = RetryPolicy(timedelta(0))


class House:
    """A directory that a test can switch off, and the corridor around it."""

    def __init__(self, redis: Redis, *definitions: HandlerDefinition, patience: RetryPolicy = AT_ONCE) -> None:
        self.redis = redis
        self.down = False
        self.nobody = False
        self.people: Callable[[], Iterable[User]] = lambda: ()
        self.seen: list[Observation] = []
        self.stream = Stream(redis, "token-events", "here")
        self.outbox = RedisOutbox(redis, retention=timedelta(days=1), patience=patience)
        composer = Composer({"relay1": "s@x"}, self, {}, "", "UTC")
        modules = {"UserNotification": UserNotificationEventHandler(composer)}
        evaluator = Evaluator(Index(definitions), modules, self)
        reopenings = RedisReopenings(redis, retention=timedelta(days=1), patience=patience)
        self.intake = Intake(
            stream=self.stream,
            quarantine=Quarantine(redis),
            outbox=self.outbox,
            keeper=LeaseKeeper(timedelta(seconds=5)),
            evaluator=evaluator,
            recomposer=Recomposer(reopenings, evaluator, Policies()),
            policies=Policies(),
            observe=self.seen.append,
        )

    def user(self, username: str, realm: str) -> User | None:
        if self.down:
            raise DirectoryUnavailable("ad", "timed out")
        kim = {"username": username, "realm": realm, "resolver": "ad", "email": "kim@x", "givenname": "Kim"}
        return None if self.nobody else kim

    def members(self, realm: str) -> Iterable[User] | None:
        return self.people() if realm == "staff" else None

    def internal_admin(self, name: str) -> User | None:
        del name
        return None

    def happens(self) -> None:
        """One event of which no more is known than whom it is about."""
        event = {"specversion": "1.0", "id": "e1", "source": "/pi", "type": "token_init"}
        self.stream.append([json.dumps({**event, "data": {"tokenowner": {"username": "kim"}}}).encode()])

    def work(self) -> None:
        self.intake.take_in(10, lambda: datetime.now(UTC))

    def sweep(self) -> int:
        """What the sweep does for events that wait."""
        due = reopened(self.redis)
        for comeback in due:
            self.stream.put_back(comeback.raw, comeback.arrived, comeback.key if comeback.asked else "")
            returned(self.redis, comeback)
        return len(due)

    def states(self) -> dict[str, str]:
        return {d["handler"]: d["state"] for d in Timeline(self.redis).show("e1")["deliveries"]}


@pytest.mark.parametrize("needy", [TO_OWNER, OF_KIMS_STORE], ids=["for an address", "for a condition"])
def test_an_event_waits_for_the_directory(redis: Redis, needy: HandlerDefinition) -> None:
    """Only the definition that needs it waits; when it is back, each delivery is there once."""
    house = House(redis, TO_DESK, needy)
    house.down = True
    house.happens()
    house.work()

    assert house.states() == {"desk": "queued"}
    event = Timeline(redis).show("e1")["event"]
    assert (event["state"], event["deferrals"], event["planned"]) == ("deferred", 1, None)
    assert [(h["name"], h["verdict"], h["reason"]) for h in event["handlers"]] == [
        ("desk", "matched", ""),
        (needy.name, "error", "directory_unavailable"),
    ]
    assert "'ad' of the directory doesn't answer: timed out" in event["handlers"][1]["detail"]
    assert glance(redis).deferred == 1
    assert [type(o) for o in house.seen] == [EventDeferred]

    house.down = False
    assert house.sweep() == 1
    house.work()

    assert house.states() == {"desk": "queued", needy.name: "queued"}
    event = Timeline(redis).show("e1")["event"]
    assert (event["state"], event["again"], event["deferrals"]) == ("open", None, 1)
    assert glance(redis).deferred == 0
    assert [type(o) for o in house.seen] == [EventDeferred, EventPlanned]


def test_an_event_keeps_its_arrival_while_it_waits(redis: Redis) -> None:
    """`expires_after` counts from the first time it came."""
    house = House(redis, TO_OWNER)
    house.down = True
    house.happens()
    arrived = house.stream.find(b"e1")
    assert arrived
    house.work()
    house.sweep()

    again = house.stream.find(b"e1")
    assert again
    assert again.id != arrived.id
    assert again.arrived == arrived.arrived


def test_an_event_has_waited_long_enough(redis: Redis) -> None:
    """Then it is a dead letter with the reason, and can be replayed."""
    house = House(redis, TO_OWNER, patience=RetryPolicy(timedelta(0), deadline=timedelta(0)))
    house.down = True
    house.happens()
    house.work()
    assert house.sweep() == 1
    house.work()

    assert house.states() == {"owner": "dead"}
    assert Timeline(redis).show("e1")["deliveries"][0]["reason"] == "directory_unavailable"
    assert (glance(redis).deferred, glance(redis).dead) == (0, 1)


def test_what_was_sent_meanwhile_is_kept_as_long_as_its_event(redis: Redis) -> None:
    """A delivery that ended while its event waited is remembered until the event is final, and forgotten with it."""
    house = House(redis, TO_DESK, TO_OWNER)
    house.down = True
    house.happens()
    house.work()
    claim = house.outbox.claim(Way(Channel.MAIL, "relay1"), 1)
    house.outbox.settle(claim, [Settlement(claim.deliveries[0].id, Accepted(), Done())], None)
    sent = f"{PREFIX}delivery:{claim.deliveries[0].id}"
    assert redis.pttl(sent) == -1

    house.down = False
    house.nobody = True
    house.sweep()
    house.work()

    assert Timeline(redis).show("e1")["event"]["state"] == "final"
    assert redis.pttl(sent) > 0


def test_a_mail_to_all_is_sent_once(redis: Redis) -> None:
    """While another definition waits for its directory, the realm changes members and order: nobody hears twice."""
    house = House(redis, replace(TO_ALL, delivery=DeliveryRules(together=True)), TO_OWNER)
    people = [{"email": f"{name}@x"} for name in ("ada", "bea", "cleo")]
    house.people = lambda: people[:2]
    house.down = True
    house.happens()
    house.work()

    house.down = False
    house.people = lambda: people[::-1]
    house.sweep()
    house.work()

    assert house.states() == {"realm": "queued", "owner": "queued"}
    assert len(Timeline(redis).show("e1")["deliveries"]) == 2


@pytest.mark.parametrize("text", ["Hello {recipient_givenname}", "Hello all"])
def test_a_large_realm_is_planned_while_it_is_read(redis: Redis, text: str) -> None:
    """10,000 members: what is read is in Redis soon, and little of it is in memory."""
    house = House(redis, replace(TO_ALL, options={**TO_ALL.options, "body": text * 200}))
    ahead = []

    def members() -> Iterable[User]:
        for number in range(10_000):
            if number % 1000 == 999:
                ahead.append(number - sum(q.due for q in glance(redis).queues))
            yield {"email": f"user{number}@x", "givenname": f"N{number}"}

    house.people = members
    house.happens()
    tracemalloc.start()
    try:
        house.work()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert sum(q.due for q in glance(redis).queues) == 10_000
    assert max(ahead) <= CHUNK + 1
    assert peak < 16 << 20
    (planned,) = house.seen
    assert isinstance(planned, EventPlanned)
    assert planned.deliveries == 10_000


def test_a_directory_that_fails_on_the_way(redis: Redis) -> None:
    """What was read is planned; the event waits, and then the rest follows, each member once."""
    house = House(redis, TO_ALL)
    house.down = True

    def members() -> Iterable[User]:
        for number in range(2 * CHUNK):
            if number == CHUNK + 7 and house.down:
                raise DirectoryUnavailable("ad", "the connection was lost")
            yield {"email": f"user{number}@x", "givenname": f"N{number}"}

    house.people = members
    house.happens()
    house.work()
    assert Timeline(redis).show("e1")["event"]["state"] == "deferred"
    assert sum(q.due for q in glance(redis).queues) == CHUNK + 7

    house.down = False
    house.sweep()
    house.work()
    assert sum(q.due for q in glance(redis).queues) == 2 * CHUNK
    assert len(Timeline(redis).show("e1")["deliveries"]) == 2 * CHUNK
