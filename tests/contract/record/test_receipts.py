"""Receipts: what a provider tells later is joined to the delivery, whoever hears it and whenever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from records import DAY, HOUR, WAY, Record

from notifier.outcome import Accepted, Deferred, Reason, Rejected, Unsure
from notifier.record.receipts import EARLY, Receipt, ReceiptState
from notifier.retry import Again, Done, GiveUp, Hold, Step

FUTURE = datetime(2100, 1, 1, tzinfo=UTC)
DELIVERED = ReceiptState.DELIVERED


@pytest.fixture
def record(record: Record) -> Record:
    """One delivery is due."""
    record.plan("e1", "+491511234567")
    return record


def send(record: Record, *messages: str) -> str:
    """It is taken under these names; its id."""
    return record.attempt(Done(), Accepted("taken", message_ids=messages))


def noted(record: Record, ident: str = "e1") -> list[tuple[int, str, str, str]]:
    """Part, state, error and time of each receipt of an event's one delivery."""
    (delivery,) = record.deliveries(ident)
    rows: list[dict[str, Any]] = delivery["receipts"]
    return [(row["part"], row["state"], row["error"], row["done"]) for row in rows]


def test_a_receipt_is_noted_with_its_delivery_and_its_part(record: Record) -> None:
    """Parts count from 1; one that the provider had no name for is counted, too."""
    ident = send(record, "m1", "", "m3")

    joined = record.receipts.join(
        [Receipt("m3", DELIVERED, "000", "2026-11-25 12:00"), Receipt("m1", ReceiptState.UNDELIVERABLE, "011")]
    )

    assert joined == [ident, ident]
    assert noted(record) == [(3, "delivered", "000", "2026-11-25 12:00"), (1, "undeliverable", "011", "")]


def test_one_that_comes_before_the_answer_is_settled_waits_for_it(record: Record) -> None:
    """Another process may hear it first."""
    early = record.receipts.join([Receipt("m1", ReceiptState.ENROUTE), Receipt("m1", DELIVERED)])
    send(record, "m1")

    assert early == ["", ""]
    assert noted(record) == [(1, "enroute", "", ""), (1, "delivered", "", "")]


def test_what_is_said_twice_is_noted_once(record: Record) -> None:
    """Before the answer is settled, after it, and both."""
    receipt = Receipt("m1", DELIVERED, "000")
    record.receipts.join([receipt, receipt])
    send(record, "m1")
    record.receipts.join([receipt])

    assert noted(record) == [(1, "delivered", "000", "")]


def test_for_a_name_that_nobody_knows_it_is_kept_for_a_day(record: Record) -> None:
    """After that it is somebody else's, or nobody's."""
    record.receipts.join([Receipt("m1", DELIVERED)])
    record.elapse(EARLY + HOUR)
    send(record, "m1")

    assert noted(record) == []


def test_a_delivery_that_is_tried_again_is_known_by_its_last_names(record: Record) -> None:
    """A refused attempt has none."""
    record.attempt(Again(record.now(), counted=True), Deferred(Reason.TEMPORARY_FAILURE, "later"))
    send(record, "m2")
    record.receipts.join([Receipt("m1", DELIVERED), Receipt("m2", DELIVERED)])

    assert noted(record) == [(1, "delivered", "", "")]


@pytest.mark.parametrize(
    ("step", "outcome", "state"),
    [
        (Hold(Reason.CONNECTION_LOST), Unsure(Reason.CONNECTION_LOST, "lost", message_ids=("m1", "")), "held"),
        (GiveUp(Reason.REFUSED), Rejected(Reason.REFUSED, "refused", message_ids=("m1", "")), "dead"),
        (Again(FUTURE, counted=True), Unsure(Reason.NO_ANSWER, "silent", message_ids=("m1", "")), "retry"),
    ],
    ids=["held", "dead", "retry"],
)
def test_a_part_that_was_taken_has_its_receipts_whatever_became_of_the_others(
    record: Record, step: Step, outcome: Unsure | Rejected, state: str
) -> None:
    """Early and late ones; the delivery stays what it is."""
    record.receipts.join([Receipt("m1", ReceiptState.ENROUTE)])
    ident = record.attempt(step, outcome)

    assert record.receipts.join([Receipt("m1", DELIVERED)]) == [ident]
    assert noted(record) == [(1, "enroute", "", ""), (1, "delivered", "", "")]
    assert [delivery["state"] for delivery in record.deliveries("e1")] == [state]


def test_it_comes_hours_after_the_event_is_final_and_goes_with_it(record: Record) -> None:
    """Nothing is left when its delivery is forgotten."""
    send(record, "m1")
    record.elapse(DAY / 2)
    late = record.receipts.join([Receipt("m1", DELIVERED)])
    seen = noted(record)
    record.elapse(DAY / 2 + timedelta(minutes=1))
    gone = record.receipts.join([Receipt("m1", DELIVERED)])

    assert seen == [(1, "delivered", "", "")]
    assert late != [""]
    assert gone == [""]
    assert record.queue(WAY).due == 0


def test_no_receipts_are_no_call(record: Record) -> None:
    """Nothing to join."""
    assert list(record.receipts.join([])) == []
