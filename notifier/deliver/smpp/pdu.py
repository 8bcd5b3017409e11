"""What SMPP 3.4 is made of: protocol data units, and the fields in them (sections 3, 4 and 5 of the specification)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

#: The bit that makes an answer of a command.
ANSWER = 0x80000000
#: Sequence numbers are from 1 to this.
LAST_SEQUENCE = 0x7FFFFFFF
_HEADER = struct.Struct(">IIII")
#: A payload has 64 KiB at most; what says to be longer is none of the protocol's.
LONGEST = 70_000
_TAG = struct.Struct(">HH")


class Command(IntEnum):
    """What is asked for."""

    BIND_TRANSMITTER = 0x02
    SUBMIT_SM = 0x04
    DELIVER_SM = 0x05
    UNBIND = 0x06
    BIND_TRANSCEIVER = 0x09
    ENQUIRE_LINK = 0x15
    DATA_SM = 0x103
    #: Answers what couldn't be understood.
    GENERIC_NACK = 0x80000000


class Tag(IntEnum):
    """Optional parameters."""

    RECEIPTED_MESSAGE_ID = 0x001E
    NETWORK_ERROR_CODE = 0x0423
    MESSAGE_PAYLOAD = 0x0424
    MESSAGE_STATE = 0x0427
    SAR_MSG_REF_NUM = 0x020C
    SAR_TOTAL_SEGMENTS = 0x020E
    SAR_SEGMENT_SEQNUM = 0x020F


class Malformed(Exception):
    """What came isn't SMPP; nothing after it can be read, either."""


@dataclass(frozen=True, slots=True)
class Pdu:
    """One of them."""

    command: int
    sequence: int
    status: int = 0
    body: bytes = b""

    @property
    def is_answer(self) -> bool:
        """To what was asked with the same sequence number."""
        return bool(self.command & ANSWER)

    @property
    def name(self) -> str:
        """As the specification calls it."""
        try:
            command = Command(self.command if self.command == ANSWER else self.command & ~ANSWER)
        except ValueError:
            return f"command 0x{self.command:08x}"
        answer = "_resp" if self.is_answer and command != Command.GENERIC_NACK else ""
        return f"{command.name.lower()}{answer}"

    def encode(self) -> bytes:
        """On the wire."""
        return _HEADER.pack(_HEADER.size + len(self.body), self.command, self.status, self.sequence) + self.body


class Inbox:
    """Octets as they come; PDUs as soon as they are whole."""

    def __init__(self) -> None:
        self._octets = bytearray()

    def feed(self, octets: bytes) -> Iterator[Pdu]:
        """What is whole now.

        Raises:
            Malformed: a length that none has.
        """
        self._octets += octets
        while len(self._octets) >= _HEADER.size:
            length, command, status, sequence = _HEADER.unpack_from(self._octets)
            if not _HEADER.size <= length <= LONGEST:
                raise Malformed(f"a length of {length}")
            if len(self._octets) < length:
                return
            body = bytes(self._octets[_HEADER.size : length])
            del self._octets[:length]
            yield Pdu(command, sequence, status, body)


def c_string(text: str) -> bytes:
    """A text that ends with a zero."""
    return text.encode("latin-1", "replace") + b"\0"


def parameter(tag: Tag, value: bytes) -> bytes:
    """An optional parameter."""
    return _TAG.pack(tag, len(value)) + value


class Fields:
    """The fields of a body, read one after the other. What is missing at the end is empty: many leave it out."""

    def __init__(self, body: bytes) -> None:
        self._rest = body

    def text(self) -> str:
        """Up to a zero."""
        text, _, self._rest = self._rest.partition(b"\0")
        return text.decode("latin-1")

    def octet(self) -> int:
        """A number."""
        (octets, self._rest) = self._rest[:1], self._rest[1:]
        return octets[0] if octets else 0

    def octets(self, count: int) -> bytes:
        """So many."""
        (octets, self._rest) = self._rest[:count], self._rest[count:]
        return octets

    def parameters(self) -> dict[int, bytes]:
        """The optional parameters: all that is left."""
        found: dict[int, bytes] = {}
        while len(self._rest) >= _TAG.size:
            tag, length = _TAG.unpack_from(self._rest)
            found.setdefault(tag, self._rest[_TAG.size : _TAG.size + length])
            self._rest = self._rest[_TAG.size + length :]
        return found
