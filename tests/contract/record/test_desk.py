"""The desk: listed, sent again under the same identity, or discarded."""

from __future__ import annotations

from datetime import timedelta

from records import DAY, HOUR, WAY, Record

from notifier.circuit import Well
from notifier.outcome import Accepted, Reason, Rejected, Unsure
from notifier.record.desk import Answer, Filter
from notifier.retry import Done, GiveUp, Hold

GONE = Rejected(Reason.MAILBOX_UNAVAILABLE, "550 5.1.1")


def refuse(record: Record, ident: str, *recipients: str) -> None:
    """An event of which every delivery is refused for good."""
    record.plan(ident, *recipients)
    for _ in recipients:
        record.attempt(GiveUp(GONE.reason), GONE, Well())


def test_the_desk_lists_what_was_given_up(record: Record) -> None:
    """Oldest first, with the reason, and no address in the clear."""
    refuse(record, "e1", "kim@example.com")
    record.elapse(HOUR)
    refuse(record, "e2", "rosa@example.com")

    first, second = record.desk.letters()

    assert (first.event, second.event) == ("e1", "e2")
    assert (first.reason, first.detail, first.attempts, first.handler) == ("mailbox_unavailable", "550 5.1.1", 1, "h")
    assert (first.to, second.to) == ("k**@example.com", "r**@example.com")


def test_the_desk_finds_what_is_asked_for(record: Record) -> None:
    """By definition, provider, reason, state, and since when."""
    refuse(record, "e1", "kim@example.com")
    record.elapse(HOUR)
    refuse(record, "e2", "rosa@example.com")

    def found(**wanted: object) -> list[str]:
        return [letter.event for letter in record.desk.letters(Filter(**wanted))]  # type: ignore[arg-type]

    assert found(handler="h", provider="relay1", reason="mailbox_unavailable") == ["e1", "e2"]
    assert found(state="dead") == ["e1", "e2"]
    assert found(handler="other") == found(provider="other") == found(reason="other") == found(state="held") == []
    assert found(since=record.now() - timedelta(minutes=30)) == ["e2"]


def test_a_replay_keeps_identity_and_history(record: Record) -> None:
    """Attempts and deadline begin anew; then it is final as any other."""
    refuse(record, "e1", "kim@example.com")
    record.elapse(DAY - HOUR)
    (letter,) = record.desk.letters()

    assert record.desk.replay([letter]) == [Answer.DONE]

    assert (list(record.desk.letters()), record.queue().due) == ([], 1)
    claim = record.outbox.claim(WAY, 1)
    (delivery,) = claim.deliveries
    assert (delivery.id, delivery.attempts, delivery.message.to) == (letter.id, 0, ("kim@example.com",))
    assert delivery.deadline > record.now() + DAY - timedelta(minutes=5)
    record.settle(claim, Done(), Accepted())
    (shown,) = record.deliveries("e1")
    assert (shown["state"], shown["replays"]) == ("sent", 1)
    assert [a["outcome"] for a in shown["attempts"]] == ["rejected", "accepted"]
    assert record.state("e1") == "final"


def test_what_was_held_can_be_sent_again(record: Record) -> None:
    """An operator knows more than we do."""
    record.plan("e1", "kim@example.com")
    record.attempt(Hold(Reason.NO_ANSWER), Unsure(Reason.NO_ANSWER))
    (letter,) = record.desk.letters()

    assert record.desk.replay([letter]) == [Answer.DONE]
    assert record.attempt(Done(), Accepted()) == letter.id


def test_what_is_discarded_is_final(record: Record) -> None:
    """It is remembered as such, and nobody can send it any more."""
    refuse(record, "e1", "kim@example.com", "rosa@example.com")
    first, second = record.desk.letters()

    assert record.desk.discard([first]) == [Answer.DONE]
    assert (record.state("e1"), record.glance().dead) == ("open", 1)
    assert record.desk.discard([second]) == [Answer.DONE]

    assert [d["state"] for d in record.deliveries("e1")] == ["discarded", "discarded"]
    assert (record.state("e1"), record.glance().dead, record.queue().due) == ("final", 0, 0)


def test_what_isn_t_on_the_desk_any_more_is_left_alone(record: Record) -> None:
    """Two operators with the same list: each letter is replayed or discarded once."""
    refuse(record, "e1", "kim@example.com", "rosa@example.com")
    letters = list(record.desk.letters())

    assert record.desk.replay(letters[:1]) == [Answer.DONE]
    assert record.desk.replay(letters) == [Answer.NOT_THERE, Answer.DONE]
    assert record.desk.discard(letters) == [Answer.NOT_THERE, Answer.NOT_THERE]
    assert record.queue().due == 2
