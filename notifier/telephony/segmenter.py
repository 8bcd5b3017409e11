"""What a text is on the air: its encoding, and the segments it is sent in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from notifier.telephony import alphabet

#: What a message holds: octets of user data, where a septet is one, too (140 packed).
LONGEST = {"gsm7": 160, "ucs2": 140}
#: The same beside a header of six octets that says which part of which message it is.
LONGEST_PART = {"gsm7": 153, "ucs2": 134}
#: A header counts parts in one octet. A text of more can't be sent as one message: who sends it looks before.
MOST_SEGMENTS = 255

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_JOINER = "\u200d"


class Encoding(StrEnum):
    """How characters become bits."""

    #: The GSM alphabet: 160 septets in a message.
    GSM7 = "gsm7"
    #: Two octets for each UTF-16 unit: 70 units in a message. An emoji is two of them.
    UCS2 = "ucs2"


@dataclass(frozen=True, slots=True)
class Segment:
    """One message on the air, without a header."""

    text: str
    #: GSM: one septet an octet, unpacked, escapes included. UCS-2: UTF-16, big-endian.
    octets: bytes


def encoding_of(text: str) -> Encoding:
    """The cheapest encoding that has all characters of a text."""
    return Encoding.GSM7 if alphabet.fits(text) else Encoding.UCS2


def split(text: str, encoding: Encoding | None = None) -> tuple[Segment, ...]:
    """The segments of a text: as few as can be, at least one; joined they are the text.

    Half of a surrogate pair isn't text: each becomes U+FFFD. An escape and its character stay together, and so do both
    units of a pair; what readers see as one character (a letter and its accents, a flag, a family) does where that
    takes no further segment.

    Args:
        text: What is to be sent.
        encoding: None: the cheapest. GSM 7 for a text that doesn't fit is an error of the caller's.

    Raises:
        ValueError: a character isn't in the GSM alphabet.
    """
    text = whole(text)
    encoding = encoding or encoding_of(text)
    octets = _octets(text, encoding)
    if len(octets) <= LONGEST[encoding]:
        return (Segment(text, octets),)
    parts = _pack(text, encoding)
    if encoding is Encoding.UCS2:
        kind = _pack(clusters(text), encoding)
        parts = kind if len(kind) == len(parts) else parts
    return tuple(Segment(part, _octets(part, encoding)) for part in parts)


def whole(text: str) -> str:
    """A text without halves of surrogate pairs."""
    return _SURROGATE.sub("\ufffd", text)


def clusters(text: str) -> Iterator[str]:
    """What readers see as one character each, nearly: marks, joined emoji, skin tones and flags stay together."""
    at, flag = 0, False
    for place in range(1, len(text)):
        before, character = text[place - 1], text[place]
        half = "\U0001f1e6" <= character <= "\U0001f1ff"
        flag = half and not flag and "\U0001f1e6" <= before <= "\U0001f1ff"
        if flag or _sticks(before, character):
            continue
        yield text[at:place]
        at = place
    if text:
        yield text[at:]


def _sticks(before: str, character: str) -> bool:
    """Whether a character belongs to the one before it."""
    if character < "\u0300":
        return False
    return (
        _JOINER in (before, character)
        or unicodedata.category(character).startswith("M")
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )


def _pack(pieces: Iterable[str], encoding: Encoding) -> list[str]:
    """Fill part after part: no other way takes fewer."""
    longest = LONGEST_PART[encoding]
    parts: list[str] = []
    part, used = "", 0
    for piece in pieces:
        size = len(_octets(piece, encoding))
        if size > longest:  # a cluster without end: by characters
            *full, part = _pack(part + piece, encoding)
            parts += full
            used = len(_octets(part, encoding))
            continue
        if used + size > longest:
            parts.append(part)
            part, used = "", 0
        part += piece
        used += size
    return [*parts, part]


def _octets(text: str, encoding: Encoding) -> bytes:
    return alphabet.encode(text) if encoding is Encoding.GSM7 else text.encode("utf-16-be")
