from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage

import pytest

from notifier.configuration import Letterhead, ThreadBy
from notifier.deliver.mime import build
from notifier.deliver.mime.quotedprintable import encode
from notifier.model import Attachment, Channel, Message
from tests.support.deliveries import deliver, mail

PNG = Attachment("image/png", "token_image", "TOTP0001.png", b"\x89PNG\r\n\x1a\n" * 50)


def parsed(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def test_a_plain_mail_reads_as_rfc_5322_wants_it() -> None:
    """Every header a mail of a machine should have, and an ASCII body as it is."""
    content = build(mail("anna@example.com", subject="Token", body="Hello\nAnna", reply_to="desk@example.org"))

    assert content == (
        b"From: noreply@example.org\r\n"
        b"To: anna@example.com\r\n"
        b"Reply-To: desk@example.org\r\n"
        b"Subject: Token\r\n"
        b"Date: Tue, 24 Nov 2026 12:00:00 +0000\r\n"
        b"Message-ID: <ab12cd34ef@example.org>\r\n"
        b"Auto-Submitted: auto-generated\r\n"
        b"X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply\r\n"
        b"MIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=us-ascii\r\n"
        b"Content-Transfer-Encoding: 7bit\r\n"
        b"\r\n"
        b"Hello\r\nAnna\r\n"
    )


def test_every_attempt_says_the_same() -> None:
    """Derived from the delivery, so that a duplicate can be told by its Message-ID."""
    assert build(mail()) == build(mail())


def test_an_international_mail_arrives_whole() -> None:
    """Names and subjects are encoded words, domains A-labels."""
    sender = "Zähler, Übung <noreply@bücher.example>"
    message = parsed(
        build(mail("anna@straße.example", sender=f'"{sender[:13]}" {sender[14:]}', subject="Grüße ✉ 你好"))
    )

    assert message["From"].addresses[0].display_name == "Zähler, Übung"
    assert message["From"].addresses[0].addr_spec == "noreply@xn--bcher-kva.example"
    assert message["To"].addresses[0].domain in {"strasse.example", "xn--strae-oqa.example"}
    assert message["Subject"] == "Grüße ✉ 你好"
    assert message["Message-ID"].endswith("@xn--bcher-kva.example>")


@pytest.mark.parametrize(
    "evil", ["a\r\nBcc: x@y.example", "a\nBcc: x@y.example", "a\rBcc:x", "a\x0bb\x0cc\x85d\u2028e"]
)
def test_no_line_break_reaches_a_header(evil: str) -> None:
    """Whatever a text brings along, it stays in its header."""
    attachment = Attachment(f"image/png\r\nBcc: {evil}", evil, evil, b"x")
    delivery = mail(
        subject=evil, sender=f'"{evil}" <a@b.example>', reply_to=evil, mimetype=evil, attachments=(attachment,)
    )

    content = build(delivery)

    assert b"\nBcc" not in content
    assert parsed(content)["Bcc"] is None


def test_several_recipients_share_a_header() -> None:
    """`together` names all of them; a mail to nobody says so."""
    together = parsed(build(mail("anna@example.com", "Bert <bert@example.com>")))

    assert [a.addr_spec for a in together["To"].addresses] == ["anna@example.com", "bert@example.com"]
    assert b"\r\nTo: undisclosed-recipients:;\r\n" in build(deliver(Message(Channel.MAIL, "relay", (), "Hello")))


def test_a_reply_to_with_a_comma_in_a_name_is_one_address() -> None:
    """A quoted comma separates nothing."""
    message = parsed(build(mail(reply_to='"Desk, Help" <desk@example.org>, other@example.org')))

    assert [a.addr_spec for a in message["Reply-To"].addresses] == ["desk@example.org", "other@example.org"]


def test_a_long_ascii_subject_is_folded_at_its_blanks() -> None:
    """No filter frowns on base64 where none was needed."""
    subject = "The token of your colleague " + "was enrolled again " * 10

    content = build(mail(subject=subject.strip()))

    assert b"=?" not in content
    assert parsed(content)["Subject"] == subject.strip()


def test_an_image_travels_inline() -> None:
    """multipart/related: the text, then the image under its content id (reference section 3.5)."""
    message = parsed(build(mail(body='<img src="cid:token_image">', mimetype="html", attachments=(PNG,))))

    text, image = message.iter_parts()
    assert message.get_content_type() == "multipart/related"
    assert message.get_param("type") == "text/html"
    assert text.get_content_type() == "text/html"
    assert "cid:token_image" in text.get_content()
    assert image["Content-ID"] == "<token_image>"
    assert image["Content-Disposition"] == 'inline; filename="TOTP0001.png"'
    assert image.get_content() == PNG.data


def test_a_body_can_t_close_the_part_it_is_in() -> None:
    """A boundary that stands in the text is not the boundary."""
    body = "before\n--=_ab12cd34ef\nafter\n--=_ab12cd34ef--\n"

    text, image = parsed(build(mail(body=body, attachments=(PNG,)))).iter_parts()

    assert text.get_content().replace("\r\n", "\n").rstrip("\n") == body.rstrip("\n")
    assert image.get_content() == PNG.data


def test_a_text_beside_html_comes_first() -> None:
    """multipart/alternative: a program shows the last part it can (RFC 2046 section 5.1.4)."""
    message = parsed(build(mail(body="<p>Grüße</p>", mimetype="html", alternative="Grüße")))

    text, html = message.iter_parts()
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in (text, html)] == ["text/plain", "text/html"]
    assert [part.get_content().strip() for part in (text, html)] == ["Grüße", "<p>Grüße</p>"]
    assert [part["Content-Transfer-Encoding"] for part in (text, html)] == ["quoted-printable", "quoted-printable"]


def test_an_image_belongs_to_the_html() -> None:
    """The text, then a multipart/related of HTML and image: programs choose among the two, and the image is inline."""
    body = '<img src="cid:token_image">'
    message = parsed(build(mail(body=body, mimetype="html", alternative="[QR code]", attachments=(PNG,))))

    text, related = message.iter_parts()
    html, image = related.iter_parts()
    assert message.get_content_type() == "multipart/alternative"
    assert text.get_content().strip() == "[QR code]"
    assert (related.get_content_type(), related.get_param("type")) == ("multipart/related", "text/html")
    assert html.get_content().strip() == body
    assert (image["Content-ID"], image.get_content()) == ("<token_image>", PNG.data)


def test_the_image_is_found_by_whoever_looks_for_it() -> None:
    """What programs ask for (the body they prefer, the attachments) is where they look."""
    message = parsed(build(mail(body="<p>a</p>", mimetype="html", alternative="b", attachments=(PNG,))))

    html, text = message.get_body(("html", "plain")), message.get_body(("plain",))
    assert html is not None
    assert html.get_content_type() == "text/html"
    assert text is not None
    assert text.get_content().strip() == "b"
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]


def test_a_plain_mail_has_nothing_beside_it() -> None:
    """An alternative of a plain body would be the same again."""
    assert build(mail(body="a", alternative="b")) == build(mail(body="a"))


@pytest.mark.parametrize("where", ["body", "alternative"])
def test_no_text_can_close_the_parts_around_it(where: str) -> None:
    """Boundaries that stand in a text, the outer or the inner one, aren't the boundaries."""
    evil = "before\n--=_ab12cd34ef--\n--=.ab12cd34ef--\n--=.ab12cd34ef_\nafter"
    texts = {"body": "<p>a</p>", "alternative": "b", where: evil}

    message = parsed(build(mail(mimetype="html", attachments=(PNG,), **texts)))

    text, related = message.iter_parts()
    html, image = related.iter_parts()
    assert text.get_content().replace("\r\n", "\n").strip() == texts["alternative"]
    assert html.get_content().replace("\r\n", "\n").strip() == texts["body"]
    assert image.get_content() == PNG.data


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("TOTP 1.png", "TOTP 1.png"),
        ("Jürgens Schlüssel.png", "Jürgens Schlüssel.png"),
        ("你好" * 40 + ".png", "你好" * 40 + ".png"),
        ('../"a\\b".png', "..__a_b_.png"),
        ("a\r\nBcc: x", "a  Bcc: x"),
        ("\n", "attachment"),
        ("x" * 200, "x" * 100),
    ],
)
def test_an_attachment_keeps_its_name(name: str, shown: str) -> None:
    """In any script and length (RFC 2231); only what leads somewhere or ends the header is replaced."""
    message = parsed(build(mail(attachments=(Attachment("image/png", "i", name, b"x"),))))

    _, image = message.iter_parts()
    assert image.get_filename() == shown


def test_no_header_line_is_longer_than_it_has_to_be() -> None:
    """76 characters where an encoded word stands, 78 elsewhere (RFC 2047 section 2, RFC 5322 section 2.1.1)."""
    long = "Übung macht die Meisterin " * 12
    content = build(mail(f'"{long}" <a@b.example>', sender=f'"{"x, " * 17}" <{"n" * 60}@example.org>', subject=long))

    lines = content.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert max(len(line) for line in lines if b"=?" in line) <= 76
    assert max(map(len, lines)) <= 78


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (b"a b\tc", b"a b\tc"),
        (b"a = b", b"a =3D b"),
        (b"a  \nb\t", b"a =20\nb=09"),
        (b".\n..a\nFrom here\nFromage", b"=2E\n=2E.a\n=46rom here\nFromage"),
        ("é€".encode(), b"=C3=A9=E2=82=AC"),
        (b"\x00\r\x7f", b"=00=0D=7F"),
        (b"x" * 76, b"x" * 76),
        (b"x" * 77, b"x" * 75 + b"=\nxx"),
        (b"x" * 74 + b"==", b"x" * 74 + b"=\n=3D=3D"),
        (b"x" * 73 + b"==", b"x" * 73 + b"=\n=3D=3D"),
        (b"x" * 72 + b"==", b"x" * 72 + b"=3D=\n=3D"),
        (b"x" * 73 + b"=", b"x" * 73 + b"=3D"),
        (b"x" * 75 + b".xx", b"x" * 75 + b"=\n=2Exx"),
        (b"x" * 75 + b"From x", b"x" * 75 + b"=\n=46rom x"),
    ],
)
def test_quoted_printable_keeps_its_rules(text: bytes, written: bytes) -> None:
    """No line beyond 76, no quoted octet divided, no blank at an end, nothing at a beginning that relays alter."""
    assert encode(text) == written


@pytest.mark.parametrize("body", ["a \nb", "a\t", "x\nFrom me", "a\x01b", "x" * 901])
def test_a_text_that_relays_would_alter_is_quoted(body: str) -> None:
    """What arrives is what was signed."""
    content = build(mail(body=body))

    assert b"Content-Transfer-Encoding: quoted-printable\r\n" in content
    assert parsed(content).get_content().replace("\r\n", "\n") == body + "\n"


def test_a_server_adds_to_its_headers() -> None:
    """What lists and statistics are made by."""
    letterhead = Letterhead("Our tökens <tokens.example.com>", "a:b:c:sender")

    content = build(mail(), letterhead)
    message = parsed(content)

    assert b" <tokens.example.com>\r\n" in content  # what filters look for isn't encoded
    assert (message["List-Id"], message["Feedback-ID"]) == ("Our tökens <tokens.example.com>", "a:b:c:sender")
    assert message["References"] is None


def test_the_mails_of_a_token_belong_together() -> None:
    """All answer the same message that never was, and none is it."""
    letterhead = Letterhead(thread_by=ThreadBy.SERIAL)

    first, second, other, none = (
        parsed(build(mail(identity=identity, thread=thread), letterhead))
        for identity, thread in (("1", "abc"), ("2", "abc"), ("3", "def"), ("4", ""))
    )

    assert first["References"] == first["In-Reply-To"] == second["References"] == "<abc.thread@example.org>"
    assert other["References"] == "<def.thread@example.org>"
    assert none["References"] is None
    assert first["Message-ID"] != second["Message-ID"]
    assert parsed(build(mail(thread="abc")))["References"] is None
