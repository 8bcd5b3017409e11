"""Reopened letters: on the desk until their event has met their definitions again, and then what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from records import DAY, HOUR, WAY, Record

from notifier.circuit import Well
from notifier.model import Channel
from notifier.outcome import Accepted, Reason, Rejected, Unsure
from notifier.record.desk import Answer, DeadLetter
from notifier.record.outbox import Failure, Note, Plan, Way
from notifier.record.reopening import Letter
from notifier.retry import Done, GiveUp, Hold

GONE = Rejected(Reason.MAILBOX_UNAVAILABLE, "550 5.1.1")
FAILURE = Failure("f1", "h", Channel.MAIL, "relay1", "template_error", "unknown tag", "d1")
DOWN = replace(FAILURE, reason="directory_unavailable", detail="timed out", definition_version="")


def refused(record: Record, *recipients: str) -> list[DeadLetter]:
    """An event of which every delivery was refused."""
    record.plan("e1", *recipients)
    for _ in recipients:
        record.attempt(GiveUp(GONE.reason), GONE, Well())
    return list(record.desk.letters())


def failed(record: Record, *recipients: str) -> DeadLetter:
    """An event of which a definition failed; perhaps half-way."""
    record.outbox.plan([replace(record.prepare("e1", *recipients), failures=[FAILURE])])
    (letter,) = record.desk.letters()
    return letter


def recompose(record: Record, plan: Plan) -> Counter[Way]:
    """The event comes back and meets what makes this plan of it."""
    for comeback in record.reopened():
        record.returned(comeback)
    reopening = record.reopenings.of(record.event("e1").key)
    assert reopening is not None
    return record.reopenings.recompose(reopening, plan)


def on_the_desk(record: Record) -> Sequence[tuple[str, str, int]]:
    """What lies there, why, and how often somebody has asked for it."""
    return [(letter.state, letter.reason, letter.replays) for letter in record.desk.letters()]


def test_what_was_never_composed_stays_on_the_desk_until_its_event_comes_back(record: Record) -> None:
    """There is no message to send again, so the event is let in again once the definition is mended."""
    letter = failed(record)

    assert record.desk.replay([letter]) == [Answer.REOPENED]

    (comeback,) = record.reopened()
    event = record.event("e1")
    assert (comeback.key, comeback.raw, comeback.asked) == (event.key, event.raw, True)
    assert on_the_desk(record) == [("reopened", "template_error", 1)]
    reopening = record.reopenings.of(event.key)
    assert reopening is not None
    assert list(reopening.letters) == [Letter("f1", "h", composed=False)]
    assert (record.state("e1"), record.plan("e1", "late@example.com")) == ("open", False)


def test_who_asks_twice_asks_once(record: Record) -> None:
    """But an event that is asked for while it is put back comes once more."""
    letter = failed(record)
    record.desk.replay([letter])
    (first,) = record.reopened()

    assert record.desk.replay([letter]) == [Answer.REOPENED]
    record.returned(first)

    (second,) = record.reopened()
    assert on_the_desk(record) == [("reopened", "template_error", 1)]
    record.returned(second)
    assert record.reopened() == []


def test_what_was_never_composed_becomes_what_its_definition_makes(record: Record) -> None:
    """The letter's story ends there; what the definition had made before it failed isn't made again."""
    record.desk.replay([failed(record, "kim@example.com")])

    assert recompose(record, record.prepare("e1", "kim@example.com", "rosa@example.com")) == {WAY: 1}

    states = [(d["to"], d["state"]) for d in record.deliveries("e1")]
    assert states == [("k**@example.com", "queued"), ("", "recomposed"), ("r**@example.com", "queued")]
    assert (on_the_desk(record), record.queue().due, record.state("e1")) == ([], 2, "open")


def test_a_definition_that_fails_again_stays_on_the_desk(record: Record) -> None:
    """One letter, with the new reason and by which definition; what was never asked for stays as well."""
    record.desk.replay([failed(record)])
    again = replace(FAILURE, reason="definition_error", detail="no body", definition_version="d2")

    recompose(record, Plan(record.event("e1"), failures=[again], configuration_version="c2"))

    (letter,) = record.desk.letters()
    assert (letter.state, letter.reason, letter.detail) == ("dead", "definition_error", "no body")
    assert (letter.definition_version, letter.configuration_version) == ("d2", "c2")
    assert record.reopened() == []


def test_what_was_never_composed_can_be_discarded_also_while_it_is_reopened(record: Record) -> None:
    """Then the event is final, and its coming back changes nothing."""
    letter = failed(record)
    record.desk.replay([letter])

    assert record.desk.discard([letter]) == [Answer.DONE]

    assert recompose(record, record.prepare("e1", "kim@example.com")) == {}
    assert [d["state"] for d in record.deliveries("e1")] == ["discarded"]
    assert record.state("e1") == "final"


def test_a_recomposed_letter_keeps_its_identity_and_history(record: Record) -> None:
    """Text and versions are today's, attempts and deadline begin anew."""
    (letter,) = refused(record, "kim@example.com")
    record.elapse(DAY - HOUR)
    assert record.desk.replay([letter], recompose=True) == [Answer.REOPENED]
    today = record.prepare("e1", "kim@example.com")
    (new,) = today.deliveries
    new = replace(new, message=replace(new.message, body="Dear Kim"), definition_version="d2")

    assert recompose(record, replace(today, deliveries=[new], configuration_version="c2")) == {WAY: 1}

    (delivery,) = record.outbox.claim(WAY, 1).deliveries
    assert (delivery.id, delivery.message.body, delivery.attempts) == (letter.id, "Dear Kim", 0)
    assert delivery.deadline > record.now() + DAY - timedelta(minutes=5)
    (shown,) = record.deliveries("e1")
    assert (shown["state"], shown["replays"], shown["reason"]) == ("sending", 1, "")
    assert (shown["definition_version"], shown["configuration_version"]) == ("d2", "c2")
    assert [a["outcome"] for a in shown["attempts"]] == ["rejected"]


def test_a_letter_stands_for_its_new_address(record: Record) -> None:
    """An evaluation of the whole event, which was still to come, doesn't plan it once more."""
    early = record.prepare("e1", "old@example.com")
    record.outbox.plan([replace(early, deferred=[replace(DOWN, id="f2", handler="g")])])
    ident = record.attempt(GiveUp(GONE.reason), GONE)
    record.desk.replay(list(record.desk.letters()), recompose=True)

    recompose(record, record.prepare("e1", "new@example.com"))

    assert record.plan("e1", "new@example.com")
    assert [(d["id"], d["to"]) for d in record.deliveries("e1")] == [(ident, "n**@example.com")]
    assert record.attempt(Done(), Accepted()) == ident
    assert record.state("e1") == "final"


def test_what_is_no_longer_planned_comes_back_as_what_it_was(record: Record) -> None:
    """A held one held, with its text: it can still be sent as it is."""
    record.plan("e1", "kim@example.com")
    ident = record.attempt(Hold(Reason.NO_ANSWER), Unsure(Reason.NO_ANSWER))
    record.desk.replay(list(record.desk.letters()), recompose=True)

    recompose(record, Plan(record.event("e1"), notes=[Note("h", "not_matched", "condition_false", "realm")]))

    assert on_the_desk(record) == [("held", "no_longer_planned", 1)]
    assert record.desk.replay(list(record.desk.letters())) == [Answer.DONE]
    assert record.attempt(Done(), Accepted()) == ident


def test_nobody_else_is_told(record: Record) -> None:
    """What the definition makes beside the letter stays undone; who was told before isn't told again."""
    record.plan("e1", "kim@example.com", "rosa@example.com")
    told = record.attempt(Done(), Accepted(), Well())
    dead = record.attempt(GiveUp(GONE.reason), GONE)
    record.desk.replay(list(record.desk.letters()), recompose=True)

    recompose(record, record.prepare("e1", "kim@example.com", "rosa@example.com", "late@example.com"))

    assert {d["id"]: d["state"] for d in record.deliveries("e1")} == {told: "sent", dead: "retry"}


def test_twice_is_once(record: Record) -> None:
    """A second reader of the same comes late; so does one after an operator who sent the old text."""
    letters = refused(record, "kim@example.com", "rosa@example.com")
    record.desk.replay(letters, recompose=True)
    reopening = record.reopenings.of(record.event("e1").key)
    assert reopening is not None
    today = record.prepare("e1", "kim@example.com", "rosa@example.com")
    assert record.desk.replay(letters[:1]) == [Answer.DONE]

    assert record.reopenings.recompose(reopening, today) == {WAY: 1}
    assert record.reopenings.recompose(reopening, today) == {}
    assert [d["replays"] for d in record.deliveries("e1")] == [2, 1]
    assert (record.queue().due, on_the_desk(record)) == (2, [])


def test_while_the_directory_is_down_the_letter_waits_on_the_desk(record: Record) -> None:
    """Apart from the event's own waiting, and no longer than a day."""
    record.desk.replay([failed(record)])

    recompose(record, Plan(record.event("e1"), deferred=[DOWN]))

    assert on_the_desk(record) == [("reopened", "directory_unavailable", 1)]
    assert (record.glance().deferred, record.reopened()) == (1, [])
    record.elapse(timedelta(seconds=10))
    assert [comeback.asked for comeback in record.reopened()] == [True]
    record.elapse(DAY)
    recompose(record, Plan(record.event("e1"), deferred=[DOWN]))
    assert on_the_desk(record) == [("dead", "directory_unavailable", 1)]
    assert (record.glance().deferred, record.reopened()) == (0, [])


def test_what_others_said_of_the_event_stays(record: Record) -> None:
    """Only those that were met again say something new."""
    notes = [Note("g", "not_matched"), Note("h", "error")]
    record.outbox.plan([Plan(record.event("e1"), failures=[FAILURE], notes=notes)])
    record.desk.replay(list(record.desk.letters()))

    recompose(record, record.prepare("e1", "kim@example.com"))

    told = [(h["name"], h["verdict"]) for h in record.show("e1")["event"]["handlers"]]
    assert told == [("g", "not_matched"), ("h", "matched")]


def test_an_event_that_can_t_be_read_gives_its_letters_back(record: Record) -> None:
    """With the reason, as what they were."""
    record.desk.replay([failed(record)])
    key = record.event("e1").key

    assert record.reopenings.give_back(key, "internal_error", "unreadable") == 1
    assert record.reopenings.give_back(key, "internal_error", "unreadable") == 0

    assert on_the_desk(record) == [("dead", "internal_error", 1)]
    assert record.reopenings.of("unknown") is None
    assert record.reopenings.give_back("unknown", "internal_error", "") == 0


def test_what_others_said_stays_where_it_was_not_written(record: Record) -> None:
    """Both matched, which their deliveries tell; one is recomposed and doesn't match any more."""
    whole = record.prepare("e1", "kim@example.com", "rosa@example.com")
    first, second = list(whole.deliveries)
    plan = replace(
        whole, deliveries=[first, replace(second, handler="g")], notes=[Note("h", "matched"), Note("g", "matched")]
    )
    record.outbox.plan([plan])
    for _ in range(2):
        record.attempt(GiveUp(GONE.reason), GONE, Well())
    record.desk.replay([letter for letter in record.desk.letters() if letter.handler == "g"], recompose=True)

    recompose(record, Plan(record.event("e1"), notes=[Note("g", "not_matched", "condition_false", "realm")]))

    said = [(h["name"], h["verdict"]) for h in record.show("e1")["event"]["handlers"]]
    assert said == [("h", "matched"), ("g", "not_matched")]
