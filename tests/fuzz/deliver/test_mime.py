from __future__ import annotations

import email
import email.policy
import re
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses

import fast_mail_parser
from hypothesis import given
from hypothesis import strategies as st

from notifier.deliver.mime import build
from notifier.deliver.mime.headers import addresses
from notifier.model import Attachment
from tests.support.deliveries import mail

TEXT = st.text(st.characters(codec="utf-8")) | st.text("ab \t\r\n.=?_\x00\x85\u2028é") | st.text("x ", min_size=900)
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def squeezed(text: str) -> str:
    """Blanks are one."""
    return " ".join(text.split())


def received(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


@given(TEXT, TEXT, TEXT)
def test_the_wire_holds_only_what_smtp_allows(subject: str, body: str, name: str) -> None:
    """CRLF line ends alone, ASCII alone, no line beyond 998, and not one header more than we wrote."""
    content = build(mail(subject=subject, body=body, sender=f'"{name}" <a@b.example>', reply_to=name))

    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")
    assert max(map(len, content.split(b"\r\n"))) <= 998
    head, _, text = content.partition(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        # Only what can't be divided is longer: an address.
        value = re.sub(rb"^[\w-]+: | ", b"", line, count=1)
        assert len(line) <= (76 if b"=?" in line else 78) or b" " not in value
    if b"quoted-printable" in head:
        assert max(map(len, text.split(b"\r\n"))) <= 76
        assert not re.search(rb"[\t ]\r\n", text)
    names = [n for n in received(content).keys() if n != "Reply-To"]  # noqa: SIM118 - a header may come twice
    assert names == [
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted",
        "X-Auto-Response-Suppress", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
    ]  # fmt: skip


@given(TEXT, TEXT, st.booleans())
def test_any_two_texts_travel_together(body: str, beside: str, attach: bool) -> None:
    """HTML and the text beside it come back, each in its place, whatever either says."""
    images = (Attachment("image/png", "token_image", "a.png", b"x"),) if attach else ()
    content = build(mail(body=body, mimetype="html", alternative=f"!{beside}", attachments=images))

    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(map(len, content.split(b"\r\n"))) <= 998
    texts = [part for part in received(content).walk() if part.get_content_maintype() == "text"]
    assert [part.get_content_subtype() for part in texts] == ["plain", "html"]
    for part, text in zip(texts, (f"!{beside}", body), strict=True):
        octets = part.get_payload(decode=True)
        assert isinstance(octets, bytes)
        lines = text.replace("\r\n", "\n").replace("\r", "\n")
        assert octets.decode().replace("\r\n", "\n").rstrip("\n") == lines.rstrip("\n")


@given(TEXT)
def test_any_subject_comes_back(subject: str) -> None:
    """Control characters are blanks; all else is as it was, for new parsers and for old ones."""
    content = build(mail(subject=subject))

    old = email.message_from_bytes(content)
    unfolded = str(old["Subject"]).replace("\r\n", "").replace("\n", "")
    meant = CONTROLS.sub(" ", subject)
    assert str(make_header(decode_header(unfolded))) == meant
    assert received(content)["Subject"] == meant
    # Written in Rust, by nobody who knew Python's; it takes blanks around a value, and several in it, for one.
    assert squeezed(fast_mail_parser.parse_email(content).subject) == squeezed(meant)


@given(TEXT, st.sampled_from(["plain", "html"]))
def test_any_body_comes_back(body: str, mimetype: str) -> None:
    """Line ends are CRLF on the wire, and a last line has its end; nothing else changes."""
    message = received(build(mail(body=body, mimetype=mimetype)))

    octets = message.get_payload(decode=True)
    assert isinstance(octets, bytes)
    lines = body.replace("\r\n", "\n").replace("\r", "\n")
    assert octets.decode().replace("\r\n", "\n").rstrip("\n") == lines.rstrip("\n")
    assert message.get_content_subtype() == mimetype


@given(TEXT, st.binary(max_size=500), TEXT)
def test_any_attachment_comes_back(body: str, data: bytes, filename: str) -> None:
    """Whatever the text says, the image is the second part."""
    message = received(build(mail(body=body, attachments=(Attachment("image/png", "token_image", filename, data),))))

    text, image = message.iter_parts()
    assert image.get_payload(decode=True) == data
    octets = text.get_payload(decode=True)
    assert isinstance(octets, bytes)
    assert octets.decode().replace("\r\n", "\n").rstrip("\n") == body.replace("\r\n", "\n").replace("\r", "\n").rstrip(
        "\n"
    )


PLAIN = st.from_regex(r"[a-c0-9!#$%&'*+/=?^_`{|}~.-]+@[a-c0-9.-]+", fullmatch=True)
NEARLY = st.text("a.@-", max_size=8) | st.text("a1.@_!' ")


@given(st.lists(PLAIN | NEARLY, max_size=4))
def test_plain_addresses_are_read_as_others_are(texts: list[str]) -> None:
    """What isn't parsed because it is plain comes out as the parser of the standard library would have it."""
    expected = [mailbox for _, mailbox in getaddresses(texts) if mailbox]

    if not any(name for name, _ in getaddresses(texts)):
        assert addresses("To", texts) == ",\r\n ".join(expected)
