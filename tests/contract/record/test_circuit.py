"""The circuit of a provider, shared by all workers: opened by its failures, closed by one probe."""

from __future__ import annotations

from datetime import timedelta

import pytest
from records import HOUR, WAY, Record

from notifier.circuit import Busy, Failed, Health, State, Well
from notifier.outcome import Deferred, Reason
from notifier.record.outbox import Claim
from notifier.record.redis_outbox import LEASE
from notifier.retry import Again


@pytest.fixture
def record(record: Record) -> Record:
    """Ten deliveries are due."""
    record.plan("e1", *(f"{i}@example.com" for i in range(10)))
    return record


def settle(record: Record, claim: Claim, health: Health | None) -> None:
    """All of it is handed back, with a word on the provider's health."""
    assert record.settle(claim, Again(claim.now, counted=False), None, health) == []


def claimed(record: Record, limit: int = 64, times: int = 2) -> list[int]:
    """How many each of several workers gets."""
    return [len(record.outbox.claim(WAY, limit).deliveries) for _ in range(times)]


def test_a_provider_that_nobody_knows_to_work_gets_one_delivery(record: Record) -> None:
    """Two workers at a server nobody has heard of: one tries one delivery, the other goes its way."""
    assert claimed(record) == [1, 0]


def test_once_it_answered_it_gets_as_many_as_there_are(record: Record) -> None:
    """Its answer is known to all workers at once."""
    settle(record, record.outbox.claim(WAY, 64), Well())

    assert claimed(record, 3) == [3, 3]


def test_an_answer_of_long_ago_shows_nothing(record: Record) -> None:
    """A server that was silent for longer than two leases is approached by one worker again."""
    settle(record, record.outbox.claim(WAY, 64), Well())
    record.elapse(record.outbox.fresh(WAY))

    assert claimed(record) == [1, 0]


def test_while_it_is_open_nothing_is_claimed(record: Record) -> None:
    """Its deliveries wait outside any worker, until the pause is over."""
    settle(record, record.outbox.claim(WAY, 1), Failed(HOUR))
    record.elapse(HOUR - timedelta(seconds=30))

    assert claimed(record) == [0, 0]
    queue = record.queue()
    assert (queue.state, queue.failures, queue.leased, queue.due) == (State.OPEN, 1, 0, 10)
    assert queue.paused(record.now())


def test_half_open_lets_one_probe_through(record: Record) -> None:
    """Two workers, one probe, until it is settled; even if the provider worked a second ago."""
    settle(record, record.outbox.claim(WAY, 1), Well())
    settle(record, record.outbox.claim(WAY, 64), Failed(timedelta(seconds=1)))
    record.elapse(timedelta(seconds=1))
    assert record.queue().state is State.HALF_OPEN

    for _ in range(2):
        probe, other = record.outbox.claim(WAY, 64), record.outbox.claim(WAY, 64)
        assert (len(probe.deliveries), len(other.deliveries)) == (1, 0)
        settle(record, probe, None)  # it had expired, say: nobody knows more than before


def test_a_probe_whose_worker_is_lost_makes_way_for_the_next(record: Record) -> None:
    """Its lease has ended: another may try, although nobody has taken the first one back yet."""
    settle(record, record.outbox.claim(WAY, 1), Failed(HOUR))
    record.elapse(HOUR)
    (lost,) = record.outbox.claim(WAY, 1).deliveries
    record.elapse(LEASE)

    (second,) = record.outbox.claim(WAY, 64).deliveries

    assert second.id != lost.id


def test_a_probe_that_is_answered_closes(record: Record) -> None:
    """All of its deliveries may go, and all workers know."""
    settle(record, record.outbox.claim(WAY, 1), Failed(HOUR))
    record.elapse(HOUR)

    settle(record, record.outbox.claim(WAY, 64), Well())

    assert (record.queue().state, record.queue().failures) == (State.OK, 0)
    assert claimed(record) == [10, 0]


def test_a_probe_that_fails_opens_again(record: Record) -> None:
    """It has failed twice in a row now, so the next pause is longer; whoever probes is told."""
    settle(record, record.outbox.claim(WAY, 1), Failed(HOUR))
    record.elapse(HOUR)
    probe = record.outbox.claim(WAY, 64)

    settle(record, probe, Failed(HOUR))

    assert (record.queue().state, record.queue().failures, probe.provider_failures) == (State.OPEN, 2, 1)


def test_workers_that_meet_one_failure_together_count_once(record: Record) -> None:
    """Four that hang at a server that went away don't make a pause of eight seconds."""
    settle(record, record.outbox.claim(WAY, 1), Well())
    claims = [record.outbox.claim(WAY, 1) for _ in range(4)]

    for claim in claims:
        settle(record, claim, Failed(HOUR))

    assert record.queue().failures == 1


def test_what_was_under_way_when_it_opened_does_not_close_it(record: Record) -> None:
    """A success that began before the failure says nothing of the time after it."""
    settle(record, record.outbox.claim(WAY, 1), Well())
    early, late = record.outbox.claim(WAY, 1), record.outbox.claim(WAY, 1)
    settle(record, late, Failed(HOUR))

    settle(record, early, Well())

    assert record.queue().state is State.OPEN


def test_a_pause_that_is_asked_for_is_no_failure(record: Record) -> None:
    """429 with Retry-After: nothing is claimed until then, and afterwards one delivery first."""
    settle(record, record.outbox.claim(WAY, 1), Well())
    settle(record, record.outbox.claim(WAY, 64), Busy(HOUR))

    assert (record.queue().state, record.queue().failures) == (State.THROTTLED, 0)
    assert claimed(record) == [0, 0]
    record.elapse(HOUR)
    assert record.queue().state is State.OK
    assert claimed(record) == [1, 0]


def test_a_probe_that_is_throttled_has_been_answered(record: Record) -> None:
    """It is there, and it wants a pause."""
    settle(record, record.outbox.claim(WAY, 1), Failed(HOUR))
    record.elapse(HOUR)

    settle(record, record.outbox.claim(WAY, 64), Busy(HOUR))

    assert (record.queue().state, record.queue().failures) == (State.THROTTLED, 0)


def test_the_longest_pause_counts(record: Record) -> None:
    """A short one that somebody else met doesn't end it."""
    settle(record, record.outbox.claim(WAY, 1), Well())
    first, second = record.outbox.claim(WAY, 1), record.outbox.claim(WAY, 1)
    settle(record, first, Busy(HOUR))
    settle(record, second, Busy(timedelta(seconds=1)))
    record.elapse(HOUR / 2)

    assert claimed(record) == [0, 0]


def test_why_it_is_left_alone_is_known_until_it_works_again(record: Record) -> None:
    """The latest words against it; refused mails and accepted ones say nothing against it."""
    claim = record.outbox.claim(WAY, 1)
    lost = Deferred(Reason.CONNECTION_REFUSED, "connection refused", provider_failed=True)
    record.settle(claim, Again(claim.now, counted=False), lost, Failed(timedelta(seconds=1)))
    opened = record.queue().why
    record.elapse(timedelta(seconds=2))
    settle(record, record.outbox.claim(WAY, 1), Well())

    assert opened == "connection_refused: connection refused"
    assert (record.queue().state, record.queue().why) == (State.OK, "")
