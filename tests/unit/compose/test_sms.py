"""Numbers and texts as the gateway's entry wants them."""

from __future__ import annotations

from typing import Any

import pytest
from composing import DIRECTORY, Composed, compose, event, only, skip, taken

from notifier.compose.action import CompiledAction
from notifier.compose.composer import Composer
from notifier.compose.directory.realms import RealmDirectory
from notifier.configuration import SmsGateway, TooLong
from notifier.errors import ComposeError
from notifier.model import Change, Event, HandlerDefinition, TokenOwner, delivery_id


def texting(body: str = "hi", options: dict[str, str] | None = None, **entry: Any) -> CompiledAction:
    """An action whose gateway has this entry."""
    gateways = {"gateway": SmsGateway("gateway", **entry)}
    composer = Composer({}, RealmDirectory(DIRECTORY), {}, "", "UTC", gateways=gateways)
    written = {"smsconfig": "gateway", "body": body, **(options or {})}
    return composer.compile(HandlerDefinition("notice", ("token_init",), "sendsms", options=written))


def kim(*numbers: str) -> Event:
    """Something happened to somebody with these numbers."""
    return event(tokenowner=TokenOwner("kim", mobile=numbers))


def told(composition: Composed) -> list[tuple[str, ...]]:
    """Where the messages go."""
    return [message.to for message in composition.messages]


def test_without_a_region_a_number_is_left_alone() -> None:
    """As the system taken over does: the gateway's REGEXP is all that changes it."""
    assert only(compose(texting(), kim("0171/12 34 567"))).to == ("0171/12 34 567",)


def test_with_a_region_the_number_that_is_meant_is_queued() -> None:
    """So it makes the delivery's id: however it is written, it is the same delivery."""
    national, international = (
        only(compose(texting(region="DE"), kim(n))) for n in ("0171/12 34 567", "+49 (0)171 1234567")
    )

    assert national.to == ("+491711234567",)
    assert delivery_id("e", "notice", national) == delivery_id("e", "notice", international)


def test_of_several_numbers_the_first_that_is_one() -> None:
    """An extension can't be texted, the number behind it can."""
    assert told(compose(texting(region="DE"), kim("office 12", "0171 1234567", "0172 1234567"))) == [("+491711234567",)]


def test_all_numbers_where_the_definition_says_so() -> None:
    """Each once, however it is written; those that can't be one are counted."""
    numbers = kim("0171 1234567", "+491711234567", "0172 1234567", "ext. 12")

    composition = compose(texting(options={"all_numbers": "true"}, region="DE"), numbers)

    assert told(composition) == [("+491711234567",), ("+491721234567",)]
    assert [s.detail for s in composition.skipped] == ["1 of the numbers in 'mobile' (region DE) can't be one"]


def test_no_number_is_skipped_without_being_shown() -> None:
    """The field is named, and how it was read."""
    assert skip(compose(texting(region="DE"), kim("0171"))) == (
        "no_address",
        "1 of the numbers in 'mobile' (region DE) can't be one",
    )


def test_a_text_is_sent_as_written() -> None:
    """A gateway that says nothing changes nothing, up to ten segments."""
    message = only(compose(texting("“ok” " + "x" * 600)))

    assert message.body == "“ok” " + "x" * 600
    assert message.changes == ()


def test_a_text_is_transliterated_and_then_cut() -> None:
    """The cap counts what is sent."""
    fits = only(compose(texting("“" + "x" * 158 + "”", transliterate=True, max_segments=1)))
    long = only(compose(texting("“" + "x" * 159 + "”", transliterate=True, max_segments=1)))
    untouched = only(compose(texting("“" + "x" * 159 + "”", max_segments=2)))

    assert (fits.body, fits.changes) == ('"' + "x" * 158 + '"', (Change.TRANSLITERATED,))
    assert (long.body, long.changes) == ('"' + "x" * 156 + "...", (Change.TRANSLITERATED, Change.CUT))
    assert (len(untouched.body), untouched.changes) == (134, (Change.CUT,))


def test_a_gateway_that_sends_ucs2_alone_has_less_room() -> None:
    """What fits in the GSM alphabet would be more segments than are paid for."""
    cut = only(compose(texting("x" * 71, max_segments=1, ucs2=True)))

    assert (cut.body, cut.changes, cut.ucs2) == ("x" * 67 + "...", (Change.CUT,), True)
    assert only(compose(texting("x" * 70, max_segments=1, ucs2=True))).changes == ()


def test_a_text_that_may_not_be_cut_is_a_failure() -> None:
    """A dead letter tells, and not the text."""
    action = texting("secret " * 30, max_segments=1, too_long=TooLong.REFUSE)

    with pytest.raises(ComposeError) as refused:
        taken(action.compose(kim("0171")))

    assert refused.value.reason == "too_large"
    assert refused.value.detail == "the text takes more than 1 segment (max_segments of the gateway)"
    assert only(compose(texting("fits", max_segments=1, too_long=TooLong.REFUSE))).body == "fits"
