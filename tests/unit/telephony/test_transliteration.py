import pytest

from notifier.telephony import alphabet
from notifier.telephony.transliteration import REPLACEMENTS, transliterate


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("„Grüße“ – Łódź…", '"Grüße" - Lodz...'),
        ("it’s 5\xa0µm,\tnaïve façade", "it's 5 um, naive facade"),
        ("Gru\u0308ße", "Grüße"),  # a letter and its mark, as some systems write
        ("½ ﬁ № 3 → €", "1/2 fi No. 3 -> €"),
        ("zero\u200bwidth, soft\xadhyphen", "zerowidth, softhyphen"),
        ("a\u2028b", "a\nb"),
        ("Český Nguyễn İstanbul", "Cesky Nguyen Istanbul"),
    ],
)
def test_what_the_alphabet_lacks_is_replaced(text: str, sent: str) -> None:
    """By what readers take for the same; what it has stays."""
    assert transliterate(text) == sent


@pytest.mark.parametrize("text", ["plain [€]", "Привет – Kim", "“ok” \U0001f600", "Καλημέρα", "漢字…"])
def test_all_or_nothing(text: str) -> None:
    """A text that can't be written wholly in the alphabet costs the same as before, so it stays as it was."""
    assert transliterate(text) == text


def test_every_replacement_is_in_the_alphabet() -> None:
    """And none replaces what is in it."""
    assert all(map(alphabet.fits, REPLACEMENTS.values()))
    assert not [c for c in REPLACEMENTS if c in alphabet.SEPTETS]
