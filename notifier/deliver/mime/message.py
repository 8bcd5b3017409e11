"""A delivery as a message by RFC 5322, RFC 2045-2047, RFC 2387.

One text; with images, a multipart/related of text and images; with a text beside HTML, a multipart/alternative of that
text and of either: the best form comes last (RFC 2046 section 5.1.4). Signed, all that is the first part of two.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache

from notifier.address import domain_of
from notifier.configuration import Letterhead, ThreadBy
from notifier.deliver.mime.headers import Headers, address, addresses, head, text
from notifier.deliver.mime.parts import Part, attachment, body, multipart, written
from notifier.model import Delivery

#: From a finished part, as it is written, its signature: a part, too.
Signature = Callable[[bytes], Part]
#: Nobody's absence is to be told to a machine; that a mail came back is.
_NO_ANSWERS = "DR, RN, NRN, OOF, AutoReply"


def build(delivery: Delivery, letterhead: Letterhead = Letterhead(), sign: Signature | None = None) -> bytes:  # noqa: B008 - a value
    """The message, with CRLF line ends, ready for DATA but for dot-stuffing.

    Args:
        delivery: What is sent.
        letterhead: What its server adds to the headers.
        sign: Makes the signature that travels as a second part (RFC 8551 section 3.5.3).
    """
    message = delivery.message
    headers = [
        ("From", address("From", message.sender or "token-notifier@localhost")),
        ("To", addresses("To", message.to) or "undisclosed-recipients:;"),
    ]
    if message.reply_to and (reply_to := addresses("Reply-To", [message.reply_to])):
        headers.append(("Reply-To", reply_to))
    headers += [
        ("Subject", text("Subject", message.subject)),
        ("Date", _date(delivery.created.replace(microsecond=0), delivery.created.utcoffset())),
        # Derived from the delivery, so every attempt says the same and a duplicate can be told.
        ("Message-ID", f"<{delivery.id}@{domain_of(message.sender)}>"),
        *_thread(delivery, letterhead),
        *_lists(letterhead),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", _NO_ANSWERS),
        ("MIME-Version", "1.0"),
    ]
    part = _parts(delivery)
    if sign is not None:
        part = _signed(delivery, part, sign)
    part_headers, content = part
    return head(headers + part_headers) + b"\r\n" + content


@lru_cache(maxsize=16)
def _date(moment: datetime, offset: timedelta | None) -> str:  # noqa: ARG001 - the same moment, said elsewhere
    """A second's mails have one."""
    return format_datetime(moment)


def _thread(delivery: Delivery, letterhead: Letterhead) -> Headers:
    """All mails about a token answer one that never was: programs show them together (RFC 5322 section 3.6.4)."""
    message = delivery.message
    if letterhead.thread_by is not ThreadBy.SERIAL or not message.thread:
        return []
    root = f"<{message.thread}.thread@{domain_of(message.sender)}>"
    return [("In-Reply-To", root), ("References", root)]


def _lists(letterhead: Letterhead) -> Headers:
    if not letterhead.list_id and not letterhead.feedback_id:
        return []
    given = (("List-Id", _list_id(letterhead.list_id)), ("Feedback-ID", text("Feedback-ID", letterhead.feedback_id)))
    return [(name, value) for name, value in given if value]


def _list_id(value: str) -> str:
    """A phrase, encoded where it must be, and the identifier as it is (RFC 2919 section 3)."""
    phrase, bracket, identifier = value.rpartition("<")
    if not phrase.strip():
        return value
    written = text("List-Id", phrase.strip())
    # A line of its own: what is in front may fill one.
    return f"{written}\r\n {bracket}{identifier}"


def _parts(delivery: Delivery) -> Part:
    message = delivery.message
    kind = "html" if message.mimetype == "html" else "plain"
    part = body(message.body, kind)
    if message.attachments:
        parts = [part, *map(attachment, message.attachments)]
        part = multipart(f'related; type="text/{kind}"', f"=_{delivery.id}", map(written, parts))
    if message.alternative and kind == "html":
        # No beginning of the other boundary: an identifier has no dot.
        alternatives = [body(message.alternative, "plain"), part]
        part = multipart("alternative", f"=.{delivery.id}", map(written, alternatives))
    return part


def _signed(delivery: Delivery, part: Part, sign: Signature) -> Part:
    """What is signed travels byte for byte as it was signed."""
    content = written(part)
    kind = 'signed; protocol="application/pkcs7-signature";\r\n micalg=sha-256'
    return multipart(kind, f"=-{delivery.id}", (content, written(sign(content))))
