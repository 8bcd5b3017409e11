"""An event is planned once, however often it comes, and whatever happens on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from records import DAY, WAY, Record

from notifier.circuit import Well
from notifier.errors import UnknownId
from notifier.model import Channel, Delivery
from notifier.outcome import Accepted
from notifier.record.codec import to_milliseconds, to_ms
from notifier.record.outbox import Failure, Note, Plan
from notifier.record.redis_outbox import CHUNK
from notifier.retry import Done

FAILURE = Failure("f1", "h", Channel.MAIL, "relay1", "directory_unavailable", "'ad' timed out")


def test_the_same_event_is_planned_once(record: Record) -> None:
    """Published twice, or read again after a crash: the deliveries are there once, and nothing is added."""
    first = record.plan("e1", "kim@example.com", "rosa@example.com")
    again = record.plan("e1", "kim@example.com", "rosa@example.com", "late@example.com")

    assert (first, again) == (True, False)
    assert record.queue().due == 2


def test_twice_in_one_batch_is_once(record: Record) -> None:
    """The stream may hold an event twice, side by side."""
    plans = [record.prepare("e1", "kim@example.com"), record.prepare("e2", "kim@example.com")]

    assert record.outbox.plan([*plans, plans[0]]) == [True, True, False]
    assert record.queue().due == 2


def test_one_recipient_is_told_once_by_one_definition(record: Record) -> None:
    """Two members of a realm with one address: one delivery."""
    record.plan("e1", "kim@example.com", "kim@example.com")

    assert record.queue().due == 1


def test_an_event_with_thousands_of_deliveries_is_planned_once(record: Record) -> None:
    """In several calls where one would be too large, and a second plan adds nothing."""
    recipients = [f"user{i}@example.com" for i in range(2 * CHUNK + 1)]

    assert [record.plan("e1", *recipients), record.plan("e1", *recipients)] == [True, False]
    assert record.queue().due == 2 * CHUNK + 1


def test_what_broke_off_is_completed(record: Record) -> None:
    """A planner that ended half-way leaves no event planned: the next one plans what is missing, and no more."""
    whole = record.prepare("e1", *(f"user{i}@example.com" for i in range(2 * CHUNK)))

    def broken() -> Iterator[Delivery]:
        yield from list(whole.deliveries)[: CHUNK + 7]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        record.outbox.plan([replace(whole, deliveries=broken())])

    assert record.outbox.plan([whole]) == [True]
    assert record.queue().due == 2 * CHUNK
    assert len({d["id"] for d in record.deliveries("e1")}) == 2 * CHUNK


def test_nothing_to_do_is_final_at_once(record: Record) -> None:
    """An event nobody wants to hear of is remembered, with the reason, for the retention and no longer."""
    record.outbox.plan([Plan(record.event("e1"), notes=[Note("h", "not_matched", "condition_false", "realm")])])

    assert record.state("e1") == "final"
    assert record.show("e1")["event"]["handlers"][0]["detail"] == "realm"
    record.elapse(DAY)
    with pytest.raises(UnknownId):
        record.show("e1")


def test_all_about_an_event_is_forgotten_together(record: Record) -> None:
    """Not before the last delivery is final: one forgotten earlier could be planned and sent again."""
    record.plan("e1", "a@example.com", "b@example.com")
    record.attempt(Done(), Accepted(), Well())
    record.elapse(2 * DAY)
    assert {d["state"] for d in record.deliveries("e1")} == {"sent", "queued"}
    record.attempt(Done(), Accepted(), Well())

    record.elapse(DAY / 2)
    assert record.state("e1") == "final"
    assert not record.plan("e1", "a@example.com", "b@example.com")
    record.elapse(DAY / 2)

    with pytest.raises(UnknownId):
        record.show("e1")


def test_a_definition_that_failed_is_a_dead_letter_at_once(record: Record) -> None:
    """Beside the deliveries of those that didn't."""
    plan = record.prepare("e1", "kim@example.com")
    record.outbox.plan([replace(plan, failures=[FAILURE])])

    assert {d["id"]: d["state"] for d in record.deliveries("e1") if d["id"] == "f1"} == {"f1": "dead"}
    assert (record.queue().due, record.glance().dead) == (1, 1)


def test_an_event_waits_for_its_directory(record: Record) -> None:
    """What could be decided is due; the event comes back when it is time, and what it had then isn't planned again."""
    early = record.prepare("e1", "kim@example.com")
    record.outbox.plan([replace(early, deferred=[FAILURE])])
    assert (record.state("e1"), record.glance().deferred, record.queue().due) == ("deferred", 1, 1)
    assert record.reopened() == []

    record.elapse(timedelta(seconds=10))
    (comeback,) = record.reopened()
    assert (comeback.key, comeback.raw, comeback.asked) == (early.event.key, early.event.raw, False)
    assert abs(int(comeback.arrived) - to_ms(early.event.time)) <= to_milliseconds(timedelta(seconds=10)), (
        "when it came"
    )
    assert record.reopened() == [comeback], "until it is in the stream again"
    record.returned(comeback)
    assert record.reopened() == []

    assert record.plan("e1", "kim@example.com", "rosa@example.com")
    assert (record.state("e1"), record.glance().deferred, record.queue().due) == ("open", 0, 2)
    assert not record.plan("e1", "late@example.com")


def test_what_was_sent_while_its_event_waited_is_kept_with_it(record: Record) -> None:
    """Else it would be planned and sent again when the directory is back, days later."""
    early = record.prepare("e1", "kim@example.com")
    record.outbox.plan([replace(early, deferred=[FAILURE])])
    record.attempt(Done(), Accepted())
    record.elapse(2 * DAY)

    record.plan("e1", "kim@example.com")

    assert [d["state"] for d in record.deliveries("e1")] == ["sent"]
    assert record.state("e1") == "final"


def test_an_event_waits_for_its_directory_no_longer_than_patience_has_it(build: Callable[..., Record]) -> None:
    """After a day it is a dead letter with the reason."""
    record = build()
    record.outbox.plan([Plan(record.event("e1"), deferred=[FAILURE])])
    record.elapse(DAY)

    record.outbox.plan([late := Plan(record.event("e1"), deferred=[FAILURE])])

    assert (record.state("e1"), record.glance().deferred) == ("open", 0)
    assert [(d["state"], d["reason"]) for d in record.deliveries("e1")] == [("dead", "directory_unavailable")]
    assert late.failures == [FAILURE]


def test_each_wait_is_longer_than_the_one_before(record: Record) -> None:
    """5 s, 10 s, 20 s, ... (three quarters of them here) up to a minute."""
    waits = []
    for _ in range(6):
        record.outbox.plan([Plan(record.event("e1"), deferred=[FAILURE])])
        seconds = 0.0
        while not (found := record.reopened()):
            record.elapse(timedelta(seconds=1.25))
            seconds += 1.25
        record.returned(*found)
        waits.append(seconds)

    assert waits == [3.75, 7.5, 15, 30, 45, 45]


@pytest.mark.parametrize("expires", [False, True])
def test_the_record_s_clock_counts_the_deadline(record: Record, *, expires: bool) -> None:
    """A policy's is a span of time, wherever the planner's clock stands; a definition's is the moment it says."""
    wrong = timedelta(days=2)
    there = record.prepare("e1", "kim@example.com", expires=expires)
    moved = [replace(d, created=d.created + wrong, deadline=d.deadline + wrong) for d in there.deliveries]
    record.outbox.plan([replace(there, deliveries=moved)])

    (delivery,) = record.outbox.claim(WAY, 1).deliveries

    off = delivery.deadline - (record.now() + DAY)
    assert abs(off - (wrong if expires else timedelta())) < timedelta(minutes=5)
    assert abs(record.now() - delivery.created) < timedelta(minutes=5)


def test_what_was_planned_is_what_is_claimed(record: Record) -> None:
    """Text and all."""
    plan = record.prepare("e1", "kim@example.com")
    record.outbox.plan([plan])

    (claimed,) = record.outbox.claim(WAY, 1).deliveries

    (planned,) = plan.deliveries
    assert (claimed.message, claimed.handler, claimed.event) == (planned.message, "h", plan.event.key)


def test_the_versions_and_the_last_words_are_kept(record: Record) -> None:
    """Who looks at a dead letter sees by which rules it was planned, and what the provider said last."""
    there = record.prepare("e1", "kim@example.com")
    (delivery,) = there.deliveries
    aged = replace(delivery, definition_version="d1", expires=True)
    record.outbox.plan([replace(there, deliveries=[aged], configuration_version="c1")])
    record.attempt(Done(), Accepted("250 queued as 1"))

    (shown,) = record.deliveries("e1")
    assert (shown["definition_version"], shown["configuration_version"]) == ("d1", "c1")
    assert (shown["detail"], shown["to"]) == ("250 queued as 1", "k**@example.com")
    assert "kim" not in str(shown)
