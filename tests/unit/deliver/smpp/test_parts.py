"""A text as short messages: encoding, headers, parameters; read again by the simulator's own decoding."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.configuration import SmsGateway
from notifier.deliver.smpp.parts import Part, parts_of
from notifier.deliver.smpp.submission import destination, submission
from notifier.gateways.smpp import Alphabet, Long, SmppOptions, Wording, read
from notifier.outcome import Reason, Rejected
from notifier.testing.smsc_reading import Fragment, fragment_of, text_of
from tests.support.deliveries import sms

OPTIONS, _ = read(SmsGateway("g", "smpp", {"SMSC_HOST": "h", "SMSC_PORT": "1"}))
TEXTS = st.text(
    alphabet=st.one_of(st.sampled_from("aé€[Ω\u4e00\U0001f600ç\n"), st.characters(codec="utf-16")), max_size=700
)


def fragments(text: str, options: SmppOptions, identity: str = "ab12") -> list[Fragment]:
    parts = parts_of(text, identity, options)
    assert isinstance(parts, tuple)
    return [fragment_of(submission(part, "49151", sms(body=text), options)) for part in parts]


@given(TEXTS, st.sampled_from(Long), st.sampled_from(Alphabet))
def test_a_text_arrives_as_it_is(text: str, long: Long, alphabet: Alphabet) -> None:
    """Whatever is in it, however long it is, however it is divided."""
    found = fragments(text, replace(OPTIONS, long=long, alphabet=alphabet))

    latin1 = alphabet is Alphabet.LATIN1
    assert "".join(text_of(f.octets, f.data_coding, latin1=latin1) for f in found) == text
    if long is not Long.PAYLOAD:
        assert [(f.number, f.total) for f in found] == [(at, len(found)) for at in range(1, len(found) + 1)]
        assert all(len(f.octets) <= (160 if f.data_coding == 0 else 140) for f in found)
    else:
        assert len(found) == 1
    assert len({(f.reference, f.data_coding) for f in found}) == 1


def test_parts_have_the_same_number_whenever_they_are_sent() -> None:
    """A phone shows what was sent twice once; another delivery's parts aren't mixed in."""
    text = "x" * 400

    assert fragments(text, OPTIONS) == fragments(text, OPTIONS)
    assert fragments(text, OPTIONS)[0].reference != fragments(text, OPTIONS, "cd34")[0].reference


@pytest.mark.parametrize(
    ("wording", "text", "coding"),
    [
        (Wording.AUTO, "Grüße €", 0),
        (Wording.AUTO, "\u4f60", 8),
        (Wording.UCS2, "plain", 8),
        (Wording.GSM7, "plain", 0),
    ],
)
def test_the_encoding_is_the_cheapest_or_the_one_that_is_wanted(wording: Wording, text: str, coding: int) -> None:
    """``data_coding`` says which."""
    assert fragments(text, replace(OPTIONS, wording=wording))[0].data_coding == coding


def test_a_text_that_the_wanted_encoding_hasn_t_is_refused() -> None:
    """Nothing is sent as question marks."""
    outcome = parts_of("\u4f60", "ab12", replace(OPTIONS, wording=Wording.GSM7))

    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.CONTENT_REFUSED


def test_latin_1_is_for_smscs_that_take_0_for_it() -> None:
    """Characters that only one of both alphabets has go as UCS-2."""
    latin1 = replace(OPTIONS, alphabet=Alphabet.LATIN1)

    assert [(f.data_coding, f.octets) for f in fragments("ä@", latin1)] == [(0, b"\xe4@")]
    assert [(f.data_coding, f.octets) for f in fragments("ä@", OPTIONS)] == [(0, b"\x7b\x00")]
    assert {f.data_coding for text in "€Ωâ" for f in fragments(text, latin1)} == {8}


def test_more_parts_than_a_header_counts_are_refused() -> None:
    """255; a payload takes more."""
    text = "x" * 153 * 256

    assert isinstance(parts_of(text, "ab12", OPTIONS), Rejected)
    assert isinstance(parts_of(text, "ab12", replace(OPTIONS, long=Long.PAYLOAD)), tuple)


@pytest.mark.parametrize(
    ("ton", "number", "written"),
    [
        (0, "+4915112345678", "+4915112345678"),
        (1, "+4915112345678", "4915112345678"),
        (1, "4915112345678", "4915112345678"),
        (0, "1" * 21, None),
        (0, "12\u06633", None),
        (0, "12\0", None),
        (1, "+", None),
    ],
)
def test_an_international_number_has_no_plus(ton: int, number: str, written: str | None) -> None:
    """Its kind says so; what the field can't hold is no number."""
    options = replace(OPTIONS, destination=replace(OPTIONS.destination, ton=ton))

    assert destination(number, options) == written


def test_what_expires_expires_there_too() -> None:
    """The SMSC gets the moment; else how long it may try, if anything is said."""
    delivery = sms()
    part = Part(b"x", 0)

    assert fragment_of(submission(part, "1", replace(delivery, expires=True), OPTIONS)).validity == "261125120000000+"
    assert fragment_of(submission(part, "1", delivery, replace(OPTIONS, validity=7200))).validity == "000000020000000R"
    assert fragment_of(submission(part, "1", delivery, OPTIONS)).validity == ""
