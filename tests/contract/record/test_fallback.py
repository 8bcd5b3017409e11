"""A provider's deliveries go to its fallback while its circuit isn't closed, and home when it is the other's turn."""

from __future__ import annotations

import pytest
from records import HOUR, Record

from notifier.circuit import Busy, Failed, Well
from notifier.model import Channel, OnUnsure
from notifier.outcome import Accepted, Deferred, Reason, Rejected, Unsure
from notifier.record.desk import Answer, Filter
from notifier.record.outbox import Way
from notifier.record.redis_outbox import LEASE
from notifier.retry import Again, Done, GiveUp, Hold

RELAY, SPARE = Way(Channel.MAIL, "relay"), Way(Channel.MAIL, "spare")
ONE_WAY = ((RELAY, SPARE), (SPARE, None))
BOTH_WAYS = ((RELAY, SPARE), (SPARE, RELAY))


def plan(record: Record, count: int, way: Way = RELAY, unsure: OnUnsure = OnUnsure.RESEND) -> None:
    """So many deliveries for one provider, of one event named after it."""
    record.plan(way.provider, *(f"{i}@example.com" for i in range(count)), way=way, unsure=unsure)


def fail(record: Record, way: Way) -> str:
    """A provider refuses to be connected to."""
    refused = Deferred(Reason.CONNECTION_REFUSED, provider_failed=True)
    return record.attempt(Again(record.now(), counted=True), refused, Failed(HOUR), way)


def queues(record: Record) -> dict[str, int]:
    """How much is due where."""
    return {q.way.provider: q.due for q in record.glance().queues}


def test_what_is_due_goes_to_the_fallback(record: Record) -> None:
    """The record keeps whom it was planned for, and each attempt names who was asked."""
    plan(record, 5)
    failed = fail(record, RELAY)

    assert record.outbox.divert(ONE_WAY) == {SPARE: 5}

    assert queues(record) == {"relay": 0, "spare": 5}
    sent = [record.attempt(Done(), Accepted("250"), Well(), SPARE) for _ in range(5)]
    shown = {d["id"]: d for d in record.deliveries("relay")}
    assert sorted(shown) == sorted(sent)
    assert {(d["provider"], d["via"], d["state"]) for d in shown.values()} == {("relay", "spare", "sent")}
    assert [a["provider"] for a in shown[failed]["attempts"]] == ["relay", "spare"]
    assert record.state("relay") == "final"


def test_a_provider_that_works_keeps_its_own(record: Record) -> None:
    """Nothing moves while its circuit is closed."""
    plan(record, 5)

    assert record.outbox.divert(BOTH_WAYS) == record.outbox.divert(()) == {}


def test_a_throttled_provider_is_relieved(record: Record) -> None:
    """It asked for an hour; the notices needn't wait that long."""
    plan(record, 5)
    record.attempt(Again(record.now(), counted=False), Deferred(Reason.RATE_LIMITED), Busy(HOUR), RELAY)

    assert record.outbox.divert(ONE_WAY) == {SPARE: 5}


def test_no_more_goes_at_once_than_is_asked_for(record: Record) -> None:
    """A long queue moves in several calls."""
    plan(record, 5)
    fail(record, RELAY)

    assert [record.outbox.divert(ONE_WAY, most=2)[SPARE] for _ in range(4)] == [2, 2, 1, 0]


def test_what_waits_for_its_time_and_what_is_under_way_stays(record: Record) -> None:
    """A retry is the fallback's when it is due; what is leased has an end to be awaited, an unsure one perhaps."""
    plan(record, 3)
    record.attempt(Done(), Accepted(), Well(), RELAY)
    under_way = record.outbox.claim(RELAY, 1)
    later = Again(under_way.now + HOUR, counted=True)
    record.attempt(later, Deferred(Reason.TIMED_OUT), Failed(2 * HOUR), RELAY)

    assert record.outbox.divert(ONE_WAY) == {}
    assert queues(record) == {"relay": 0}
    assert record.settle(under_way, Done(), Accepted(), Well()) == []
    record.elapse(HOUR)
    assert record.outbox.divert(ONE_WAY) == {SPARE: 1}


@pytest.mark.parametrize(("unsure", "moved"), [(OnUnsure.HOLD, {}), (OnUnsure.RESEND, {SPARE: 1})])
def test_on_unsure_decides_before_the_fallback_sends(record: Record, unsure: OnUnsure, moved: dict[Way, int]) -> None:
    """Perhaps it was sent: the fallback sends it again only where the definition says resend."""
    plan(record, 1, unsure=unsure)
    step = Hold(Reason.NO_ANSWER) if unsure is OnUnsure.HOLD else Again(record.now(), counted=True)
    record.attempt(step, Unsure(Reason.NO_ANSWER), Failed(HOUR), RELAY)

    assert record.outbox.divert(ONE_WAY) == moved
    assert record.glance().dead == (unsure is OnUnsure.HOLD)


def test_nothing_goes_where_it_cannot_be_sent_either(record: Record) -> None:
    """Both fail, each the other's fallback: everything stays where it is."""
    plan(record, 3)
    plan(record, 3, SPARE)
    fail(record, RELAY)
    fail(record, SPARE)

    assert record.outbox.divert(BOTH_WAYS) == {}
    assert queues(record) == {"relay": 3, "spare": 3}


@pytest.mark.parametrize("fallbacks", [ONE_WAY, BOTH_WAYS])
def test_when_the_fallback_fails_its_guests_go_home(
    record: Record, fallbacks: tuple[tuple[Way, Way | None], ...]
) -> None:
    """One first, to see whether the provider is back; all of them when it is."""
    plan(record, 4)
    fail(record, RELAY)
    record.elapse(HOUR / 2)
    record.outbox.divert(fallbacks)
    fail(record, SPARE)
    assert record.outbox.divert(fallbacks) == {}
    record.elapse(HOUR / 2)

    assert record.outbox.divert(fallbacks) == {RELAY: 1}
    assert record.outbox.divert(fallbacks) == {}
    record.attempt(Done(), Accepted(), Well(), RELAY)
    assert record.outbox.divert(fallbacks) == {RELAY: 3}
    assert queues(record) == {"relay": 3, "spare": 0}


def test_a_half_open_fallback_without_work_gets_one_to_be_probed_with(record: Record) -> None:
    """Else nobody would ever find out that it is back."""
    plan(record, 1, SPARE)
    fail(record, SPARE)
    record.elapse(HOUR)
    invalid = GiveUp(Reason.ADDRESS_INVALID), Rejected(Reason.ADDRESS_INVALID)
    record.attempt(*invalid, None, SPARE)
    plan(record, 4)
    fail(record, RELAY)

    assert record.outbox.divert(ONE_WAY) == {SPARE: 1}
    assert record.outbox.divert(ONE_WAY) == {}
    record.attempt(Done(), Accepted(), Well(), SPARE)
    assert record.outbox.divert(ONE_WAY) == {SPARE: 3}


def test_while_a_probe_is_out_the_others_need_not_wait(record: Record) -> None:
    """A probe at a black hole takes its time; new notices go to the fallback meanwhile."""
    plan(record, 3)
    fail(record, RELAY)
    record.elapse(HOUR)
    assert record.outbox.divert(ONE_WAY) == {}  # one of them is to be the probe
    record.outbox.claim(RELAY, 1)

    assert record.outbox.divert(ONE_WAY) == {SPARE: 2}


def test_a_lost_worker_s_attempt_names_who_was_asked(record: Record) -> None:
    """Not whom it was planned for."""
    plan(record, 1)
    fail(record, RELAY)
    record.outbox.divert(ONE_WAY)
    record.outbox.claim(SPARE, 1)
    record.elapse(LEASE)

    record.outbox.reclaim()

    (delivery,) = record.deliveries("relay")
    assert [(a["provider"], a["reason"]) for a in delivery["attempts"]][1:] == [("spare", "worker_lost")]


def test_a_dead_letter_is_replayed_by_whom_it_was_planned_for(record: Record) -> None:
    """The desk finds it under both names."""
    plan(record, 1)
    fail(record, RELAY)
    record.outbox.divert(ONE_WAY)
    record.attempt(GiveUp(Reason.REFUSED), Rejected(Reason.REFUSED), Well(), SPARE)

    (letter,) = record.desk.letters(Filter(provider="spare"))
    assert list(record.desk.letters(Filter(provider="relay"))) == [letter]
    assert record.desk.replay([letter]) == [Answer.DONE]

    assert (letter.provider, letter.via) == ("relay", "spare")
    assert queues(record) == {"relay": 1, "spare": 0}
    assert record.deliveries("relay")[0]["via"] == "relay"


def test_a_long_queue_that_must_stay_hides_nobody_s_way_home(record: Record) -> None:
    """The guests are found wherever they stand in the queue of a provider that fails."""
    plan(record, 1)
    fail(record, RELAY)
    plan(record, 30, SPARE)
    record.outbox.divert(BOTH_WAYS)
    record.elapse(HOUR / 2)
    fail(record, SPARE)
    record.elapse(HOUR / 2)

    for _ in range(5000):
        if record.outbox.divert(ONE_WAY, most=10)[RELAY]:
            break
    else:
        pytest.fail("the guest wasn't found")


def test_what_the_fallback_refuses_by_its_policy_goes_home_for_good(record: Record) -> None:
    """It waits for whom it was planned for; a replay may try both again."""
    plan(record, 2)
    fail(record, RELAY)
    record.outbox.divert(ONE_WAY)
    home = Again(record.now(), counted=True, home=True)
    refused = record.attempt(home, Rejected(Reason.POLICY_REFUSED, "554 5.7.1 Relay access denied"), Well(), SPARE)

    assert queues(record) == {"relay": 1, "spare": 1}
    assert record.outbox.divert(ONE_WAY) == {}
    shown = {d["id"]: d for d in record.deliveries("relay")}[refused]
    assert (shown["state"], shown["attempts"][-1]["provider"]) == ("retry", "spare")


def test_guests_go_home_when_nobody_is_a_fallback_any_more(record: Record) -> None:
    """The administrator has taken the fallback out of the configuration; whoever is there isn't forgotten."""
    plan(record, 4)
    fail(record, RELAY)
    record.outbox.divert(ONE_WAY)
    record.elapse(HOUR)
    fail(record, SPARE)

    assert record.outbox.divert(()) == {RELAY: 1}
    record.attempt(Done(), Accepted(), Well(), RELAY)
    assert record.outbox.divert(()) == {RELAY: 3}
    assert queues(record) == {"relay": 3, "spare": 0}
