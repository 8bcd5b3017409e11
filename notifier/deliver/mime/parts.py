"""What a message is made of: texts, attachments, and parts made of parts (RFC 2045, RFC 2046).

Everything is seven bits wide and survives relays that trim lines: so it can be signed, and sent to any server.
"""

from __future__ import annotations

import re
from base64 import encodebytes
from collections.abc import Iterable
from urllib.parse import quote

from notifier.deliver.mime.headers import LONGEST_LINE, Headers, clean, head
from notifier.deliver.mime.quotedprintable import encode
from notifier.model import Attachment

_LONGEST_PLAIN_LINE = 900
_ODD_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_CONTENT_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}", re.IGNORECASE)
#: It would lead somewhere, or end the quotes around it.
_NOT_IN_A_NAME = re.compile(r'[/\\"]')
_LONGEST_NAME = 100
#: Characters of a name, written as octets, in one line of a parameter (RFC 2231 section 3).
_LONGEST_PIECE = 60

#: What a part is, and its content.
Part = tuple[Headers, bytes]


def written(part: Part) -> bytes:
    """A part as it stands in a message."""
    headers, content = part
    return head(headers) + b"\r\n" + content


def multipart(kind: str, boundary: str, parts: Iterable[bytes]) -> Part:
    """A part of parts, each as it is `written`; the boundary becomes one that none of them holds."""
    parts = list(parts)
    while any(f"--{boundary}".encode() in part for part in parts):
        boundary += "_"
    content = b"".join(f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts)
    headers = [("Content-Type", f'multipart/{kind};\r\n boundary="{boundary}"')]
    return headers, content + f"--{boundary}--\r\n".encode()


def body(text: str, kind: str) -> Part:
    """A text; its last line gets an end."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    short = len(lines) <= _LONGEST_PLAIN_LINE or all(len(line) <= _LONGEST_PLAIN_LINE for line in lines.split("\n"))
    if lines.isascii() and short and not _is_fragile(lines):
        encoding, charset, content = "7bit", "us-ascii", lines.encode()
    else:
        encoding, charset, content = "quoted-printable", "utf-8", encode(lines.encode("utf-8", "replace"))
    if content and not content.endswith(b"\n"):
        content += b"\n"
    headers = [("Content-Type", f"text/{kind}; charset={charset}"), ("Content-Transfer-Encoding", encoding)]
    return headers, content.replace(b"\n", b"\r\n")


def _is_fragile(lines: str) -> bool:
    """It wouldn't arrive as it was sent: odd controls, blanks at a line's end, a line that a mailbox file alters."""
    framed = f"\n{lines}\n"
    return " \n" in framed or "\t\n" in framed or "\nFrom " in framed or bool(_ODD_CONTROLS.search(lines))


def attachment(given: Attachment) -> Part:
    """What is shown inside a text that names its content id."""
    content_id = re.sub(r"[^A-Za-z0-9._@-]", "_", given.content_id)[:100]
    known = _CONTENT_TYPE.fullmatch(given.content_type)
    headers = [
        ("Content-Type", given.content_type if known else "application/octet-stream"),
        ("Content-Transfer-Encoding", "base64"),
        ("Content-ID", f"<{content_id}>"),
        ("Content-Disposition", "inline" + _filename(given.filename)),
    ]
    return headers, base64(given.data)


def base64(data: bytes) -> bytes:
    """In lines of 76 characters."""
    return encodebytes(data).replace(b"\n", b"\r\n")


def _filename(name: str) -> str:
    """The parameter that carries a name, in pieces where it isn't ASCII (RFC 2231)."""
    name = _NOT_IN_A_NAME.sub("_", clean(name))[:_LONGEST_NAME].strip() or "attachment"
    if name.isascii():
        value = f'filename="{name}"'
        return f"; {value}" if len(value) < LONGEST_LINE // 2 else f";\r\n {value}"
    pieces = [""]
    for octets in (quote(character, safe="") for character in name):
        if len(pieces[-1]) + len(octets) > _LONGEST_PIECE:
            pieces.append("")
        pieces[-1] += octets
    if len(pieces) == 1:
        return f";\r\n filename*=utf-8''{pieces[0]}"
    pieces[0] = f"utf-8''{pieces[0]}"
    return "".join(f";\r\n filename*{i}*={piece}" for i, piece in enumerate(pieces))
