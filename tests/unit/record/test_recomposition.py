"""Which of today's deliveries is which reopened letter's new text, and what the other letters are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from notifier.model import Channel, Delivery, Event, Message, delivery_id
from notifier.record.outbox import Failure, Note, Plan
from notifier.record.recomposition import Recomposition
from notifier.record.reopening import Ended, Ending, Letter, Reopening

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
EVENT = Event("e1", "/pi", "token_init", NOON)
DOWN = Failure("f", "h", Channel.MAIL, "relay1", "directory_unavailable", "'ad' doesn't answer")
BROKEN = Failure("f", "h", Channel.MAIL, "relay1", "template_error", "unknown tag", "v2")


def letter(ident: str, member: str = "", *, composed: bool = True) -> Letter:
    """A letter of definition h."""
    return Letter(ident, "h", composed, member)


def delivery(ident: str, member: str = "", handler: str = "h") -> Delivery:
    """What definition h makes today."""
    message = Message(Channel.MAIL, "relay1", (f"{ident}@example.com",), "Hello", member=member)
    return Delivery(ident, EVENT.key, handler, message, NOON, NOON)


def meet(
    letters: Sequence[Letter], deliveries: Sequence[Delivery], known: Sequence[str] = (), **trouble: list[Failure]
) -> tuple[list[tuple[str, str]], list[Ended]]:
    """Pairs of letter and delivery, and what the other letters are told."""
    there = {i: i for i in (*(x.id for x in letters), *known)}
    plan = Plan(EVENT, deliveries, notes=[Note("h", "matched")], **trouble)
    matching = Recomposition(Reopening(EVENT.key, letters, there), plan)
    pairs = [(found.id, new.id) for found, new in matching.deliveries()]
    return pairs, list(matching.endings())


def test_the_same_id_is_the_same_letter() -> None:
    """Others of the definition are there already, or are nobody's: they aren't told."""
    pairs, endings = meet([letter("a")], [delivery("b"), delivery("a"), delivery("c", "new member")], ["b"])

    assert pairs == [("a", "a")]
    assert endings == []


def test_a_member_with_another_address_is_the_same() -> None:
    """However many members are new, and whatever their order."""
    letters = [letter("old-a", "A"), letter("old-b", "B")]
    pairs, endings = meet(letters, [delivery("x", "X"), delivery("new-b", "B"), delivery("new-a", "A")])

    assert sorted(pairs) == [("old-a", "new-a"), ("old-b", "new-b")]
    assert endings == []


def test_the_same_id_comes_before_the_same_member() -> None:
    """A member of two addresses, one of them new: the letter to the other is that one's still."""
    pairs, _ = meet([letter("a2", "A")], [delivery("a1", "A"), delivery("a2", "A")])

    assert pairs == [("a2", "a2")]


def test_nobody_gets_the_letter_of_a_member_who_left() -> None:
    """Somebody joined at the same time; the letter is back, and says so."""
    pairs, endings = meet([letter("a", "A")], [delivery("b", "B")])

    assert pairs == []
    assert [(e.letter, e.ending, e.reason) for e in endings] == [("a", Ending.BACK, "no_longer_planned")]
    assert "somebody else" in endings[0].detail


def test_an_address_the_definition_names_is_mended() -> None:
    """One is missing and one is new: that is its new address. With more nobody knows, so nobody is told."""
    assert meet([letter("typo")], [delivery("sent"), delivery("right")], ["sent"])[0] == [("typo", "right")]
    assert meet([letter("a"), letter("b")], [delivery("x"), delivery("y")])[0] == [("a", "x"), ("b", "y")]

    pairs, endings = meet([letter("typo")], [delivery("right"), delivery("another")])
    assert pairs == []
    assert [e.reason for e in endings] == ["no_longer_planned"]


def part(number: int, *to: str) -> Delivery:
    """One of the mails that definition h sends to several together."""
    message = Message(Channel.MAIL, "relay1", to, "Hello today", part=number)
    return Delivery(delivery_id(EVENT.key, "h", message), EVENT.key, "h", message, NOON, NOON)


def of_part(number: int, *to: str) -> Letter:
    """The letter that such a mail became."""
    return Letter(part(number).id, "h", composed=True, to=to)


@pytest.mark.parametrize(
    ("then", "today"),
    [
        ([part(1)], [part(1, "0", "a"), part(2, "b", "c")]),
        ([part(1)], [part(1, "0", "a", "b", "c")]),
        ([], [part(1, "a", "b"), part(2, "c")]),
    ],
    ids=["somebody joined", "many left", "there was one mail"],
)
def test_of_several_mails_each_goes_to_its_own_people(then: list[Delivery], today: list[Delivery]) -> None:
    """Whoever is in which today: those of another mail were told."""
    old = of_part(2, "b", "c") if then else of_part(1, "b", "c")
    there = {i: i for i in (old.id, *(x.id for x in then))}
    matching = Recomposition(Reopening(EVENT.key, [old], there), Plan(EVENT, today))

    ((found, new),) = matching.deliveries()

    assert (found, new.id, new.message.to, new.message.body) == (old, old.id, ("b", "c"), "Hello today")
    assert list(matching.endings()) == []


def test_of_several_mails_one_whose_people_changed_goes_to_nobody() -> None:
    """Nobody knows whether the new address is one of them; the letter says so."""
    old = of_part(2, "b", "typo")
    pairs, (ended,) = meet([old], [part(1, "a", "b"), part(2, "c", "right")], [part(1).id])

    assert pairs == []
    assert (ended.ending, ended.reason) == (Ending.BACK, "no_longer_planned")
    assert "for several together" in ended.detail


def test_one_mail_to_all_goes_to_all_of_today() -> None:
    """Nobody was told by another one, and an address that was wrong is mended."""
    old = of_part(1, "a", "typo")
    matching = Recomposition(Reopening(EVENT.key, [old], {old.id: old.id}), Plan(EVENT, [part(1, "a", "right", "new")]))

    assert [(x, d.message.to) for x, d in matching.deliveries()] == [(old, ("a", "right", "new"))]


def test_several_mails_that_became_too_large_half_way() -> None:
    """The first is a letter of its own, the others were never made."""
    letters = [of_part(1, "a"), letter("f", composed=False)]
    pairs, endings = meet(letters, [part(1, "a"), part(2, "b")])

    assert pairs == [(letters[0].id, letters[0].id), ("f", part(2).id)]
    assert [e.ending for e in endings] == [Ending.MADE]


def test_a_letter_stands_for_the_delivery_it_was_given() -> None:
    """Recomposed for another address once, it is found by that address's id."""
    plan = Plan(EVENT, [delivery("new")])
    reopening = Reopening(EVENT.key, [letter("old")], {"old": "old", "new": "old"})

    assert [(x.id, d.id) for x, d in Recomposition(reopening, plan).deliveries()] == [("old", "new")]


def test_a_failed_definition_makes_all_that_is_missing() -> None:
    """What is there already isn't made again, and the letter it left is done with."""
    pairs, endings = meet([letter("f", composed=False)], [delivery("a"), delivery("b"), delivery("c")], ["a"])

    assert pairs == [("f", "b"), ("f", "c")]
    assert [(e.letter, e.ending) for e in endings] == [("f", Ending.MADE)]


def test_a_failed_definition_and_a_letter_of_its_first_half() -> None:
    """The member's new address is the letter's; of the rest what isn't for a member who has a letter is made."""
    letters = [letter("f", composed=False), letter("old-a", "A")]
    pairs, _ = meet(letters, [delivery("new-a", "A"), delivery("b", "B"), delivery("new-a2", "A")])

    assert sorted(pairs) == [("f", "b"), ("old-a", "new-a")]


@pytest.mark.parametrize(
    ("trouble", "ending", "reason"),
    [
        ({"deferred": [DOWN]}, Ending.WAITS, "directory_unavailable"),
        ({"deferred": [DOWN], "failures": [DOWN]}, Ending.BACK, "directory_unavailable"),
        ({"failures": [BROKEN]}, Ending.BACK, "template_error"),
    ],
)
def test_trouble_half_way(trouble: dict[str, list[Failure]], ending: Ending, reason: str) -> None:
    """Who was reached has the new text; who wasn't waits or is back, with the reason, and nobody is guessed at."""
    letters = [letter("a"), letter("b"), letter("f", composed=False)]
    pairs, endings = meet(letters, [delivery("a"), delivery("x")], **trouble)

    assert pairs == [("a", "a"), ("f", "x")]
    assert [(e.letter, e.ending, e.reason) for e in endings] == [("b", ending, reason), ("f", ending, reason)]


@pytest.mark.parametrize(
    ("notes", "words"),
    [
        ([], "no definition of this name is bound to token_init any more"),
        ([Note("h", "inactive", "inactive")], "sends nothing: inactive;"),
        ([Note("h", "not_matched", "condition_false", "realm")], "sends nothing: condition_false: realm;"),
        ([Note("h", "matched", "no_recipient", "nobody was logged in")], "no_recipient: nobody was logged in;"),
        ([Note("h", "matched")], "to somebody else, or to nobody"),
        ([Note("other", "inactive", "inactive")], "no definition of this name"),
    ],
)
@pytest.mark.parametrize("composed", [True, False])
def test_why_a_letter_is_no_longer_planned(notes: list[Note], words: str, composed: bool) -> None:
    """In words, with what to do."""
    reopening = Reopening(EVENT.key, [letter("a", composed=composed)], {"a": "a"})
    matching = Recomposition(reopening, Plan(EVENT, notes=notes))
    assert list(matching.deliveries()) == []

    (ended,) = matching.endings()

    assert (ended.ending, ended.reason) == (Ending.BACK, "no_longer_planned")
    assert words in ended.detail
    assert ("without --recompose" in ended.detail) is composed
    assert "discard" in ended.detail


def test_ten_thousand_letters_of_one_event() -> None:
    """All members changed their addresses: matched without looking at each other."""
    letters = [letter(f"old{i}", f"M{i}") for i in range(10_000)]
    pairs, endings = meet(letters, [delivery(f"new{i}", f"M{i}") for i in reversed(range(10_000))])

    assert len(pairs) == 10_000
    assert all(old.removeprefix("old") == new.removeprefix("new") for old, new in pairs)
    assert endings == []
