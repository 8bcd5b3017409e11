"""What an outcome makes of a delivery: sent, again at its time, on the desk, or untouched."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from records import HOUR, WAY, Record

from notifier.circuit import Well
from notifier.outcome import Accepted, Deferred, Outcome, Reason, Rejected, Throttled, Unsure
from notifier.record.outbox import Settlement
from notifier.retry import Again, Done, GiveUp, Hold, Step

REFUSED = Rejected(Reason.MAILBOX_UNAVAILABLE, "550 5.1.1")


def test_sent_is_final(record: Record) -> None:
    """Nobody gets it again, and the provider's last words are kept."""
    record.plan("e1", "kim@example.com")
    record.attempt(Done(), Accepted("250 ok"))

    (shown,) = record.deliveries("e1")
    assert (shown["state"], shown["attempts"][0]["detail"]) == ("sent", "250 ok")
    assert (record.state("e1"), record.glance().dead) == ("final", 0)
    record.elapse(HOUR)
    assert (record.outbox.claim(WAY, 1).deliveries, record.outbox.reclaim()) == ((), 0)


@pytest.mark.parametrize(
    ("outcome", "step", "state", "reason"),
    [
        (REFUSED, GiveUp(Reason.MAILBOX_UNAVAILABLE), "dead", "mailbox_unavailable"),
        (Deferred(Reason.GREYLISTED), GiveUp(Reason.ATTEMPTS_EXHAUSTED), "dead", "attempts_exhausted"),
        (Deferred(Reason.GREYLISTED), GiveUp(Reason.EXPIRED), "expired", "expired"),
        (None, GiveUp(Reason.EXPIRED), "expired", "expired"),
        (Unsure(Reason.NO_ANSWER), Hold(Reason.NO_ANSWER), "held", "no_answer"),
    ],
)
def test_what_is_given_up_is_on_the_desk(
    record: Record, outcome: Outcome | None, step: Step, state: str, reason: str
) -> None:
    """With its reason; the event stays open until an operator has decided."""
    record.plan("e1", "kim@example.com")
    record.attempt(step, outcome)

    (letter,) = record.desk.letters()
    (shown,) = record.deliveries("e1")
    assert (letter.state, letter.reason, letter.attempts) == (state, reason, int(outcome is not None))
    assert (shown["state"], shown["reason"], len(shown["attempts"])) == (state, reason, letter.attempts)
    assert (record.state("e1"), record.glance().dead, record.queue().leased) == ("open", 1, 0)
    assert not record.outbox.claim(WAY, 1).deliveries


@pytest.mark.parametrize(("outcome", "used"), [(Deferred(Reason.GREYLISTED), 1), (Throttled(timedelta(seconds=1)), 0)])
def test_an_attempt_is_used_up_where_the_step_says_so(record: Record, outcome: Outcome, used: int) -> None:
    """Recorded it is in any case."""
    record.plan("e1", "kim@example.com")
    record.attempt(Again(record.now(), counted=bool(used)), outcome, Well())

    (delivery,) = record.outbox.claim(WAY, 1).deliveries
    assert delivery.attempts == used
    assert [a["outcome"] for a in record.deliveries("e1")[0]["attempts"]] == [outcome.kind]


def test_what_is_handed_back_is_untouched(record: Record) -> None:
    """No attempt, no reason, and the state it had; only its turn is another."""

    def seen() -> list[dict[str, Any]]:
        return [{name: value for name, value in row.items() if name != "due"} for row in record.deliveries("e1")]

    record.plan("e1", "kim@example.com")
    back = Again(record.now(), counted=False)
    before = seen()

    record.attempt(back, None)
    assert seen() == before
    record.attempt(Again(record.now(), counted=True), Deferred(Reason.GREYLISTED, "451"))
    before = seen()
    assert before[0]["state"] == "retry"
    record.attempt(back, None)

    assert seen() == before
    assert record.queue().due == 1


def test_when_it_is_tried_next_is_told(record: Record) -> None:
    """And nothing of the kind once it is sent."""
    record.plan("e1", "kim@example.com")
    later = record.now() + timedelta(minutes=5)
    record.attempt(Again(later, counted=True), Deferred(Reason.GREYLISTED, "451"))
    (waits,) = record.deliveries("e1")
    record.elapse(timedelta(minutes=6))
    record.attempt(Done(), Accepted("250"))

    assert abs(datetime.fromisoformat(waits["due"]) - later) < timedelta(seconds=1)
    assert record.deliveries("e1")[0]["due"] is None


def test_what_expires_keeps_the_last_answer(record: Record) -> None:
    """Why it wasn't sent in time is what the operator wants to know."""
    record.plan("e1", "kim@example.com")
    record.attempt(Again(record.now(), counted=True), Deferred(Reason.GREYLISTED, "451 not yet"))
    record.attempt(GiveUp(Reason.EXPIRED), None)

    (letter,) = record.desk.letters()
    assert (letter.reason, letter.attempts) == ("expired", 1)
    assert letter.detail.endswith("the last answer was: 451 not yet")


def test_a_time_that_is_over_is_now(record: Record) -> None:
    """A worker whose clock is late asks for a moment that has passed; nothing gets before what waited longer."""
    record.plan("old", "a@example.com")
    record.answers()
    record.elapse(timedelta(seconds=1))
    record.plan("new", "a@example.com")
    claim = record.outbox.claim(WAY, 1)
    assert record.settle(claim, Again(record.now() - HOUR, counted=True), Deferred(Reason.GREYLISTED)) == []

    first, second = record.outbox.claim(WAY, 2).deliveries

    assert (first.event, second.id) == (record.event("new").key, claim.deliveries[0].id)


def test_each_fares_on_its_own(record: Record) -> None:
    """One accepted, one refused for good, one for a while, in one settlement."""
    record.plan("e1", "a@example.com", "b@example.com", "c@example.com")
    record.answers()
    claim = record.outbox.claim(WAY, 3)
    steps: list[tuple[Outcome, Step]] = [
        (Accepted(), Done()),
        (REFUSED, GiveUp(REFUSED.reason)),
        (Deferred(Reason.GREYLISTED), Again(record.now() + HOUR, counted=True)),
    ]
    rows = [Settlement(d.id, *pair) for d, pair in zip(claim.deliveries, steps, strict=True)]

    assert record.outbox.settle(claim, rows, Well()) == []

    states = {d["id"]: d["state"] for d in record.deliveries("e1")}
    assert [states[d.id] for d in claim.deliveries] == ["sent", "dead", "retry"]
    queue = record.queue()
    assert (queue.accepted, queue.rejected, queue.deferred, queue.waiting) == (1, 1, 1, 1)


def test_what_is_said_of_a_stranger_is_said_in_vain(record: Record) -> None:
    """An id that was never planned, or is forgotten."""
    record.plan("e1", "kim@example.com")
    claim = record.outbox.claim(WAY, 1)

    assert record.outbox.settle(claim, [Settlement("nobody", Accepted(), Done())], None) == ["nobody"]
    assert record.settle(claim, Done(), Accepted()) == []
