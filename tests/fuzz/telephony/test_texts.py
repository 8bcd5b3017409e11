"""Whatever is written, what is sent is within its bounds."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import SUPPORTED_REGIONS

from notifier.telephony import alphabet
from notifier.telephony.measure import measure
from notifier.telephony.number import e164
from notifier.telephony.segmenter import Encoding, clusters, whole
from notifier.telephony.shortening import DOTS, shorten
from notifier.telephony.transliteration import transliterate

TEXTS = st.text(st.sampled_from("ab €[\u0301\u200d\U0001f469\U0001f3fdłé") | st.characters(), max_size=400)


@settings(deadline=None)
@given(text=TEXTS, most=st.integers(1, 5), encoding=st.sampled_from((None, Encoding.UCS2)))
def test_a_cut_text_fits_and_no_longer_beginning_does(text: str, most: int, encoding: Encoding | None) -> None:
    """It is a beginning of the text with dots; one character more, or those of one reader's character, doesn't fit."""
    sent = shorten(text, most, encoding)

    assert measure(sent, encoding).segments <= most
    if sent != text:
        beginning = sent.removesuffix(DOTS)
        assert whole(text).startswith(beginning)
        assert measure(text, encoding).segments > most
        longest = max(
            end for end in range(len(text)) if measure(text[:end] + DOTS, encoding).segments <= most
        )  # by trying
        assert len(beginning) <= longest
        # What is missing are blanks, or one character of many marks.
        assert len(list(clusters(text[len(beginning) : longest].lstrip()))) <= 1


@settings(deadline=None)
@given(text=TEXTS)
def test_a_transliterated_text_is_in_the_alphabet_or_untouched(text: str) -> None:
    """There is nothing between, and doing it again changes nothing."""
    sent = transliterate(text)

    assert sent == text or alphabet.fits(sent)
    assert transliterate(sent) == sent


@settings(deadline=None)
@given(
    text=st.text(st.sampled_from("0123456789+ -/().;#xtel:") | st.characters(), max_size=40),
    region=st.sampled_from(sorted(SUPPORTED_REGIONS)),
)
def test_a_number_is_e164_or_short_or_none(text: str, region: str) -> None:
    """Whatever stands in a directory; and what is E.164 is meant by itself, wherever it is read."""
    number = e164(text, region)

    if number is None:
        return
    digits = number.removeprefix("+")
    assert digits.isascii()
    assert digits.isdecimal()
    if number.startswith("+"):
        assert len(digits) <= 17
        assert e164(number, "DE") == number
    else:
        assert 3 <= len(digits) <= 6
