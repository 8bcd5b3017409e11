"""What one recipient gets within a window is limited; the rest is on the desk, and they are told how much, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from records import DAY, WAY, Record

from notifier.circuit import Well
from notifier.compose.heldback import HeldBack
from notifier.configuration import Policies, Rate
from notifier.errors import UnknownId
from notifier.model import Channel, Delivery, Message, delivery_id
from notifier.observe.events import Observation
from notifier.outcome import Accepted
from notifier.record.desk import Answer
from notifier.record.outbox import Failure, Plan, Way
from notifier.retry import Done
from notifier.summaries import Summaries

MINUTES = timedelta(minutes=10)
LIMIT = Rate(2, MINUTES)
KIM, ROSA = "kim@example.com", "rosa@example.com"
SMS = Way(Channel.SMS, "sms1")


@pytest.fixture
def record(build: Callable[..., Record]) -> Record:
    """Two in ten minutes."""
    return build(per_recipient=LIMIT)


def plan(record: Record, number: int, *recipients: str, since: int = 0, **rules: object) -> None:
    """So many events, each of which tells these recipients."""
    for i in range(since, since + number):
        assert record.plan(f"e{i}", *(recipients or (KIM,)), **rules)


def tell(record: Record) -> int:
    """The sweep comes by."""
    heard: list[Observation] = []
    held_back = HeldBack({}, "UTC")
    summaries = Summaries(record.floods, held_back, Policies(), observe=heard.append)
    told = summaries.tell(record.floods.overflows(), record.now())
    assert len(heard) == told
    return told


def sent(record: Record, way: Way = WAY) -> list[Message]:
    """All that is due is sent."""
    messages: list[Message] = []
    while claim := record.outbox.claim(way, 64):
        if not claim.deliveries:
            return messages
        record.settle(claim, Done(), Accepted(), Well())
        messages += [delivery.message for delivery in claim.deliveries]
    raise AssertionError


def held(record: Record) -> int:
    """On the desk, for that reason."""
    return sum((x.state, x.reason) == ("held", "recipient_limit") for x in record.desk.letters())


def test_what_is_beyond_the_limit_is_held_on_the_desk(record: Record) -> None:
    """With the reason, and with its text: an operator sees it, and may send it."""
    plan(record, 5)

    assert (record.queue().due, held(record)) == (2, 3)
    (delivery,) = record.deliveries("e4")
    assert (delivery["state"], delivery["reason"], delivery["attempts"]) == ("held", "recipient_limit", [])
    assert delivery["detail"] == "more than 2/10m to this recipient"
    assert record.state("e4") == "open"


def test_another_recipient_and_another_channel_count_for_themselves(record: Record) -> None:
    """However their addresses are written: capitals and blanks make nobody else of somebody."""
    plan(record, 2)
    record.plan("r", ROSA)
    record.plan("s", KIM, way=SMS)
    record.plan("k", "Kim@Example.COM")

    assert (record.queue().due, record.queue(SMS).due, held(record)) == (3, 1, 1)


def test_an_event_that_is_planned_again_counts_once(record: Record) -> None:
    """Published twice, or read again after a crash."""
    for _ in range(3):
        record.plan("e0", KIM)
    record.plan("e1", KIM)
    early = record.prepare("e2", ROSA)
    failure = Failure("f1", "h", Channel.MAIL, "relay1", "directory_unavailable", "")
    for _ in range(4):
        record.outbox.plan([replace(early, deferred=[failure])])
    record.plan("e3", ROSA)

    assert held(record) == 0


def test_a_failure_counts_for_nobody(record: Record) -> None:
    """A letter without a message has no recipient."""
    failure = Failure("f1", "h", Channel.MAIL, "relay1", "template_error", "")
    record.outbox.plan([Plan(record.event("f"), failures=[failure])])
    plan(record, 2)

    assert held(record) == 0


def test_the_recipient_is_told_once_when_the_window_is_over(record: Record) -> None:
    """By the same provider, from the same sender, how many there were; and that is never held back itself."""
    plan(record, 6)
    assert len(sent(record)) == 2
    assert tell(record) == 0, "more may come"

    record.elapse(MINUTES)
    assert (tell(record), tell(record)) == (1, 0)

    (summary,) = sent(record)
    assert (summary.to, summary.provider, summary.subject) == ((KIM,), "relay1", "4 more notifications held back")
    assert "4 more notifications were held back between" in summary.body
    assert held(record) == 4


def test_the_same_overflow_told_twice_is_told_once(record: Record) -> None:
    """Two sweeps at the same moment, or one that ended after Redis had written."""
    plan(record, 3)
    record.elapse(MINUTES)
    both = [record.floods.overflows(), record.floods.overflows()]
    summaries = Summaries(record.floods, HeldBack({}, "UTC"), Policies(), observe=lambda _: None)

    assert [summaries.tell(overflows, record.now()) for overflows in both] == [1, 0]
    record.elapse(MINUTES)
    assert tell(record) == 0


def test_a_summary_is_a_delivery_like_any_other(record: Record) -> None:
    """`show` tells of it, and it is forgotten when its retention is over."""
    plan(record, 3)
    record.elapse(MINUTES)
    (overflow,) = record.floods.overflows()
    summaries = Summaries(record.floods, HeldBack({}, "UTC"), Policies(), observe=lambda _: None)
    ident = summaries.plan_of(overflow, record.now()).event.id
    summaries.tell([overflow], record.now())

    story = record.show(ident)
    assert (story["event"]["source"], story["event"]["type"]) == ("notifier", "recipient_limit")
    (delivery,) = story["deliveries"]
    assert (delivery["state"], delivery["handler"], delivery["to"]) == ("queued", "recipient_limit", "k**@example.com")
    sent(record)
    assert record.state(ident) == "final"
    record.elapse(DAY)
    with pytest.raises(UnknownId):
        record.show(ident)


def test_each_window_has_its_own_summary(record: Record) -> None:
    """A late sweep mixes nothing up: what comes after the window's end is in the next one."""
    plan(record, 4)
    record.elapse(MINUTES)
    plan(record, 5, since=4)

    assert tell(record) == 1
    record.elapse(MINUTES)
    assert tell(record) == 1

    subjects = Counter(message.subject for message in sent(record))
    assert subjects == {"Hi": 4, "2 more notifications held back": 1, "3 more notifications held back": 1}


def test_what_is_critical_is_never_held_and_takes_nobody_s_turn(record: Record) -> None:
    """Ten codes in a minute, and then the notice that the token is blocked."""
    plan(record, 4, critical=True)
    plan(record, 2, since=4)
    plan(record, 2, since=6, critical=True)

    assert (record.queue().due, held(record)) == (8, 0)


def test_files_are_never_held(record: Record) -> None:
    """They are for nobody."""
    plan(record, 5, way=Way(Channel.FILE, ""))

    assert held(record) == 0


@pytest.mark.parametrize("both", [(KIM, ROSA), (ROSA, KIM)])
def test_a_mail_to_several_is_held_only_where_all_have_had_enough(record: Record, both: tuple[str, ...]) -> None:
    """It counts for each; whoever hasn't had enough would lose it because of the others."""
    plan(record, 2)
    for number in range(4):
        event, now = record.event(f"t{number}"), record.now()
        message = Message(WAY.channel, WAY.provider, both, "Hello", subject="Hi", part=1)
        delivery = Delivery(delivery_id(event.key, "t", message), event.key, "t", message, now, now + DAY)
        record.outbox.plan([Plan(event, [delivery])])

    assert held(record) == 2
    record.elapse(MINUTES)
    assert tell(record) == 2
    told = {message.to: message.subject for message in sent(record) if "held" in message.subject}
    assert told == {(KIM,): "2 more notifications held back", (ROSA,): "2 more notifications held back"}


def test_what_an_operator_replays_is_sent_and_counts_for_nobody(record: Record) -> None:
    """Replay means it; and the summary still tells how many were held back."""
    plan(record, 4)
    letters = list(record.desk.letters())

    assert record.desk.replay(letters) == [Answer.DONE, Answer.DONE]
    assert len(sent(record)) == 4
    assert (held(record), record.state("e3")) == (0, "final")
    record.elapse(MINUTES)
    assert tell(record) == 1
    assert [message.subject for message in sent(record)] == ["2 more notifications held back"]


def test_a_discarded_text_is_gone_though_the_summary_is_to_come(record: Record) -> None:
    """What is kept to write to the recipient holds no text."""
    plan(record, 3)
    record.desk.discard(list(record.desk.letters()))

    record.elapse(MINUTES)
    (overflow,) = record.floods.overflows()

    assert (overflow.envelope.to, overflow.count) == ((KIM,), 1)
    assert tell(record) == 1


def test_what_was_held_is_given_up_after_the_retention(record: Record) -> None:
    """An attacker must not fill the record; what an operator has sent again in the meantime stays."""
    plan(record, 5)
    replayed = list(record.desk.letters())[:1]
    record.desk.replay(replayed)

    record.elapse(DAY)
    tell(record)

    assert held(record) == 0
    assert {record.state(f"e{number}") for number in range(5)} == {"open", "final"}
    assert record.queue().due == 2 + 1 + 1, "two within the limit, the replayed one, and the summary"


def test_without_a_limit_nothing_is_held(build: Callable[..., Record]) -> None:
    """The guard is off unless somebody wants it."""
    record = build()
    plan(record, 9)

    assert (record.queue().due, held(record), record.floods.overflows()) == (9, 0, [])


@pytest.mark.parametrize("verb", ["replay", "recompose", "discard"])
def test_what_was_held_is_counted_apart_until_somebody_decides(record: Record, verb: str) -> None:
    """Of what lies on the desk, how much is the guard's: an attack must not look like a broken relay."""
    plan(record, 5)
    assert (record.glance().dead, record.glance().held_back) == (3, 3)

    (first, *_) = record.desk.letters()
    if verb == "discard":
        record.desk.discard([first])
    else:
        record.desk.replay([first], recompose=verb == "recompose")

    assert record.glance().held_back == 2
