"""Deadlines behind a circuit that isn't closed: hardly any attempt is made there that could give a delivery up."""

from __future__ import annotations

import pytest
from records import HOUR, Record

from notifier.circuit import Busy, Failed, Health
from notifier.outcome import Deferred, Reason
from notifier.retry import Again


def attempt(record: Record, health: Health | None) -> str:
    """The first is tried, and due again at once."""
    refused = Deferred(Reason.CONNECTION_REFUSED, "connection refused")
    return record.attempt(Again(record.now(), counted=True), refused, health)


@pytest.mark.parametrize("health", [Failed(2 * HOUR), Busy(2 * HOUR), Failed(HOUR / 2)])
def test_what_is_overdue_behind_an_open_circuit_goes_to_the_desk(record: Record, health: Health) -> None:
    """In the way it ends otherwise, with the last answer; what has time left waits on."""
    record.plan("late", "a@x", "b@x", "c@x", lifetime=HOUR)
    tried = attempt(record, health)
    record.plan("code", "a@x", "b@x", lifetime=HOUR, expires=True)
    record.plan("fresh", "a@x", "b@x", "c@x", "d@x", lifetime=3 * HOUR)
    assert record.outbox.expire() == 0

    record.elapse(HOUR)
    assert record.outbox.expire() == 5
    assert record.outbox.expire() == 0

    late = [*record.deliveries("late"), *record.deliveries("code")]
    assert [(d["state"], d["reason"]) for d in late] == [("dead", "deadline_passed")] * 3 + [("expired", "expired")] * 2
    told = "its time was over before it could be sent"
    assert {d["detail"] for d in late if d["id"] != tried} == {told}
    assert {d["detail"] for d in late if d["id"] == tried} == {f"{told}; the last answer was: connection refused"}
    assert (record.glance().dead, record.queue().due) == (5, 4)
    assert len(list(record.desk.letters())) == 5


def test_a_provider_that_works_gives_each_its_last_try(record: Record) -> None:
    """The attempt at the deadline decides there."""
    record.plan("late", "a@x", "b@x", lifetime=HOUR)
    record.elapse(2 * HOUR)

    assert record.outbox.expire() == 0
    assert record.queue().due == 2


def test_those_behind_many_others_are_found(record: Record) -> None:
    """No call looks at many, and none is overlooked, wherever in the queue it is."""
    record.plan("before", *(f"{i}@x" for i in range(30)), lifetime=9 * HOUR)
    attempt(record, Failed(9 * HOUR))
    record.plan("late", *(f"{i}@x" for i in range(5)), lifetime=HOUR)
    record.plan("behind", *(f"{i}@x" for i in range(30)), lifetime=9 * HOUR)
    record.elapse(2 * HOUR)

    given_up: list[int] = []
    while sum(given_up) < 5:
        given_up.append(record.outbox.expire(most=2))

    assert max(given_up) <= 2
    assert record.queue().due == 60
