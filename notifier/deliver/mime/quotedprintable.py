"""Quoted-printable (RFC 2045 section 6.7). `binascii.b2a_qp` writes lines of up to 78 characters; 76 are allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST_LINE = 76
_UNSAFE = re.compile(rb"[^\t\n -<>-~]+")
#: A blank at a line's end; at its beginning what relays and mailbox files would alter. Replaced one by one: that is
#: quicker than to look for all of them at once.
_AT_AN_END = ((b" \n", b"=20\n"), (b"\t\n", b"=09\n"))
_AT_A_BEGINNING = ((b"\n.", b"\n=2E"), (b"\nFrom ", b"\n=46rom "))


def encode(data: bytes) -> bytes:
    """A text's octets, its lines ending in LF."""
    lines = b"\n" + _UNSAFE.sub(_quoted, data) + b"\n"
    for plain, quoted in (*_AT_AN_END, *_AT_A_BEGINNING):
        lines = lines.replace(plain, quoted)
    lines = lines[1:-1]
    if len(lines) <= LONGEST_LINE:
        return lines
    return b"\n".join(line if len(line) <= LONGEST_LINE else b"=\n".join(_pieces(line)) for line in lines.split(b"\n"))


def _quoted(match: re.Match[bytes]) -> bytes:
    return b"=" + match[0].hex("=").upper().encode()


def _pieces(line: bytes) -> Iterator[bytes]:
    """A line in pieces with room for the equals sign that joins them; none divides a quoted octet."""
    while len(line) > LONGEST_LINE:
        end = LONGEST_LINE - 1
        quoted = line.rfind(b"=", end - 2, end)
        if quoted >= 0:
            end = quoted
        yield line[:end]
        line = line[end:]
        if line.startswith((b".", b"From ")):
            line = b"=%02X%b" % (line[0], line[1:])
    yield line
