"""A text as the short messages that carry it: encoded, divided, and each with what joins it to the others."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from notifier.deliver.smpp.pdu import Tag, parameter
from notifier.gateways.smpp import Alphabet, Long, SmppOptions, Wording
from notifier.outcome import Reason, Rejected
from notifier.telephony.segmenter import MOST_SEGMENTS, Encoding, Segment, encoding_of, split

#: The bit of ``esm_class`` that says a user data header is in front of the text.
HEADER_INSIDE = 0x40
#: ``data_coding``: the SMSC's default alphabet, and UCS-2.
DEFAULT, UCS2 = 0x00, 0x08


@dataclass(frozen=True, slots=True)
class Part:
    """One short message."""

    short_message: bytes
    data_coding: int
    esm_class: int = 0
    #: Optional parameters, as on the wire.
    parameters: bytes = b""


def parts_of(text: str, identity: str, options: SmppOptions) -> tuple[Part, ...] | Rejected:
    """The parts of a text.

    Args:
        text: What is to be sent.
        identity: Of its delivery. It makes the number that its parts have in common: of a message that is sent once
            more a phone puts the parts together all the same, and shows them once.
        options: How the SMSC wants it.
    """
    encoding = _encoding(text, options)
    if encoding is None:
        why = "the text has characters that aren't in the GSM alphabet; ENCODING: auto, or transliterate: true"
        return Rejected(Reason.CONTENT_REFUSED, why)
    segments = split(text, encoding)
    coding = DEFAULT if encoding is Encoding.GSM7 else UCS2
    bodies = [_octets(segment, encoding, options.alphabet) for segment in segments]
    if len(segments) == 1:
        return (Part(bodies[0], coding),)
    if options.long is Long.PAYLOAD:
        return (Part(b"", coding, parameters=parameter(Tag.MESSAGE_PAYLOAD, b"".join(bodies))),)
    if len(segments) > MOST_SEGMENTS:
        return Rejected(Reason.TOO_LARGE, f"{len(segments)} segments; {MOST_SEGMENTS} is what a message can have")
    number = zlib.crc32(identity.encode())
    numbered = enumerate(bodies, 1)
    if options.long is Long.SAR:
        return tuple(Part(body, coding, parameters=_sar(number, len(bodies), at)) for at, body in numbered)
    # Element 0 (TS 23.040 section 9.2.3.24.1): which of how many, of the message of this number.
    header = bytes((5, 0, 3, number & 0xFF, len(bodies)))
    return tuple(Part(header + bytes((at,)) + body, coding, HEADER_INSIDE) for at, body in numbered)


def _encoding(text: str, options: SmppOptions) -> Encoding | None:
    """None: the one that is wanted doesn't have all characters."""
    if options.wording is Wording.UCS2:
        return Encoding.UCS2
    cheapest = encoding_of(text)
    if cheapest is Encoding.GSM7 and options.alphabet is Alphabet.LATIN1 and not _is_latin1(text):
        cheapest = Encoding.UCS2
    return None if options.wording is Wording.GSM7 and cheapest is not Encoding.GSM7 else cheapest


def _is_latin1(text: str) -> bool:
    return all(ord(character) < 256 for character in text)


def _octets(segment: Segment, encoding: Encoding, alphabet: Alphabet) -> bytes:
    if encoding is Encoding.GSM7 and alphabet is Alphabet.LATIN1:
        return segment.text.encode("latin-1")
    return segment.octets


def _sar(number: int, total: int, at: int) -> bytes:
    reference = parameter(Tag.SAR_MSG_REF_NUM, (number & 0xFFFF).to_bytes(2, "big"))
    counted = parameter(Tag.SAR_TOTAL_SEGMENTS, bytes((total,))) + parameter(Tag.SAR_SEGMENT_SEQNUM, bytes((at,)))
    return reference + counted
