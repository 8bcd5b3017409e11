"""A DKIM signature (RFC 6376) of a finished message, before dots are stuffed.

Canonicalization and header are written here; OpenSSL signs. A library that signs in Python needs a multiple of the
time that all the rest of a mail does (docs/decisions/0015).
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256

from notifier.configuration import Dkim
from notifier.keys.dkim import DkimKey

_LONGEST_LINE = 72
_FIELD = re.compile(rb"([^:\s]+)[ \t]*:.*\r\n(?:[ \t].*\r\n)*")
#: What isn't one blank.
_BLANKS = re.compile(rb"\t[ \t]*| [ \t]+")

Canonical = Callable[[bytes], bytes]


class DkimSigner:
    """Signs for one domain."""

    def __init__(self, config: Dkim, key: DkimKey) -> None:
        headers, body = config.canonicalization
        self._key = key
        self._header, self._body = _HEADER[headers], _BODY[body]
        #: In the order of the list, each name once, and how often it stands there.
        self._wanted = Counter(name.lower().encode() for name in config.headers)
        self._spelling = {name.lower().encode(): name for name in config.headers}
        self._fixed = f"v=1; a={key.algorithm}; c={headers}/{body}; d={config.domain};\r\n s={config.selector}; "

    def sign(self, content: bytes, at: datetime) -> bytes:
        """The message with its signature on top; of the same message at the same time it is the same one.

        Args:
            content: The message; its lines end in CRLF.
            at: When it was written.
        """
        head, _, body = content.partition(b"\r\n\r\n")
        fields: dict[bytes, list[bytes]] = {}
        for field in _FIELD.finditer(head + b"\r\n"):
            fields.setdefault(field[1].lower(), []).append(field[0])
        digest = b64encode(sha256(self._body(body)).digest()).decode()
        names = ":\r\n ".join(_lines(list(self._names(fields)), ":"))
        begin = f"{self._fixed}t={int(at.timestamp())};\r\n h={names};\r\n bh={digest};\r\n b="
        unsigned = f"DKIM-Signature: {begin}".encode()
        # A name that stands once more than there are fields signs that there is no other (section 5.4.2).
        chosen = b"".join(self._header(field) for field in self._chosen(fields))
        signature = b64encode(self._key.sign(chosen + self._header(unsigned).removesuffix(b"\r\n"))).decode()
        pieces = (signature[at : at + _LONGEST_LINE] for at in range(0, len(signature), _LONGEST_LINE))
        return unsigned + "\r\n ".join(pieces).encode() + b"\r\n" + content

    def _names(self, fields: Mapping[bytes, list[bytes]]) -> Iterator[str]:
        for name, times in self._wanted.items():
            yield from [self._spelling[name]] * (min(len(fields.get(name, ())), times) + times - 1)

    def _chosen(self, fields: Mapping[bytes, list[bytes]]) -> Iterator[bytes]:
        """From below, as verifiers count them."""
        for name, times in self._wanted.items():
            yield from reversed(fields.get(name, [])[-times:])


def _lines(words: list[str], glue: str) -> Iterator[str]:
    """Words in lines that aren't too long."""
    line = ""
    for word in words:
        if line and len(line) + len(word) > _LONGEST_LINE:
            yield line
            line = word
        else:
            line = f"{line}{glue}{word}" if line else word
    yield line


def _relaxed_header(field: bytes) -> bytes:
    name, _, value = field.replace(b"\r\n", b"").partition(b":")
    return name.strip().lower() + b":" + _BLANKS.sub(b" ", value).strip() + b"\r\n"


def _simple_header(field: bytes) -> bytes:
    return field


def _relaxed_body(body: bytes) -> bytes:
    lines = _BLANKS.sub(b" ", body).replace(b" \r\n", b"\r\n").rstrip(b"\r\n")
    return lines + b"\r\n" if lines else b""


def _simple_body(body: bytes) -> bytes:
    return body.rstrip(b"\r\n") + b"\r\n"


_HEADER: Mapping[str, Canonical] = {"relaxed": _relaxed_header, "simple": _simple_header}
_BODY: Mapping[str, Canonical] = {"relaxed": _relaxed_body, "simple": _simple_body}
