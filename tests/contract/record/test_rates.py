"""What a provider's rate allows is shared by all who claim, and is never more, however they come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from records import DAY, HOUR, WAY, Record

from notifier.circuit import Failed, Well
from notifier.configuration import Rate
from notifier.model import Channel
from notifier.outcome import Accepted, Deferred, Reason
from notifier.record.outbox import Way
from notifier.retry import Again, Done, GiveUp

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
#: One in six seconds, and one in three minutes: so slow that nothing a test does takes as long.
SLOW, SLOWER = Rate(10, MINUTE), Rate(20, HOUR)
SPARE = Way(Channel.MAIL, "relay2")
Build = Callable[..., Record]


def limited(build: Build, *rates: Rate, way: Way = WAY, recipients: int = 30) -> Record:
    """A record with much to send to a provider that has these rates and is known to work."""
    record = build(rates=lambda asked: rates if asked == way else ())
    record.plan("e0", "first@example.com", way=way)
    record.attempt(Done(), Accepted(), Well(), way)
    record.elapse(1.1 * max((rate.period for rate in rates), default=SECOND))
    record.plan("e1", *(f"user{i:02}@example.com" for i in range(recipients)), way=way)
    # What the time did to the circuit is not what is looked at here.
    record.settle(record.outbox.claim(way, 1), Again(record.now(), counted=False), None, Well())
    record.elapse(min((rate.period / rate.count for rate in rates), default=SECOND))
    return record


def take(record: Record, limit: int = 64, way: Way = WAY) -> int:
    """How many a worker gets; it sends them."""
    claim = record.outbox.claim(way, limit)
    record.settle(claim, Done(), Accepted(), Well())
    return len(claim.deliveries)


def test_a_slow_rate_lets_one_through_at_a_time(build: Build) -> None:
    """Ten a minute are one every six seconds, not ten at once."""
    record = limited(build, SLOW)

    assert [take(record), take(record)] == [1, 0]
    record.elapse(5 * SECOND)
    assert take(record) == 0
    record.elapse(SECOND)
    assert [take(record), take(record)] == [1, 0]


def test_a_fast_rate_lets_a_second_s_worth_through_at_once(build: Build) -> None:
    """And no more, however long nothing was sent."""
    record = limited(build, Rate(7, SECOND))
    record.elapse(timedelta(seconds=10))

    assert take(record) == 7


def test_a_second_rate_is_a_budget(build: Build) -> None:
    """Whoever may send ten a minute, but three an hour, is done after three."""
    record = limited(build, SLOW, Rate(4, HOUR))

    taken = 0
    for _ in range(5):
        taken += take(record)
        record.elapse(6 * SECOND)

    assert taken == 3, "one was claimed to begin with"
    record.elapse(HOUR - 2 * MINUTE)
    assert take(record) == 0
    record.elapse(4 * MINUTE)
    record.settle(record.outbox.claim(WAY, 1), Done(), Accepted(), Well())  # nobody knows how it fares, after an hour
    record.elapse(6 * SECOND)
    assert take(record) == 1


def test_a_permit_is_spent_whatever_comes_of_it(build: Build) -> None:
    """A deferred one, one handed back, one whose worker is gone: the provider may have heard of each."""
    record = limited(build, SLOW)

    record.settle(record.outbox.claim(WAY, 1), Again(record.now(), counted=False), None)
    assert take(record) == 0
    record.elapse(6 * SECOND)
    record.settle(record.outbox.claim(WAY, 1), Again(record.now(), counted=True), Deferred(Reason.GREYLISTED))
    assert take(record) == 0


def test_what_has_expired_needs_no_permit(build: Build) -> None:
    """Else a slow relay would be given to what nobody needs any more, and the fresh would expire, too."""
    record = limited(build, SLOW, recipients=1)
    take(record)
    record.plan("old", "old@example.com", "old2@example.com", lifetime=MINUTE, expires=True)
    record.elapse(5 * MINUTE)
    record.plan("new", "new@example.com", "new2@example.com")
    record.settle(record.outbox.claim(WAY, 1), GiveUp(Reason.EXPIRED), None, Well())

    claim = record.outbox.claim(WAY, 64)

    assert [delivery.message.to[0][:3] for delivery in claim.deliveries] == ["old", "new"]


def test_everybody_sees_when_there_will_be_a_permit(build: Build) -> None:
    """Whoever rings the bells rings then, and not before."""
    record = limited(build, SLOW)
    assert not record.queue().limited

    take(record)

    queue, now = record.queue(), record.glance().now
    assert queue.limited
    assert queue.permit_at is not None
    assert timedelta(seconds=4) < queue.permit_at - now <= timedelta(seconds=6.01)
    record.elapse(6 * SECOND)
    assert record.queue().permit_at is None


def test_a_budget_tells_when_it_is_renewed(build: Build) -> None:
    """An hour after what used it up."""
    record = limited(build, Rate(30, SECOND), Rate(3, HOUR))
    assert take(record) == 2

    queue, now = record.queue(), record.glance().now

    assert queue.permit_at is not None
    assert timedelta(minutes=58) < queue.permit_at - now <= timedelta(minutes=61)


def test_a_shared_rate_counts_what_either_sends(build: Build) -> None:
    """Mails, and SMS that go by mail over the same server: neither has the rate for itself; its own rate holds, too."""
    rates = {WAY: (SLOW, Rate(4, HOUR)), SPARE: (Rate(50, SECOND), replace(SLOW, whose=str(WAY)))}
    rates[SPARE] = (*rates[SPARE], Rate(4, HOUR, whose=str(WAY)))
    record = build(rates=lambda way: rates.get(way, ()))
    for way in (WAY, SPARE):
        record.plan(f"e-{way}", *(f"{number}@example.com" for number in range(9)), way=way)
    taken: list[int] = []

    for way in (WAY, SPARE, SPARE, WAY, SPARE, WAY):
        taken += [take(record, way=way), take(record, way=WAY if way == SPARE else SPARE)]
        record.elapse(6 * SECOND)

    assert taken == [1, 0] * 4 + [0, 0] * 2
    assert record.queue(SPARE).limited


def test_others_are_not_slowed(build: Build) -> None:
    """A rate is one provider's."""
    record = limited(build, SLOW)
    take(record)

    record.plan("e2", "kim@example.com", way=SPARE)

    assert take(record, way=SPARE) == 1


def test_a_fallback_s_rate_is_respected_when_it_takes_over(build: Build) -> None:
    """It gets what it may send now and one more; the rest waits where it may go home from at any time."""
    record = limited(build, SLOW, way=SPARE, recipients=0)
    record.plan("e2", *(f"user{i:02}@example.com" for i in range(20)))
    record.attempt(Again(record.now(), counted=False), None, Failed(HOUR))
    fallbacks = [(WAY, SPARE), (SPARE, None)]

    went = record.outbox.divert(fallbacks)
    assert went == {SPARE: 2}
    assert [take(record, way=SPARE), take(record, way=SPARE)] == [1, 0]
    assert not record.outbox.divert(fallbacks)

    record.elapse(6 * SECOND)
    assert take(record, way=SPARE) == 1
    assert record.outbox.divert(fallbacks) == {SPARE: 1}
    assert record.queue().due == 17


def test_an_edited_rate_holds_from_the_next_claim_on(build: Build) -> None:
    """It is an argument of the claim; nothing of it is stored."""
    rates = [SLOWER]
    record = build(rates=lambda _: tuple(rates))
    record.plan("e1", *(f"user{i}@example.com" for i in range(9)))
    record.attempt(Done(), Accepted(), Well())
    assert take(record) == 0

    rates[0] = Rate(5, SECOND)
    assert take(record) == 5
    rates.clear()
    assert take(record) == 3


def test_an_edited_rate_finds_what_was_written_for_another(build: Callable[..., Record]) -> None:
    """The only rate becomes a budget behind a faster one: its text is the same, what is counted isn't."""
    rates: list[tuple[Rate, ...]] = [(Rate(100, DAY),)]
    record = build(rates=lambda way: rates[0] if way == WAY else ())
    record.plan("e1", "a@example.com", "b@example.com")
    record.attempt(Done(), Accepted(), Well())

    rates[0] = (Rate(10, timedelta(minutes=1)), Rate(100, DAY))

    assert len(record.outbox.claim(WAY, 1).deliveries) == 1
    assert record.queue().due == 0


def test_a_lowered_budget_remembers_what_was_sent(build: Callable[..., Record]) -> None:
    """Never more than the number in any window, however it was edited."""
    rates = [(Rate(600, timedelta(minutes=1)), Rate(5, HOUR))]
    record = build(rates=lambda way: rates[0] if way == WAY else ())
    record.plan("e1", *(f"{number}@example.com" for number in range(20)))

    def drain() -> int:
        sent = 0
        for _ in range(10):
            claim = record.outbox.claim(WAY, 64)
            record.settle(claim, Done(), Accepted(), Well())
            sent += len(claim.deliveries)
            record.elapse(timedelta(seconds=1))
        return sent

    before = drain()
    rates[0] = (Rate(600, timedelta(minutes=1)), Rate(4, HOUR))

    assert (before, drain()) == (5, 0)
