"""A delivery is leased to one worker at a time, and a lease ends by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from records import HOUR, WAY, Record

from notifier.circuit import Failed, Well
from notifier.model import OnUnsure
from notifier.outcome import Accepted, Deferred, Reason, Rejected
from notifier.record.redis_outbox import LEASE, MOST_LOSSES
from notifier.retry import Again, Done, GiveUp


def test_a_claimed_delivery_is_nobody_elses(record: Record) -> None:
    """Workers asking at once get different deliveries, no more than they asked for, and no more than there are."""
    record.plan("e1", "a@example.com", "b@example.com", "c@example.com")
    record.answers()

    claims = [record.outbox.claim(WAY, 2) for _ in range(3)]

    assert [len(claim.deliveries) for claim in claims] == [2, 1, 0]
    assert len({d.id for claim in claims for d in claim.deliveries}) == 3
    assert len({claim.token for claim in claims}) == 3
    assert (record.queue().due, record.queue().leased) == (0, 3)
    assert {d["state"] for d in record.deliveries("e1")} == {"sending"}


def test_what_has_been_due_for_longest_comes_first(record: Record) -> None:
    """However late it was planned."""
    record.plan("first", "a@example.com")
    record.answers()
    record.elapse(timedelta(seconds=1))
    record.plan("second", "a@example.com")

    claimed = [d.event for d in record.outbox.claim(WAY, 2).deliveries]

    assert claimed == [record.event(ident).key for ident in ("first", "second")]


def test_nothing_is_claimed_before_its_time(record: Record) -> None:
    """A deferred delivery is out of every worker's way until it is due."""
    record.plan("e1", "kim@example.com")
    later = Again(record.now() + HOUR, counted=True)
    record.attempt(later, Deferred(Reason.GREYLISTED, "451"), Well())

    record.elapse(HOUR - timedelta(seconds=10))
    assert not record.outbox.claim(WAY, 1).deliveries
    assert (record.queue().due, record.queue().waiting, record.queue().deferred) == (0, 1, 1)
    record.elapse(timedelta(seconds=20))

    (delivery,) = record.outbox.claim(WAY, 1).deliveries
    assert delivery.attempts == 1


def test_only_the_holder_of_the_lease_settles(record: Record) -> None:
    """A worker that lost its lease can't undo what the next one did, whether that is done with it or not."""
    record.plan("e1", "kim@example.com")
    lost = record.outbox.claim(WAY, 1)
    record.elapse(LEASE)
    assert record.outbox.reclaim() == 1
    (ident,) = (d.id for d in lost.deliveries)
    refused = GiveUp(Reason.REFUSED), Rejected(Reason.REFUSED)

    held = record.outbox.claim(WAY, 1)
    assert record.settle(lost, *refused) == [ident]
    assert record.settle(held, Done(), Accepted()) == []
    assert record.settle(lost, *refused) == record.settle(held, *refused) == [ident]

    (shown,) = record.deliveries("e1")
    assert (shown["state"], [a["outcome"] for a in shown["attempts"]]) == ("sent", ["unsure", "accepted"])


@pytest.mark.parametrize("health", [Well(), Failed(HOUR)])
def test_who_lost_the_lease_says_nothing_of_the_provider(record: Record, health: Failed | Well) -> None:
    """What it saw is long past."""
    record.plan("e1", "kim@example.com")
    lost = record.outbox.claim(WAY, 1)
    record.elapse(LEASE)
    record.outbox.reclaim()
    before = record.queue()

    record.settle(lost, Done(), Accepted(), health)

    assert record.queue() == before
    assert [len(record.outbox.claim(WAY, 1).deliveries) for _ in range(2)] == [1, 0], "nor that it answered"


def test_a_worker_that_is_gone_makes_it_unsure(record: Record) -> None:
    """Nobody knows whether it went out: recorded as such, and held where the definition says hold."""
    record.plan("e1", "a@example.com")
    record.plan("e2", "b@example.com", unsure=OnUnsure.HOLD)
    record.answers()
    record.outbox.claim(WAY, 2)
    record.elapse(LEASE - timedelta(seconds=5))
    assert record.outbox.reclaim() == 0
    record.elapse(timedelta(seconds=5))

    assert (record.outbox.reclaim(), record.outbox.reclaim()) == (2, 0)

    (resend,), (hold,) = record.deliveries("e1"), record.deliveries("e2")
    assert (resend["state"], hold["state"]) == ("retry", "held")
    for shown in (resend, hold):
        ((outcome, reason),) = ((a["outcome"], a["reason"]) for a in shown["attempts"])
        assert (outcome, reason, shown["reason"]) == ("unsure", "worker_lost", "worker_lost")
    assert (record.glance().dead, record.queue().unsure, record.queue().due) == (1, 2, 1)


def test_a_delivery_that_takes_its_workers_along_is_given_up(record: Record) -> None:
    """Five workers lost over one message are enough; a replay begins to count anew."""
    record.plan("e1", "a@example.com")
    for _ in range(2):
        for _ in range(MOST_LOSSES):
            assert record.outbox.claim(WAY, 1).deliveries
            record.elapse(LEASE)
            record.outbox.reclaim()

        assert not record.outbox.claim(WAY, 1).deliveries
        (shown,) = record.deliveries("e1")
        assert (shown["state"], shown["reason"]) == ("dead", "worker_lost")
        record.desk.replay(list(record.desk.letters()))

    assert len(shown["attempts"]) == 2 * MOST_LOSSES


def test_as_many_are_taken_back_as_are_asked_for(record: Record) -> None:
    """A worker lost with thousands must not keep Redis from everybody else."""
    record.plan("e1", *(f"{i}@example.com" for i in range(5)))
    record.answers()
    record.outbox.claim(WAY, 5)
    record.elapse(LEASE)

    assert [record.outbox.reclaim(most=2) for _ in range(4)] == [2, 2, 1, 0]


def test_renewed_leases_are_not_taken_back(record: Record) -> None:
    """An attempt that is running, however slowly, keeps its lease."""
    record.plan("e1", "a@example.com")
    claim = record.outbox.claim(WAY, 1)

    for _ in range(5):
        record.elapse(LEASE / 2)
        assert record.outbox.renew(claim)
        assert record.outbox.reclaim() == 0

    record.elapse(LEASE)
    assert record.outbox.reclaim() == 1


def test_a_lease_that_is_lost_is_not_renewed(record: Record) -> None:
    """A worker that was frozen learns that somebody else is at it, and takes nothing away."""
    record.plan("e1", "a@example.com")
    lost = record.outbox.claim(WAY, 1)
    record.elapse(LEASE)
    record.outbox.reclaim()
    held = record.outbox.claim(WAY, 1)

    assert not record.outbox.renew(replace(lost, lease=HOUR))

    record.elapse(LEASE)
    assert record.outbox.reclaim() == 1
    assert not record.outbox.renew(held)


def test_some_leases_of_a_claim_may_be_lost(record: Record) -> None:
    """Those that are held are prolonged all the same."""
    record.plan("e1", "a@example.com", "b@example.com")
    record.answers()
    claim = record.outbox.claim(WAY, 2)
    first, second = claim.deliveries
    record.settle(replace(claim, deliveries=[first]), Done(), Accepted())
    record.elapse(LEASE / 2)

    assert not record.outbox.renew(claim)

    record.elapse(LEASE / 2)
    assert record.outbox.reclaim() == 0
    assert record.settle(replace(claim, deliveries=[second]), Done(), Accepted()) == []


def test_a_lease_outlives_its_provider_s_time_out(build: Callable[..., Record]) -> None:
    """A gateway that may take a minute is waited for; where nobody waits, a lost worker is noticed early."""
    slow = build(time_out=lambda _: 60.0)
    slow.plan("e1", "a@example.com")
    assert slow.outbox.claim(WAY, 1).lease == timedelta(seconds=70)
    slow.elapse(timedelta(seconds=65))
    assert slow.outbox.reclaim() == 0
    slow.elapse(timedelta(seconds=5))
    assert slow.outbox.reclaim() == 1

    assert build(time_out=lambda _: 1.0).outbox.lease_of(WAY) == LEASE
