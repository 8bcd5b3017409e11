"""What a submitted message says, by a decoding of its own: nothing here is what the worker encodes with."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

#: 3GPP TS 23.038: a row for each sixteen codes.
_GSM = (
    "@£$¥èéùìòÇ\nØø\rÅå" "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ" " !\"#¤%&'()*+,-./" "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO" "PQRSTUVWXYZÄÖÑÜ§" "¿abcdefghijklmno" "pqrstuvwxyzäöñüà"
)  # fmt: skip
_ESCAPED = {10: "\f", 20: "^", 40: "{", 41: "}", 47: "\\", 60: "[", 61: "~", 62: "]", 64: "|", 101: "€"}


@dataclass(frozen=True, slots=True)
class Fragment:
    """One ``submit_sm``, taken apart."""

    source: str
    destination: str
    source_kind: tuple[int, int]
    destination_kind: tuple[int, int]
    esm_class: int
    data_coding: int
    registered: int
    validity: str
    octets: bytes
    #: Which of how many, of the message of which number; alone: 1 of 1.
    reference: int = 0
    total: int = 1
    number: int = 1
    parameters: Mapping[int, bytes] = field(default_factory=dict)


def fragment_of(body: bytes) -> Fragment:
    """The fields of a ``submit_sm``'s body."""
    texts: list[bytes] = []

    def text() -> str:
        nonlocal body
        value, body = body[: body.index(0)], body[body.index(0) + 1 :]
        texts.append(value)
        return value.decode("ascii")

    def numbers(count: int) -> tuple[int, ...]:
        nonlocal body
        values, body = tuple(body[:count]), body[count:]
        return values

    text()
    source_kind = numbers(2)
    source = text()
    destination_kind = numbers(2)
    destination = text()
    esm_class, _, _ = numbers(3)
    text()
    validity = text()
    registered, _, data_coding, _, length = numbers(5)
    octets, body = body[:length], body[length:]
    parameters = _parameters(body)
    octets = octets or parameters.get(0x0424, b"")
    reference, total, number = 0, 1, 1
    if esm_class & 0x40:
        header, octets = octets[1 : 1 + octets[0]], octets[1 + octets[0] :]
        reference, total, number = header[2], header[3], header[4]
    elif 0x020C in parameters:
        reference = int.from_bytes(parameters[0x020C], "big")
        total, number = parameters[0x020E][0], parameters[0x020F][0]
    kinds = (source_kind[0], source_kind[1]), (destination_kind[0], destination_kind[1])
    fixed = source, destination, *kinds, esm_class, data_coding, registered, validity, octets
    return Fragment(*fixed, reference, total, number, parameters)


def _parameters(body: bytes) -> dict[int, bytes]:
    found = {}
    while body:
        tag, length = struct.unpack(">HH", body[:4])
        found[tag] = body[4 : 4 + length]
        body = body[4 + length :]
    return found


def text_of(octets: bytes, data_coding: int, *, latin1: bool = False) -> str:
    """The text of a message, or of a part.

    Args:
        octets: Without a header.
        data_coding: As submitted.
        latin1: What 0 means; else the GSM alphabet, a septet in each octet.

    Raises:
        ValueError: it can't be read.
    """
    if data_coding == 8:
        return octets.decode("utf-16-be")
    if data_coding != 0:
        raise ValueError(f"data_coding {data_coding}")
    return octets.decode("latin-1") if latin1 else _gsm(octets)


def _gsm(octets: bytes) -> str:
    text, escaped = "", False
    for septet in octets:
        if septet > 127:
            raise ValueError("no septet")
        if escaped:
            text += _ESCAPED[septet]
        elif septet != 0x1B:
            text += _GSM[septet]
        escaped = septet == 0x1B and not escaped
    if escaped:
        raise ValueError("an escape without its character")
    return text
