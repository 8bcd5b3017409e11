"""Dead letters composed again: the same letter with today's text, nobody else's, and never lost on the way."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis import Redis
from redis.client import Pipeline

from notifier.compose.composer import Composer
from notifier.compose.directory.port import User
from notifier.configuration import Policies, RetryPolicy
from notifier.definitions.index import Index
from notifier.errors import DirectoryUnavailable
from notifier.evaluation import Evaluator, plan_of
from notifier.eventhandler.usernotification import UserNotificationEventHandler
from notifier.intake.contract import parse
from notifier.intake.quarantine import Quarantine
from notifier.intake.stream import Stream
from notifier.model import Channel, Delivery, DeliveryRules, HandlerDefinition, OnUnsure
from notifier.outcome import Accepted, Outcome, Reason, Rejected, Unsure
from notifier.pipeline import Attempts, Intake
from notifier.recomposing import Recomposer
from notifier.record.desk import Answer, DeadLetter, Desk
from notifier.record.glance import Comeback, glance, reopened, returned
from notifier.record.keeper import LeaseKeeper
from notifier.record.outbox import Way
from notifier.record.redis_outbox import CHUNK, PREFIX, RedisOutbox, Scripts
from notifier.record.redis_reopenings import RedisReopenings
from notifier.record.timeline import Timeline

DAY = timedelta(days=1)
AT_ONCE = RetryPolicy(timedelta(0))
OPTIONS = {"emailconfig": "relay1", "subject": "s", "body": "Hello {username}"}
OWNER = HandlerDefinition("owner", ("token_init",), "sendmail", options=OPTIONS)
STAFF = replace(OWNER, name="staff", options={**OPTIONS, "To": "admin realm", "To admin realm": "staff"})
MAILBOX = replace(OWNER, name="mailbox", options={**OPTIONS, "To": "email", "To email": "desk@x"})
BROKEN = replace(MAILBOX, options={**MAILBOX.options, "body": "Hello {nosuchtag}"})
GONE = Rejected(Reason.MAILBOX_UNAVAILABLE, "550 5.1.1 no such user")
LOST = Unsure(Reason.CONNECTION_LOST, "lost after the last byte")


def reworded(definition: HandlerDefinition, **options: str) -> HandlerDefinition:
    """The definition with other options."""
    return replace(definition, options={**definition.options, **options})


class House:
    """The corridor, with definitions and a directory that a test may change, and a provider that answers as told."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.down = False
        #: A realm's members after which the directory goes away.
        self.gone_after = 1_000_000
        self.patience = AT_ONCE
        self.people: dict[str, str] = {"kim": "kim@x"}
        self.sent: list[Delivery] = []
        self.answer: Callable[[Delivery], Outcome] = lambda _: Accepted()
        self.stream = Stream(redis, "token-events", "here")
        self.outbox = RedisOutbox(redis, retention=DAY)
        self.desk = Desk(redis, retention=DAY, policies=Policies())
        self.timeline = Timeline(redis)
        self.define(OWNER)

    # --- what a test may change ---

    def define(self, *definitions: HandlerDefinition, version: str = "v1") -> None:
        composer = Composer({"relay1": "s@x", "relay2": "t@x"}, self, {}, "", "UTC")
        evaluator = Evaluator(Index(definitions), {"UserNotification": UserNotificationEventHandler(composer)})
        patience = self.patience
        self.outbox = RedisOutbox(self.redis, retention=DAY, patience=patience)
        self.reopenings = RedisReopenings(self.redis, retention=DAY, patience=patience)
        self.evaluator = evaluator
        self.intake = Intake(
            stream=self.stream,
            quarantine=Quarantine(self.redis),
            outbox=self.outbox,
            keeper=LeaseKeeper(timedelta(seconds=5)),
            evaluator=evaluator,
            recomposer=Recomposer(self.reopenings, evaluator, Policies(), version),
            policies=Policies(),
            observe=lambda _: None,
            version=version,
        )

    def user(self, username: str, realm: str) -> User | None:
        del realm
        if self.down:
            raise DirectoryUnavailable("ad", "timed out")
        return {"username": username, "email": self.people[username]} if username in self.people else None

    def members(self, realm: str) -> Iterable[User]:
        del realm
        for number, username in enumerate(self.people):
            if number == self.gone_after:
                raise DirectoryUnavailable("ad", "the connection was lost")
            found = self.user(username, "")
            if found:
                yield found

    def internal_admin(self, name: str) -> User | None:
        del name
        return None

    # --- what happens ---

    def happens(self, *idents: str, **more: Any) -> None:
        data = {"tokenowner": {"username": "kim"}}
        event = {"specversion": "1.0", "source": "/pi", "type": "token_init", "data": data, **more}
        self.stream.append(json.dumps({**event, "id": ident}).encode() for ident in idents or ("e1",))

    def take_in(self) -> None:
        while self.intake.take_in(100, lambda: datetime.now(UTC)).entries:
            pass

    def deliver(self, answer: Outcome | None = None) -> None:
        """Whatever is due is answered so."""
        self.answer = (lambda _: answer) if answer else self.answer
        attempts = Attempts(
            outbox=self.outbox,
            keeper=LeaseKeeper(timedelta(seconds=5)),
            providers=lambda _: nullcontext(self),
            policies=Policies(),
            observe=lambda _: None,
            roll=lambda: 0.5,
        )
        for queue in glance(self.redis).queues:
            attempts.attempt(queue.way, 60)

    def send(self, delivery: Delivery) -> Outcome:
        outcome = self.answer(delivery)
        if isinstance(outcome, Accepted):
            self.sent.append(delivery)
        return outcome

    def close(self) -> None:
        """Nothing is open."""

    def sweep(self) -> list[Comeback]:
        """What the sweep does for events that wait."""
        found = reopened(self.redis)
        for comeback in found:
            self.stream.put_back(comeback.raw, comeback.arrived, comeback.key if comeback.asked else "")
            returned(self.redis, comeback)
        return found

    def come_back(self) -> None:
        """Reopened events are taken in again."""
        self.sweep()
        self.take_in()

    # --- what is there ---

    @property
    def letters(self) -> list[DeadLetter]:
        return list(self.desk.letters())

    @property
    def letter(self) -> DeadLetter:
        (found,) = self.letters
        return found

    def recompose(self, *letters: DeadLetter) -> list[Answer]:
        return self.desk.replay(letters or self.letters, recompose=True)

    def deliveries(self, ident: str = "e1") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.timeline.show(ident)["deliveries"]
        return found

    def states(self, ident: str = "e1") -> dict[str, str]:
        return {f"{d['handler']} {d['to']}".strip(): d["state"] for d in self.deliveries(ident)}

    def quiet(self) -> bool:
        """Nothing waits for anything, and the event's deliveries are final."""
        queues = glance(self.redis).queues
        waits = sum(q.due + q.waiting + q.leased for q in queues)
        asked = [*self.redis.scan_iter(f"{PREFIX}event:*:asked"), *self.redis.zrange(f"{PREFIX}reopened", 0, -1)]
        return not waits and not asked and self.stream.backlog() == (0, 0)


@pytest.fixture
def house(redis: Redis) -> House:
    """A house over an empty Redis."""
    return House(redis)


def refused(house: House, *definitions: HandlerDefinition, **event: Any) -> list[DeadLetter]:
    """One event whose deliveries were all refused."""
    house.define(*definitions or (OWNER,))
    house.happens(**event)
    house.take_in()
    house.deliver(GONE)
    return house.letters


def test_the_same_letter_with_todays_text(house: House) -> None:
    """Id, history and place are kept; text, address, provider and versions are today's."""
    (old,) = refused(house)
    house.people["kim"] = "kim@new"
    house.define(reworded(replace(OWNER, version="d2"), body="Dear {username}", emailconfig="relay2"), version="v2")

    assert house.recompose() == [Answer.REOPENED]
    assert (house.letter.state, house.letter.reason) == ("reopened", "mailbox_unavailable")
    house.come_back()
    assert house.letters == []
    house.deliver(Accepted())

    (sent,) = house.sent
    assert (sent.id, sent.message.to, sent.message.body) == (old.id, ("kim@new",), "Dear kim")
    assert (sent.message.provider, sent.message.sender) == ("relay2", "t@x")
    (told,) = house.deliveries()
    assert [a["outcome"] for a in told["attempts"]] == ["rejected", "accepted"]
    assert (told["state"], told["replays"], told["to"], told["provider"]) == ("sent", 1, "k**@new", "relay2")
    assert (told["definition_version"], told["configuration_version"]) == ("d2", "v2")
    assert house.timeline.show("e1")["event"]["state"] == "final"
    assert house.quiet()


def test_attempts_and_deadline_begin_anew(house: House) -> None:
    """Also of what expires: an operator asked for it."""
    short = replace(OWNER, delivery=DeliveryRules(expires_after=timedelta(hours=1)))
    refused(house, short, time="2020-01-01T00:00:00+00:00")

    house.recompose()
    house.come_back()

    claim = house.outbox.claim(Way(Channel.MAIL, "relay1"), 1)
    (delivery,) = claim.deliveries
    assert delivery.attempts == 0
    assert delivery.expires
    assert timedelta(minutes=59) < delivery.deadline - claim.now <= timedelta(hours=1)


def test_nobody_else_is_told(house: House) -> None:
    """Not by a definition of today, not by another letter's, not by a member who joined, not twice by the same."""
    house.people = {"kim": "kim@x", "rosa": "rosa@x"}
    house.define(STAFF, OWNER)
    house.happens()
    house.take_in()
    house.deliver(GONE)
    house.people = {"kim": "kim@new", "rosa": "rosa@x", "lee": "lee@x"}
    house.define(STAFF, OWNER, MAILBOX)
    chosen = next(x for x in house.letters if x.handler == "staff" and x.to == "k**@x")

    house.recompose(chosen)
    house.come_back()
    house.deliver(Accepted())

    assert [(d.id, d.message.to) for d in house.sent] == [(chosen.id, ("kim@new",))]
    assert house.states() == {"staff k**@new": "sent", "staff r**@x": "dead", "owner k**@x": "dead"}
    assert house.quiet()


CHANGES: dict[str, tuple[tuple[HandlerDefinition, ...], str]] = {
    "removed": ((), "no definition of this name is bound to token_init any more"),
    "renamed": ((replace(OWNER, name="owners"),), "no definition of this name"),
    "other event": ((replace(OWNER, events=("token_disable",)),), "no definition of this name"),
    "inactive": ((replace(OWNER, active=False),), "inactive"),
    "condition": ((replace(OWNER, conditions={"tokentype": "hotp"}),), "condition_unknown: tokentype"),
    "no address": ((reworded(OWNER, To="logged_in_user"),), "no_recipient: nobody was logged in"),
}


@pytest.mark.parametrize(("now", "words"), CHANGES.values(), ids=CHANGES)
def test_what_is_no_longer_planned_comes_back_to_the_desk(
    house: House, now: tuple[HandlerDefinition, ...], words: str
) -> None:
    """With a reason of its own and what to do; its old text can still be sent."""
    (old,) = refused(house)
    house.define(*now)

    house.recompose()
    house.come_back()

    back = house.letter
    assert (back.id, back.state, back.reason, back.replays) == (old.id, "dead", "no_longer_planned", 1)
    assert words in back.detail
    assert "`dead replay` without --recompose sends the old text" in back.detail
    assert house.quiet()
    assert house.desk.replay([back]) == [Answer.DONE]
    house.deliver(Accepted())
    assert [d.message.body for d in house.sent] == ["Hello kim"]


def test_a_held_letter_comes_back_held(house: House) -> None:
    """That it may have been sent isn't forgotten by a definition that is gone."""
    house.define(replace(OWNER, delivery=DeliveryRules(on_unsure=OnUnsure.HOLD)))
    house.happens()
    house.take_in()
    house.deliver(LOST)
    assert house.letter.state == "held"
    house.define()

    house.recompose()
    house.recompose()
    house.come_back()

    assert (house.letter.state, house.letter.reason) == ("held", "no_longer_planned")


def test_an_evaluation_that_fails_updates_the_letter_once(house: House) -> None:
    """No second letter; after the mend it goes out."""
    (old,) = refused(house, MAILBOX)
    house.define(BROKEN)

    house.recompose()
    house.come_back()

    failed = house.letter
    assert (failed.id, failed.state, failed.reason) == (old.id, "dead", "definition_error")
    assert "nosuchtag" in failed.detail
    assert len(house.deliveries()) == 1
    house.define(MAILBOX)
    house.recompose()
    house.come_back()
    house.deliver(Accepted())
    assert [d.id for d in house.sent] == [old.id]
    assert house.quiet()


def test_while_the_directory_is_down_the_letter_waits_on_the_desk(house: House) -> None:
    """It says so, however often it is tried; then it goes out, once."""
    refused(house)
    house.down = True
    house.recompose()
    for _ in range(3):
        house.come_back()
        assert (house.letter.state, house.letter.reason) == ("reopened", "directory_unavailable")
        assert "timed out" in house.letter.detail

    house.down = False
    house.come_back()
    house.deliver(Accepted())

    assert len(house.sent) == 1
    assert house.letters == []
    assert house.quiet()


def test_a_letter_has_waited_long_enough_for_the_directory(house: House) -> None:
    """It is back with the reason, and may be asked for again."""
    house.patience = RetryPolicy(timedelta(0), deadline=timedelta(0))
    refused(house)
    house.down = True
    house.recompose()
    house.come_back()
    house.come_back()

    assert (house.letter.state, house.letter.reason) == ("dead", "directory_unavailable")
    assert house.quiet()
    house.recompose()
    house.come_back()
    assert house.letter.state == "reopened"


def test_only_what_needs_the_directory_waits_for_it(house: House) -> None:
    """Letters of other definitions of the same event go out meanwhile."""
    refused(house, OWNER, MAILBOX)
    house.down = True

    house.recompose()
    house.come_back()

    assert house.states() == {"owner k**@x": "reopened", "mailbox d**@x": "retry"}
    house.deliver(Accepted())
    house.down = False
    house.come_back()
    house.deliver(Accepted())
    assert [d.handler for d in house.sent] == ["mailbox", "owner"]
    assert house.quiet()


def test_what_was_never_composed_meets_its_own_definition_only(house: House) -> None:
    """Mended, it makes its messages; what others made, or would make today, isn't touched."""
    house.define(OWNER, BROKEN)
    house.happens()
    house.take_in()
    house.deliver(Accepted())
    (failure,) = house.letters
    house.define(OWNER, MAILBOX, replace(MAILBOX, name="written today"))

    assert house.desk.replay([failure]) == [Answer.REOPENED]
    house.come_back()
    house.deliver(Accepted())

    assert [d.handler for d in house.sent] == ["owner", "mailbox"]
    assert house.states() == {"owner k**@x": "sent", "mailbox d**@x": "sent", "mailbox": "recomposed"}
    event = house.timeline.show("e1")["event"]
    assert event["state"] == "final"
    assert {h["name"]: h["verdict"] for h in event["handlers"]} == {"owner": "matched", "mailbox": "matched"}
    assert house.quiet()


def test_a_definition_that_fails_again_stays_on_the_desk(house: House) -> None:
    """As one letter, with today's words."""
    house.define(BROKEN)
    house.happens()
    house.take_in()
    (old,) = house.letters
    house.define(reworded(replace(BROKEN, version="d2"), body="Hi {othertag}"), version="v2")

    house.desk.replay([old])
    house.come_back()

    back = house.letter
    assert (back.id, back.state, back.reason, back.replays) == (old.id, "dead", "definition_error", 1)
    assert "othertag" in back.detail
    assert (back.definition_version, back.configuration_version) == ("d2", "v2")


def test_a_failed_definition_that_is_gone_stays_on_the_desk(house: House) -> None:
    """It isn't lost with the definition."""
    house.define(BROKEN)
    house.happens()
    house.take_in()
    house.define(OWNER)

    house.desk.replay(house.letters)
    house.come_back()

    assert (house.letter.handler, house.letter.reason) == ("mailbox", "no_longer_planned")
    assert "mend the definition and replay it" in house.letter.detail
    assert house.quiet()


def test_the_rest_of_a_realm(house: House) -> None:
    """A definition that failed half-way makes what is missing, in as many calls as it takes."""
    house.patience = RetryPolicy(timedelta(0), deadline=timedelta(0))
    house.define(STAFF)
    house.people = {f"u{i}": f"u{i}@x" for i in range(2 * CHUNK + 3)}
    house.gone_after = 7
    house.happens()
    house.take_in()
    house.come_back()
    house.deliver(Accepted())
    assert len(house.sent) == 7
    house.gone_after = CHUNK + 1

    for expected in (CHUNK + 1, 2 * CHUNK + 3):
        house.desk.replay(house.letters)
        house.come_back()
        house.come_back()
        house.deliver(Accepted())
        assert len(house.sent) == len({d.id for d in house.sent}) == expected
        house.gone_after = 1_000_000

    assert house.states()["staff"] == "recomposed"
    assert house.timeline.show("e1")["event"]["state"] == "final"
    assert house.quiet()


@pytest.mark.parametrize("asked", [True, False], ids=["an operator replays what failed", "the event waited"])
def test_a_member_who_moved_is_not_told_again_with_the_rest(house: House, asked: bool) -> None:
    """Kim was told, then the directory went away; it comes back with another address of hers, and with the others."""
    house.define(STAFF)
    house.people = {"kim": "kim@x", "lee": "lee@x"}
    house.gone_after = 1
    if asked:
        house.patience = RetryPolicy(timedelta(0), deadline=timedelta(0))
        house.define(STAFF)
    house.happens()
    house.take_in()
    house.come_back()
    house.deliver(Accepted())
    assert len(house.letters) == asked
    house.people["kim"] = "kim.new@x"
    house.gone_after = 2

    house.desk.replay(house.letters)
    house.come_back()
    house.deliver(Accepted())

    assert [d.message.to for d in house.sent] == [("kim@x",), ("lee@x",)]
    assert house.quiet()
    ends = [key for key in house.redis.scan_iter(f"{PREFIX}event:*") if house.redis.pttl(key) == -1]
    assert ends == []


@pytest.mark.parametrize("asked", [True, False], ids=["an operator replays what failed", "the event waited"])
def test_a_member_of_many_addresses_is_written_whole(
    house: House, asked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a call was full in the middle of a member, and the process ended after it, no address is left out."""
    monkeypatch.setattr("notifier.record.redis_outbox.CHUNK", 2)
    monkeypatch.setattr("notifier.record.redis_reopenings.CHUNK", 2)
    house.define(reworded(STAFF, body="{nosuchtag}") if asked else STAFF)
    many = {"ada": "ada@x", "kim": [f"kim{n}@x" for n in range(4)], "lee": "lee@x"}
    house.people = many  # type: ignore[assignment]
    house.happens()
    if asked:
        house.take_in()
        house.define(STAFF)
        house.desk.replay(house.letters)
        house.sweep()
    with monkeypatch.context() as patch:
        made = Scripts.replicated
        written = itertools.count()

        def once(scripts: Scripts, *arguments: Any) -> Any:
            if next(written) == 1:
                raise Crash
            return made(scripts, *arguments)

        patch.setattr(Scripts, "replicated", once)
        with pytest.raises(Crash):
            house.take_in()
    for row in house.redis.xpending_range("token-events", "notifier", "-", "+", 10):
        house.redis.xclaim("token-events", "notifier", "gone", 0, [row["message_id"]], idle=60_000, justid=True)
    house.take_in()
    house.deliver(Accepted())

    assert len(house.sent) == len({d.message.to for d in house.sent}) == 6
    assert house.quiet()


def test_a_member_of_two_addresses_is_told_at_both_or_not_at_all(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the texts become too large in between: the rest, made from a shorter text, doesn't tell her again."""
    monkeypatch.setattr("notifier.evaluation.MOST_WRITTEN", len("Hello kim"))
    house.define(STAFF)
    house.people = {"kim": ["kim1@x", "kim2@x"], "lee": "lee@x"}  # type: ignore[dict-item]
    house.happens()
    house.take_in()
    assert house.letter.reason == "too_large"
    house.define(reworded(STAFF, body="Hi"))

    house.desk.replay(house.letters)
    house.come_back()
    house.deliver(Accepted())

    assert [d.message.body for d in house.sent] == ["Hello kim", "Hello kim", "Hi"]
    assert house.quiet()


def test_what_others_said_of_the_event_stays(house: House) -> None:
    """`show` tells the whole story after a recomposition, too."""
    refused(house, OWNER, replace(MAILBOX, conditions={"tokentype": "hotp"}), replace(STAFF, active=False))
    house.define(replace(OWNER, conditions={"tokentype": "hotp"}))

    house.recompose()
    house.come_back()

    told = {h["name"]: (h["verdict"], h["reason"], h["detail"]) for h in house.timeline.show("e1")["event"]["handlers"]}
    assert told == {
        "owner": ("unknown", "condition_unknown", "tokentype"),
        "mailbox": ("unknown", "condition_unknown", "tokentype"),
        "staff": ("inactive", "inactive", ""),
    }


def test_an_event_without_a_time_keeps_the_one_it_had(house: House) -> None:
    """The time it first arrived: a recomposition decides and says the same."""
    refused(house, reworded(OWNER, body="{time}"))
    before = house.timeline.show("e1")["event"]["time"]

    house.recompose()
    (comeback,) = reopened(house.redis)
    house.come_back()
    house.deliver(Accepted())

    when = datetime.fromtimestamp(int(comeback.arrived) / 1000, UTC)
    assert when.isoformat(timespec="milliseconds") == before
    assert house.sent[0].message.body == when.strftime("%H:%M:%S")


def test_an_event_that_is_no_longer_kept(house: House) -> None:
    """The letter stays as it is, but for what its event said."""
    (old,) = refused(house)
    house.redis.delete(*house.redis.keys(f"{PREFIX}event:*"))

    assert house.recompose() == [Answer.EVENT_GONE]
    (event,) = {house.letter.event} - {old.event}
    assert re.fullmatch("[0-9a-f]{26}", event), "its key, where nothing tells its id"
    assert house.letter == replace(old, event=event, type="", configuration_version="")
    assert house.quiet()


def test_an_event_that_cannot_be_read_any_more_gives_its_letters_back(house: House) -> None:
    """Nothing is in quarantine: the letter is on the desk and says why."""
    refused(house)
    house.recompose()
    (key,) = house.redis.keys(f"{PREFIX}event:*:asked")
    house.redis.hset(key.removesuffix(b":asked").decode(), "raw", "nonsense")

    house.come_back()

    assert (house.letter.state, house.letter.reason) == ("dead", "internal_error")
    assert "can't be read again" in house.letter.detail
    assert len(Quarantine(house.redis)) == 0
    assert house.quiet()


@pytest.mark.parametrize("verb", ["replay", "discard"])
def test_another_wish_ends_the_recomposition(house: House, verb: str) -> None:
    """What is under way does nothing more: the old text is sent, or none."""
    refused(house)
    house.define(reworded(OWNER, body="new"))
    house.recompose()
    house.sweep()

    assert getattr(house.desk, verb)(house.letters) == [Answer.DONE]
    house.take_in()
    house.deliver(Accepted())

    assert [d.message.body for d in house.sent] == (["Hello kim"] if verb == "replay" else [])
    assert house.letters == []
    assert house.quiet()


def late(house: House) -> Callable[[], object]:
    """A reader that read what is asked for, and evaluated it; called it writes what came of it."""
    (comeback,) = [c for c in reopened(house.redis) if c.asked]
    reopening = house.reopenings.of(comeback.key)
    assert reopening
    event = parse(comeback.raw, arrived=datetime.now(UTC))
    now = datetime.now(UTC)
    return lambda: house.reopenings.recompose(reopening, plan_of(house.evaluator.evaluate(event), Policies(), now, now))


def test_of_two_mails_to_a_realm_the_second_is_composed_again(house: House) -> None:
    """Somebody joined in the meantime, and moves another of them into it: nobody of the first is told again."""
    house.people = {f"u{i:03}": f"u{i:03}@x" for i in range(150)}
    house.define(replace(STAFF, delivery=DeliveryRules(together=True)))
    house.happens()
    house.take_in()
    house.answer = lambda d: GONE if len(d.message.to) < 100 else Accepted()
    house.deliver()
    first = house.sent[0].message.to
    house.people = {"aaa": "aaa@x", **house.people}

    house.recompose()
    house.come_back()
    house.deliver(Accepted())

    second = house.sent[1].message.to
    assert sorted(first + second) == [f"u{i:03}@x" for i in range(150)]
    assert house.letters == []


def test_a_letter_whose_new_address_is_planned_in_the_meantime(house: House) -> None:
    """The event met all its definitions between the reading and the writing: the letter is back, and says so."""
    house.define(MAILBOX, OWNER)
    house.down = True
    house.happens()
    house.take_in()
    house.deliver(GONE)
    (old,) = house.letters
    house.define(reworded(MAILBOX, **{"To email": "right@x"}), OWNER)
    house.recompose()
    write = late(house)
    house.down = False
    (waiting,) = [c for c in reopened(house.redis) if not c.asked]
    house.stream.put_back(waiting.raw, waiting.arrived)
    returned(house.redis, waiting)
    house.take_in()

    write()

    back = house.letter
    assert (back.id, back.state, back.reason) == (old.id, "dead", "no_longer_planned")
    assert "another delivery goes to the address it has today" in back.detail
    house.come_back()
    house.deliver(Accepted())
    assert sorted(d.message.to for d in house.sent) == [("kim@x",), ("right@x",)]
    assert house.quiet()


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_workers_clock_decides_no_deadline(house: House, hours: int) -> None:
    """What expires after an hour has an hour by the clock of Redis."""
    refused(house, replace(OWNER, delivery=DeliveryRules(expires_after=timedelta(hours=1))))
    house.recompose()
    house.sweep()
    house.intake.take_in(1, lambda: datetime.now(UTC) + timedelta(hours=hours))

    claim = house.outbox.claim(Way(Channel.MAIL, "relay1"), 1)

    (delivery,) = claim.deliveries
    assert timedelta(minutes=59) < delivery.deadline - claim.now <= timedelta(hours=1)


@pytest.mark.parametrize("readable", [True, False])
def test_many_endings_come_in_calls_of_a_bounded_size(
    house: House, readable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis isn't kept from its other clients, however many letters one event has."""
    house.people = {f"u{i}": f"u{i}@x" for i in range(2 * CHUNK + 1)}
    refused(house, STAFF)
    house.define(replace(STAFF, active=False))
    house.recompose()
    if not readable:
        (key,) = house.redis.keys(f"{PREFIX}event:*:asked")
        house.redis.hset(key.removesuffix(b":asked").decode(), "raw", "nonsense")
    house.sweep()
    longest = 0
    call = Redis.execute_command

    def measured(redis: Redis, *arguments: Any, **more: Any) -> Any:
        nonlocal longest
        longest = max(longest, len(arguments))
        return call(redis, *arguments, **more)

    monkeypatch.setattr(Redis, "execute_command", measured)
    house.take_in()

    assert longest < 6 * CHUNK
    assert len(house.letters) == 2 * CHUNK + 1
    assert {x.reason for x in house.letters} == {"no_longer_planned" if readable else "internal_error"}
    assert house.quiet()


@pytest.mark.parametrize("ending", [Accepted(), GONE])
def test_a_second_reader_comes_late(house: House, ending: Outcome) -> None:
    """Both read the same wish; when the second writes, the first's text is on its way, or refused again."""
    refused(house)
    house.recompose()
    write = late(house)
    house.come_back()
    house.deliver(ending)
    before = house.deliveries()

    write()

    assert house.deliveries() == before
    assert house.quiet()


def test_a_second_reader_of_a_failed_definition_comes_late(house: House) -> None:
    """What the first one made is made once, although the definition failed again and was asked for again."""
    house.patience = RetryPolicy(timedelta(0), deadline=timedelta(0))
    house.define(STAFF)
    house.people = {"kim": "kim@x", "rosa": "rosa@x"}
    house.gone_after = 0
    house.happens()
    house.take_in()
    house.come_back()
    house.desk.replay(house.letters)
    write = late(house)
    house.gone_after = 1
    house.come_back()
    house.come_back()
    assert house.states() == {"staff k**@x": "queued", "staff": "dead"}
    house.desk.replay(house.letters)
    house.gone_after = 2

    write()
    house.deliver(Accepted())

    assert sorted(d.message.to for d in house.sent) == [("kim@x",), ("rosa@x",)]
    assert len(house.deliveries()) == 3


def test_a_letter_is_recomposed_again_for_the_address_it_was_given(house: House) -> None:
    """Two addresses were mended, one was refused once more: it is that one's."""
    mailboxes = reworded(MAILBOX, **{"To email": "a@x, b@x"})
    refused(house, mailboxes)
    house.define(reworded(MAILBOX, **{"To email": "c@x, d@x"}))
    house.recompose()
    house.come_back()
    house.deliver(GONE)
    again = next(x for x in house.letters if x.to == "d**@x")

    house.recompose(again)
    house.come_back()
    house.deliver(Accepted())

    assert [(d.id, d.message.to) for d in house.sent] == [(again.id, ("d@x",))]


class Crash(BaseException):
    """The process is gone."""


def test_a_crash_at_any_step_loses_nothing_and_repeats_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """After each call to Redis between the wish and the sending, and before it, a process may end."""
    points = 0
    for point in range(100):
        house.redis.flushall()
        house.sent.clear()
        refused(house, OWNER, BROKEN)
        house.define(OWNER, MAILBOX)
        house.recompose()
        crashed = False
        with monkeypatch.context() as patch:
            made = itertools.count()
            patch.setattr(Redis, "execute_command", _counted(Redis.execute_command, made, point))
            patch.setattr(Pipeline, "execute", _counted(Pipeline.execute, made, point))
            try:
                house.come_back()
            except Crash:
                crashed = True
        for row in house.redis.xpending_range("token-events", "notifier", "-", "+", 10):
            house.redis.xclaim("token-events", "notifier", "gone", 0, [row["message_id"]], idle=60_000, justid=True)
        house.come_back()
        house.deliver(Accepted())

        assert sorted(d.handler for d in house.sent) == ["mailbox", "owner"], point
        assert house.letters == [], point
        assert house.quiet(), point
        if not crashed:
            break
        points += 1
    assert points > 20


def _counted(call: Callable[..., Any], made: Iterator[int], point: int) -> Callable[..., Any]:
    """Calls go through until the one that is not made, or whose answer is not heard any more."""

    def counted(*arguments: Any, **more: Any) -> Any:
        number = next(made)
        if number == point // 2 and point % 2 == 0:
            raise Crash
        answer = call(*arguments, **more)
        if number == point // 2:
            raise Crash
        return answer

    return counted


def test_asked_again_while_it_is_put_back(house: House) -> None:
    """A second letter reopened in the moment the first's event returns to the stream comes back, too."""
    first, second = refused(house, OWNER, MAILBOX)
    house.recompose(first)
    (comeback,) = reopened(house.redis)
    house.stream.put_back(comeback.raw, comeback.arrived, comeback.key)
    house.take_in()
    house.recompose(second)
    returned(house.redis, comeback)

    house.come_back()
    house.deliver(Accepted())

    assert {d.id for d in house.sent} == {first.id, second.id}
    assert house.quiet()


@pytest.mark.parametrize("readable", [True, False])
def test_an_entry_that_is_read_when_its_event_is_forgotten(house: House, readable: bool) -> None:
    """It was put back for a letter that was discarded then; nobody is told anything, and nothing is in quarantine."""
    house.define(OWNER, MAILBOX)
    house.happens()
    house.take_in()
    house.answer = lambda d: GONE if d.handler == "owner" else Accepted()
    house.deliver()
    house.recompose()
    if not readable:
        (key,) = house.redis.keys(f"{PREFIX}event:*:asked")
        house.redis.hset(key.removesuffix(b":asked").decode(), "raw", "nonsense")
    house.sweep()
    house.desk.discard(house.letters)
    for key in (*house.redis.scan_iter(f"{PREFIX}event:*"), *house.redis.scan_iter(f"{PREFIX}delivery:*")):
        assert house.redis.pttl(key) > 0
        house.redis.delete(key)

    house.take_in()
    house.deliver(Accepted())

    assert [d.handler for d in house.sent] == ["mailbox"]
    assert len(Quarantine(house.redis)) == 0
    assert house.quiet()


@pytest.mark.parametrize("known", [True, False])
def test_a_producer_cannot_pass_an_event_off_as_a_reopened_one(house: House, known: bool) -> None:
    """Whatever it writes beside the event: it is taken in like any other."""
    event = {"specversion": "1.0", "id": "e1", "source": "/pi", "type": "token_init"}
    raw = json.dumps({**event, "data": {"tokenowner": {"username": "kim"}}}).encode()
    house.stream.put_back(raw, b"", "something else")  # so that there is a mark
    house.redis.delete("token-events")
    asked = parse(raw, arrived=datetime.now(UTC)).key if known else "another"
    house.redis.xadd("token-events", {"event": raw, "asked": asked, "mark": "guessed"})
    house.redis.xadd("token-events", {"event": "nonsense", "asked": "another"})

    house.take_in()
    house.deliver(Accepted())

    assert len(house.sent) == 1
    assert len(Quarantine(house.redis)) == 1


def test_a_recomposed_letter_stands_for_the_new_address(house: House) -> None:
    """The event waits for the directory still; when it meets all its definitions, nobody is told twice."""
    house.define(MAILBOX, OWNER)
    house.down = True
    house.happens()
    house.take_in()
    house.deliver(GONE)
    new = reworded(MAILBOX, **{"To email": "right@x"})
    house.define(new, OWNER)
    house.recompose()
    while house.letters:
        house.come_back()
    house.deliver(Accepted())

    house.down = False
    house.come_back()
    house.deliver(Accepted())

    assert sorted(d.message.to for d in house.sent) == [("kim@x",), ("right@x",)]
    assert house.states() == {"mailbox r**@x": "sent", "owner k**@x": "sent"}
    ends = [key for key in house.redis.scan_iter(f"{PREFIX}event:*") if house.redis.pttl(key) == -1]
    assert ends == []


def test_ten_thousand_letters(house: House) -> None:
    """Of as many events: each is sent once, with its own id."""
    house.happens(*(f"e{number}" for number in range(10_000)))
    house.take_in()
    house.deliver(GONE)
    letters = house.letters
    house.define(reworded(OWNER, body="Dear {username}"))

    for start in range(0, 10_000, 500):
        assert set(house.recompose(*letters[start : start + 500])) == {Answer.REOPENED}
    while house.redis.zcard(f"{PREFIX}reopened"):
        house.come_back()
    house.deliver(Accepted())

    assert {d.id for d in house.sent} == {x.id for x in letters}
    assert len(house.sent) == 10_000
    assert {d.message.body for d in house.sent} == {"Dear kim"}
    assert house.quiet()
