"""How long a text is as an SMS."""

from __future__ import annotations

from dataclasses import dataclass

from notifier.telephony.segmenter import Encoding, encoding_of, split, whole


@dataclass(frozen=True, slots=True)
class TextMeasure:
    """What a text takes on the air, and so what it costs."""

    encoding: Encoding
    #: Septets (GSM 7; the ten of the extension table take two) or UTF-16 units (UCS-2; an emoji takes two or more).
    units: int
    segments: int


def measure(text: str, encoding: Encoding | None = None) -> TextMeasure:
    """Encoding, units and segments of a text; see `notifier.telephony.segmenter.split`."""
    text = whole(text)
    encoding = encoding or encoding_of(text)
    parts = split(text, encoding)
    octets = sum(len(part.octets) for part in parts)
    return TextMeasure(encoding, octets if encoding is Encoding.GSM7 else octets // 2, len(parts))
