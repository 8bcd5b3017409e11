"""A delivery as a message by RFC 5322, RFC 2045-2047, RFC 2387; built by hand, because it is built often.

One text; with images, a multipart/related of text and images; with a text beside HTML, a multipart/alternative of that
text and of either: the best form comes last (RFC 2046 section 5.1.4).

No line break ever reaches a header: control characters become blanks before anything is encoded.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64encode, encodebytes
from collections.abc import Iterable, Iterator
from email.utils import format_datetime, getaddresses
from unicodedata import category

from notifier.address import bare, domain_of
from notifier.model import Attachment, Delivery

_LONGEST_PLAIN_LINE = 900
#: RFC 5322 section 2.1.1 wants 78 without the line's end.
_LONGEST_HEADER_LINE = 76
#: Octets that fit into one encoded word of 75 characters: ``=?utf-8?b?`` + 60 + ``?=`` (RFC 2047 section 2).
_ENCODED_OCTETS = 45
_ATEXT = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+( [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_ODD_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_CONTENT_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}", re.IGNORECASE)

Headers = list[tuple[str, str]]
#: What a part is, and its content.
Part = tuple[Headers, bytes]


def build(delivery: Delivery) -> bytes:
    """The message, with CRLF line ends, ready for DATA but for dot-stuffing."""
    message = delivery.message
    headers = [
        ("From", _address(message.sender or "token-notifier@localhost")),
        ("To", _addresses(message.to) or "undisclosed-recipients:;"),
        ("Subject", _text("Subject", message.subject)),
        ("Date", format_datetime(delivery.created)),
        # Derived from the delivery, so every attempt says the same and a duplicate can be told.
        ("Message-ID", f"<{delivery.id}@{domain_of(message.sender)}>"),
        ("Auto-Submitted", "auto-generated"),
        ("MIME-Version", "1.0"),
    ]
    if reply_to := _addresses([message.reply_to] if message.reply_to else []):
        headers.insert(2, ("Reply-To", reply_to))
    part_headers, content = _parts(delivery)
    return _head(headers + part_headers) + b"\r\n" + content


def _parts(delivery: Delivery) -> Part:
    message = delivery.message
    kind = "html" if message.mimetype == "html" else "plain"
    part = _body(message.body, kind)
    if message.attachments:
        parts = [part, *map(_attachment, message.attachments)]
        part = _multipart(f'related; type="text/{kind}"', f"=_{delivery.id}", parts)
    if message.alternative and kind == "html":
        # No beginning of the other boundary: an identifier has no dot.
        part = _multipart("alternative", f"=.{delivery.id}", [_body(message.alternative, "plain"), part])
    return part


def _multipart(kind: str, boundary: str, parts: list[Part]) -> Part:
    written = [_head(headers) + b"\r\n" + content for headers, content in parts]
    while any(f"--{boundary}".encode() in part for part in written):
        boundary += "_"
    content = b"".join(f"--{boundary}\r\n".encode() + part + b"\r\n" for part in written)
    headers = [("Content-Type", f'multipart/{kind};\r\n boundary="{boundary}"')]
    return headers, content + f"--{boundary}--\r\n".encode()


def _head(headers: Headers) -> bytes:
    # UTF-8 only for mailboxes that need SMTPUTF8 (RFC 6532); all else is ASCII by now.
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode()


def _clean(text: str) -> str:
    """Without control characters, line and paragraph separators, and halves of surrogate pairs."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(" " if category(c) in {"Cc", "Zl", "Zp", "Cs"} else c for c in text)


def _text(name: str, text: str) -> str:
    """An unstructured header's value: as it is, folded at its blanks, or encoded."""
    text = _clean(text)
    plain = text.isascii() and "=?" not in text and "  " not in text and text == text.strip()
    if plain and len(name) + 2 + len(text) <= _LONGEST_HEADER_LINE:
        return text
    if plain and all(len(word) < _LONGEST_HEADER_LINE - 10 for word in text.split(" ")):
        return _folded(text, len(name) + 2)
    return "\r\n ".join(_encoded_words(text))


def _folded(text: str, used: int) -> str:
    lines = [""]
    for word in text.split(" "):
        room = _LONGEST_HEADER_LINE - (used if len(lines) == 1 else 1)
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return "\r\n ".join(lines)


def _encoded_words(text: str) -> Iterator[str]:
    """Each holds whole characters (RFC 2047 section 5)."""
    octets = b""
    for character in text:
        more = character.encode()
        if len(octets) + len(more) > _ENCODED_OCTETS:
            yield f"=?utf-8?b?{b64encode(octets).decode()}?="
            octets = b""
        octets += more
    yield f"=?utf-8?b?{b64encode(octets).decode()}?="


def _addresses(texts: Iterable[str]) -> str:
    pairs = getaddresses([_clean(text) for text in texts])
    return ",\r\n ".join(_mailbox(name, address) for name, address in pairs if address)


def _address(text: str) -> str:
    return _addresses([text]) or bare(_clean(text))


def _mailbox(name: str, address: str) -> str:
    address = bare(address)
    name = name.strip()
    if not name:
        return address
    if name.isascii() and len(name) <= 60 and "=?" not in name:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f"{name} <{address}>" if _ATEXT.fullmatch(name) else f'"{quoted}" <{address}>'
    words = "\r\n ".join(_encoded_words(name))
    return f"{words}\r\n <{address}>"


def _body(text: str, kind: str) -> Part:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    short = len(lines) <= _LONGEST_PLAIN_LINE or all(len(line) <= _LONGEST_PLAIN_LINE for line in lines.split("\n"))
    if lines.isascii() and short and not _ODD_CONTROLS.search(lines):
        encoding, charset, content = "7bit", "us-ascii", lines.encode()
    else:
        encoding, charset = "quoted-printable", "utf-8"
        content = binascii.b2a_qp(lines.encode("utf-8", "replace"), istext=True)
    if content and not content.endswith(b"\n"):
        content += b"\n"
    headers = [("Content-Type", f"text/{kind}; charset={charset}"), ("Content-Transfer-Encoding", encoding)]
    return headers, content.replace(b"\n", b"\r\n")


def _attachment(attachment: Attachment) -> Part:
    name = re.sub(r"[^A-Za-z0-9,._ -]", "_", attachment.filename)[:100] or "attachment"
    content_id = re.sub(r"[^A-Za-z0-9._@-]", "_", attachment.content_id)[:100]
    known = _CONTENT_TYPE.fullmatch(attachment.content_type)
    headers = [
        ("Content-Type", attachment.content_type if known else "application/octet-stream"),
        ("Content-Transfer-Encoding", "base64"),
        ("Content-ID", f"<{content_id}>"),
        ("Content-Disposition", f'inline; filename="{name}"'),
    ]
    return headers, encodebytes(attachment.data).replace(b"\n", b"\r\n")
