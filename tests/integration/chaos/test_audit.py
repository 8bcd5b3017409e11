"""The experiment's judge: each broken promise is found, and a kept one isn't called broken."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from chaos.audit import Audit, Findings
from chaos.dice import HELD, Notice, Temper
from notifier.model import Channel, Delivery, Event, Message, OnUnsure, delivery_id
from notifier.outcome import Accepted, Outcome, Reason, Rejected, Unsure
from notifier.record.outbox import Plan, Settlement, Way
from notifier.record.redis_outbox import PREFIX, RedisOutbox
from notifier.retry import Again, Done, GiveUp, Hold, Step

WAY = Way(Channel.MAIL, "relay1")
DAY = timedelta(days=1)
E1 = Notice(0.0, "e1", "token_init", Temper.OK, stubborn=True)
UNSURE = Unsure(Reason.NO_ANSWER, "no answer came")


def tried(redis: Redis, *attempts: tuple[Outcome, Step], notice: Notice = E1) -> str:
    """Plan a notice's mail and try it; the delivery's id."""
    now = datetime.now(UTC)
    event = Event(notice.ident, "/test", notice.type, now, raw=b"{}")
    message = Message(Channel.MAIL, "relay1", ("kim@example.com",), "Hello", subject="Hi")
    ident = delivery_id(event.key, "h", message)
    outbox = RedisOutbox(redis, retention=DAY)
    outbox.plan([Plan(event, [Delivery(ident, event.key, "h", message, now, now + DAY, on_unsure=OnUnsure.RESEND)])])
    for outcome, step in attempts:
        outbox.settle(outbox.claim(WAY, 1), [Settlement(ident, outcome, step)], None)
    return ident


def judged(redis: Redis, arrived: int, *notices: Notice, identity: str = "") -> Findings:
    """The findings when e1's mail arrived so often."""
    identities = {"e1": {identity}} if identity else {}
    return Audit(redis, Counter({(Channel.MAIL, "e1"): arrived} if arrived else {}), identities).run(
        notices or [E1], []
    )


def again() -> Again:
    """Due at once."""
    return Again(datetime.now(UTC) - timedelta(seconds=1), counted=True)


def test_sent_once_and_arrived_once_is_good(redis: Redis) -> None:
    """Nothing is found."""
    ident = tried(redis, (Accepted(), Done()))

    found = judged(redis, 1, identity=ident)

    assert found.good, found
    assert found.duplicates == 0


def test_a_duplicate_recorded_as_unsure_is_good(redis: Redis) -> None:
    """It is counted."""
    tried(redis, (UNSURE, again()), (Accepted(), Done()))

    found = judged(redis, 2)

    assert found.good, found
    assert found.duplicates == 1


def test_a_dead_letter_with_its_reason_is_good(redis: Redis) -> None:
    """It isn't lost, its keys wait for an operator, and it is no leak."""
    refused = Notice(0.0, "e1", "token_init", Temper.REFUSED, stubborn=True)
    tried(redis, (Rejected(Reason.MAILBOX_UNAVAILABLE, "550"), GiveUp(Reason.MAILBOX_UNAVAILABLE)))

    assert judged(redis, 0, refused).good


@pytest.mark.parametrize("arrived", [2, 3])
def test_a_duplicate_nobody_recorded_is_found(redis: Redis, arrived: int) -> None:
    """One accepted attempt explains one arrival, an unsure one explains another."""
    tried(redis, (Accepted(), Done())) if arrived == 2 else tried(redis, (UNSURE, again()), (Accepted(), Done()))

    assert len(judged(redis, arrived).unrecorded) == 1


def test_what_never_arrived_is_lost(redis: Redis) -> None:
    """Whatever the record says of it."""
    tried(redis, (Accepted(), Done()))

    assert judged(redis, 0).lost == ["e1/mail: sent, and it never arrived"]


def test_an_event_without_a_trace_is_lost(redis: Redis) -> None:
    """Accepted, and not in the record."""
    assert judged(redis, 0).lost == ["e1: accepted, and not in the record"]


def test_a_dead_letter_nobody_expected_is_found(redis: Redis) -> None:
    """A recipient nobody refused."""
    tried(redis, (Rejected(Reason.MAILBOX_UNAVAILABLE, "550"), GiveUp(Reason.MAILBOX_UNAVAILABLE)))

    assert judged(redis, 0).wrong == ["e1/mail: dead for mailbox_unavailable"]


def test_a_delivery_that_does_not_end_is_found(redis: Redis) -> None:
    """Tried, and to be tried again for ever."""
    tried(redis, (UNSURE, again()))

    found = judged(redis, 1)

    assert "e1/mail: is retry" in found.wrong
    assert "due:mail:relay1 is still there" in found.leaks


def test_a_held_one_may_not_arrive_twice(redis: Redis) -> None:
    """Not even when that is recorded."""
    held = Notice(0.0, "e1", HELD, Temper.OK, stubborn=True)
    tried(redis, (UNSURE, again()), (UNSURE, Hold(Reason.NO_ANSWER)), notice=held)

    assert judged(redis, 1, held).good
    assert len(judged(redis, 2, held).unrecorded) == 1


def test_a_second_identity_is_found(redis: Redis) -> None:
    """The Message-ID is the delivery's."""
    tried(redis, (Accepted(), Done()))

    assert judged(redis, 1, identity="another").wrong == ["e1/mail: its mails have other identities than the delivery"]


def test_a_stranger_and_an_endless_key_are_found(redis: Redis) -> None:
    """What nobody published, and what nobody will ever delete."""
    tried(redis, (Accepted(), Done()))
    redis.set(f"{PREFIX}something:1", "1")
    redis.sadd(f"{PREFIX}ids:e1", "key")

    found = Audit(redis, Counter({(Channel.MAIL, "e1"): 1, (Channel.SMS, "e9"): 1}), {}).run([E1], [])

    assert found.wrong == ["e9/sms: arrived, and nobody published it"]
    assert sorted(found.leaks) == ["1 keys of ids have no end; 0 may", "1 keys of something have no end; 0 may"]
