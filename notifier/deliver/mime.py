"""A delivery as a message by RFC 5322, RFC 2045-2047, RFC 2387; built by hand, because it is built often.

No line break ever reaches a header: control characters become blanks before anything is encoded.
"""

from __future__ import annotations

import binascii
import re
from base64 import encodebytes
from email.header import Header
from email.utils import format_datetime, parseaddr

from notifier.model import Attachment, Delivery

_LONGEST_PLAIN_LINE = 900
_ATEXT = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")


def build(delivery: Delivery) -> bytes:
    """The message, with CRLF line ends, ready for DATA but for dot-stuffing."""
    message = delivery.message
    sender = message.sender or "token-notifier@localhost"
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    headers = [
        ("From", _address(sender)),
        ("To", _addresses(message.to) if message.to else "undisclosed-recipients:;"),
        ("Subject", _text("Subject", message.subject)),
        ("Date", format_datetime(delivery.created)),
        # Derived from the delivery, so every attempt says the same and a duplicate can be told.
        ("Message-ID", f"<{delivery.id}@{_ascii_domain(domain)}>"),
        ("Auto-Submitted", "auto-generated"),
        ("MIME-Version", "1.0"),
    ]
    if message.reply_to:
        headers.insert(2, ("Reply-To", _addresses(tuple(message.reply_to.split(",")))))
    part_headers, body = _body(message.body, message.mimetype)
    if message.attachments:
        boundary = f"=_{delivery.id}"
        kind = f'multipart/related; type="text/{message.mimetype}";\r\n boundary="{boundary}"'
        headers.append(("Content-Type", kind))
        parts = [(part_headers, body), *map(_attachment, message.attachments)]
        content = b"".join(f"--{boundary}\r\n".encode() + _head(h) + b"\r\n" + b + b"\r\n" for h, b in parts)
        return _head(headers) + b"\r\n" + content + f"--{boundary}--\r\n".encode()
    return _head(headers + part_headers) + b"\r\n" + body


def _head(headers: list[tuple[str, str]]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode("ascii")


def _clean(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _text(name: str, text: str) -> str:
    """An unstructured header's value, encoded and folded where it has to be."""
    text = _clean(text)
    if text.isascii() and len(name) + 2 + len(text) <= 78 and "=?" not in text:
        return text
    charset = "utf-8" if not text.isascii() or "=?" in text or _LONG_WORD.search(text) else "us-ascii"
    if charset == "utf-8":
        text = text.encode("utf-8", "replace").decode()
    return Header(text, charset, maxlinelen=76, header_name=name).encode(linesep="\r\n")


_LONG_WORD = re.compile(r"\S{70}")


def _address(text: str) -> str:
    """An address, perhaps with a name, as it may stand in a header."""
    name, address = parseaddr(_clean(text))
    address = _ascii_address(address or _clean(text))
    if not name:
        return address
    if _ATEXT.fullmatch(name):
        return f"{name} <{address}>"
    if name.isascii():
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{address}>'
    return f"{Header(name, 'utf-8', maxlinelen=60).encode(linesep=chr(13) + chr(10))}\r\n <{address}>"


def _addresses(texts: tuple[str, ...]) -> str:
    return ",\r\n ".join(_address(text) for text in texts)


def _ascii_domain(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return "localhost"


def _ascii_address(address: str) -> str:
    """International domains as A-labels; a mailbox that isn't ASCII can't stand in a header of this kind."""
    local, at, domain = address.rpartition("@")
    if not at:
        return address.encode("ascii", "replace").decode()
    return f"{local.encode('ascii', 'replace').decode()}@{_ascii_domain(domain)}"


def _body(text: str, mimetype: str) -> tuple[list[tuple[str, str]], bytes]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    short = all(len(line) <= _LONGEST_PLAIN_LINE for line in lines.split("\n"))
    if lines.isascii() and short and "\x00" not in lines:
        encoding, charset, content = "7bit", "us-ascii", lines.encode()
    else:
        encoding, charset = "quoted-printable", "utf-8"
        content = binascii.b2a_qp(lines.encode("utf-8", "replace"), istext=True)
    if content and not content.endswith(b"\n"):
        content += b"\n"
    kind = f"text/{mimetype}; charset={charset}"
    headers = [("Content-Type", kind), ("Content-Transfer-Encoding", encoding)]
    return headers, content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _attachment(attachment: Attachment) -> tuple[list[tuple[str, str]], bytes]:
    name = re.sub(r"[^A-Za-z0-9,._ -]", "_", attachment.filename) or "image.png"
    headers = [
        ("Content-Type", attachment.content_type),
        ("Content-Transfer-Encoding", "base64"),
        ("Content-ID", f"<{attachment.content_id}>"),
        ("Content-Disposition", f'inline; filename="{name}"'),
    ]
    return headers, encodebytes(attachment.data).replace(b"\n", b"\r\n")
