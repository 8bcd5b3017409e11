from hypothesis import example, given, settings
from hypothesis import strategies as st

from notifier.telephony import alphabet
from notifier.telephony.segmenter import LONGEST, LONGEST_PART, Encoding, clusters, encoding_of, split, whole

#: Of the GSM alphabet, with many that need an escape.
GSM = st.text(st.sampled_from(sorted(alphabet.SEPTETS)) | st.sampled_from("€[]{}|^~\\\f"), max_size=700)
#: Anything: emoji and their joiners often, and halves of pairs.
ANY = st.text(
    st.sampled_from("a€\u0301\u200d\U0001f469\U0001f3fd\U0001f1e9\U0001f1ea\ud83d\ude00é") | st.characters(),
    max_size=500,
)
TEXTS = GSM | ANY


def size(text: str, encoding: Encoding) -> int:
    return len(alphabet.encode(text) if encoding is Encoding.GSM7 else text.encode("utf-16-be"))


def decode(octets: bytes) -> str:
    """The other way, by the tables."""
    text, rest = "", iter(octets)
    for code in rest:
        text += alphabet.EXTENSION[next(rest)] if code == alphabet.ESCAPE else alphabet.BASIC[code]
    return text


@settings(deadline=None)
@given(text=TEXTS)
@example("x" * 152 + "€" + "x" * 10)
@example("x" * 66 + "\U0001f600" * 40)
@example("\ud83d" * 200)
def test_joined_parts_are_the_text(text: str) -> None:
    """Nothing is lost or doubled at a seam; half a surrogate pair is U+FFFD."""
    assert "".join(part.text for part in split(text)) == whole(text)


@settings(deadline=None)
@given(text=TEXTS)
@example("x" * 152 + "€" + "x" * 10)
@example("x" * 66 + "\U0001f600" * 40)
def test_each_part_decodes_by_itself(text: str) -> None:
    """No seam lies behind an escape or inside a surrogate pair: each part's octets are its text."""
    encoding = encoding_of(whole(text))

    for part in split(text):
        decoded = decode(part.octets) if encoding is Encoding.GSM7 else part.octets.decode("utf-16-be")
        assert decoded == part.text


@settings(deadline=None)
@given(text=TEXTS)
@example("x" * 160)
@example("x" * 161)
@example("é" * 10 + "ł" * 60)
@example("ł" * 71)
def test_each_part_is_within_its_size(text: str) -> None:
    """One message where it fits, else parts that leave room for the header; none is empty."""
    encoding, parts = encoding_of(whole(text)), split(text)

    if size(whole(text), encoding) <= LONGEST[encoding]:
        assert len(parts) == 1
    else:
        assert all(0 < len(part.octets) <= LONGEST_PART[encoding] for part in parts)


@settings(deadline=None)
@given(text=TEXTS)
def test_no_part_too_many(text: str) -> None:
    """As few as the octets need, and those that escapes and pairs leave empty: one octet or two in each part."""
    encoding, parts = encoding_of(whole(text)), split(text)
    spare = 1 if encoding is Encoding.GSM7 else 2

    octets = size(whole(text), encoding)

    if octets > LONGEST[encoding]:
        assert len(parts) <= -(-octets // (LONGEST_PART[encoding] - spare))


@settings(deadline=None)
@given(text=TEXTS)
def test_either_encoding_takes_what_fits_the_alphabet(text: str) -> None:
    """UCS-2 can be asked for; GSM 7 for a text that isn't GSM is refused."""
    assert "".join(part.text for part in split(text, Encoding.UCS2)) == whole(text)
    try:
        parts = split(text, Encoding.GSM7)
    except ValueError:
        assert encoding_of(whole(text)) is Encoding.UCS2
    else:
        assert encoding_of(text) is Encoding.GSM7
        assert parts == split(text)


@settings(deadline=None)
@given(text=TEXTS)
def test_clusters_joined_are_the_text(text: str) -> None:
    """What readers see as one character each: none is empty, none is lost."""
    found = list(clusters(text))

    assert "".join(found) == text
    assert all(found)
