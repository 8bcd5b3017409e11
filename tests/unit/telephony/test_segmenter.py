import pytest

from notifier.telephony import alphabet
from notifier.telephony.measure import TextMeasure, measure
from notifier.telephony.segmenter import Encoding, clusters, split

FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"


def test_the_alphabet_has_its_137_characters_in_their_places() -> None:
    """127 of the basic table and ten behind the escape; some that are often misplaced."""
    assert len(alphabet.BASIC) == 128
    assert len(alphabet.SEPTETS) == 137
    assert [alphabet.BASIC.index(c) for c in "@$_ÆA¡¿§à"] == [0x00, 0x02, 0x11, 0x1C, 0x41, 0x40, 0x60, 0x5F, 0x7F]
    assert alphabet.encode("€[") == b"\x1b\x65\x1b\x3c"
    assert not alphabet.fits("ç")
    assert not alphabet.fits("\x1b")


@pytest.mark.parametrize(
    ("text", "encoding", "units", "segments"),
    [
        ("", "gsm7", 0, 1),
        ("x" * 160, "gsm7", 160, 1),
        ("x" * 161, "gsm7", 161, 2),
        ("x" * 306, "gsm7", 306, 2),
        ("x" * 307, "gsm7", 307, 3),
        ("€" * 80, "gsm7", 160, 1),
        ("€" * 153, "gsm7", 306, 3),  # 76 in each part: an escape isn't split
        ("ł" * 70, "ucs2", 70, 1),
        ("ł" * 71, "ucs2", 71, 2),
        ("\U0001f600" * 35, "ucs2", 70, 1),
        ("\U0001f600" * 67, "ucs2", 134, 3),  # 33 in each part: a pair isn't split
    ],
)
def test_a_text_is_measured_as_phones_count(text: str, encoding: str, units: int, segments: int) -> None:
    """160 septets or 70 units in one message, 153 or 67 in each of several."""
    assert measure(text) == TextMeasure(Encoding(encoding), units, segments)


@pytest.mark.parametrize(
    "together", ["e\u0301\u0302", FAMILY, "\U0001f1e9\U0001f1ea", "\U0001f44d\U0001f3fd", "\u2764\ufe0f"]
)
def test_what_readers_see_as_one_character_stays_whole(together: str) -> None:
    """Where it takes no further segment."""
    text = "ł" * 66 + together + "ł" * 10

    first, second = split(text)

    assert (first.text, second.text) == ("ł" * 66, together + "ł" * 10)
    assert list(clusters(f"a{together}b")) == ["a", together, "b"]


def test_a_character_that_would_cost_a_segment_is_split() -> None:
    """Two parts that are full to the brim stay two."""
    text = "ł" * 66 + "e\u0301" + "ł" * 66

    assert [len(part.text) for part in split(text)] == [67, 67]


def test_a_character_without_end_is_split() -> None:
    """A letter with a thousand accents is text, too."""
    text = "ł" * 10 + "e" + "\u0301" * 1000

    parts = split(text)

    assert "".join(part.text for part in parts) == text
    assert max(len(part.octets) for part in parts) == 134


def test_flags_stand_in_a_row() -> None:
    """Letters of flags belong together two by two."""
    assert list(clusters("\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7")) == [
        "\U0001f1e9\U0001f1ea",
        "\U0001f1eb\U0001f1f7",
    ]
