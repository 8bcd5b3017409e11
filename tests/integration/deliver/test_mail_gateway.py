"""SMS by mail (reference section 5.5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy

import pytest

from notifier.configuration import Secret, SmsGateway, SmtpServer, Tls
from notifier.deliver.provider import Side
from notifier.deliver.registry import open_provider
from notifier.outcome import Accepted, Deferred, Misconfigured, Reason, Rejected
from notifier.testing import SmtpSink
from tests.support.deliveries import sms


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    """The mail server."""
    with SmtpSink() as sink:
        yield sink


def gateway(sink: SmtpSink, **options: str) -> SmsGateway:
    """Through that server."""
    relay = SmtpServer("relay", "127.0.0.1", sink.port, tls=Tls.NONE, sender="sms@example.com", timeout=5)
    usual = {"MAILTO": "{phone}@sms.example.com", "SMTPIDENTIFIER": "relay"}
    return SmsGateway("gateway", "smtp", {**usual, **options}, relay=relay)


def test_54_a_message_becomes_a_mail(sink: SmtpSink) -> None:
    """Case 54: to the number's address, the number as its subject; each tag is put in once."""
    provider = open_provider(gateway(sink, REGEXP=r"/[+ ]//", BODY="Note {{1}}: {otp}"))
    delivery = sms("+49 151", body="Grüße {phone} {otp}\n.\nend")

    outcomes = [provider.send(delivery), provider.send(replace(delivery, id="another"))]
    provider.close()

    received = sink.messages[0]
    mail = message_from_bytes(received.content, policy=policy.default)
    assert [type(outcome) for outcome in outcomes] == [Accepted, Accepted]
    assert (received.mail_from, received.rcpt_to) == ("sms@example.com", ("49151@sms.example.com",))
    assert (mail["To"], mail["Subject"], mail["From"]) == ("49151@sms.example.com", "49151", "sms@example.com")
    assert mail["Message-ID"] == f"<{delivery.id}@example.com>"
    assert mail["Date"].datetime == delivery.created
    assert mail.get_content().replace("\r\n", "\n") == "Note {1}: Grüße {phone} {otp}\n.\nend\n"
    assert sink.connections == 1


@pytest.mark.parametrize(
    ("number", "mailto"),
    [
        ("+49 151", "{phone}@sms.example.com"),
        ("x@evil.example", "{phone}@sms.example.com"),
        ("x@evil.example>", "SMS <{phone}@sms.example.com>"),
        ("1,x", "{phone}@sms.example.com"),
        ("1\r\nBcc: x@evil.example", "{phone}@sms.example.com"),
        ("1", "{otp}@sms.example.com"),
        ("x", "{phone} {phone}@sms.example.com"),
    ],
)
def test_a_number_reaches_nobody_else(sink: SmtpSink, number: str, mailto: str) -> None:
    """What makes no address is refused, whatever a mail server would make of it."""
    outcome = open_provider(gateway(sink, MAILTO=mailto)).send(sms(number, body="a b@c"))

    assert outcome == Rejected(Reason.ADDRESS_INVALID, "number and MAILTO make no mail address")
    assert sink.connections == 0


def test_no_line_break_reaches_a_header(sink: SmtpSink) -> None:
    """A text in the subject is one line."""
    provider = open_provider(gateway(sink, SUBJECT="{otp}"))
    provider.send(sms(body="one\r\nBcc: x@evil.example"))
    provider.close()

    mail = message_from_bytes(sink.messages[0].content, policy=policy.default)
    assert mail["Subject"] == "one  Bcc: x@evil.example"
    assert "Bcc" not in mail


def test_113_what_becomes_of_the_mail_becomes_of_the_message(sink: SmtpSink) -> None:
    """Case 113: a refused address, a failed login, a server that is away; nothing personal in the words."""
    sink.script(["550 5.1.1 <+4915112345678@sms.example.com> unknown"])
    provider = open_provider(gateway(sink))
    refused = provider.send(sms())
    provider.close()
    login = gateway(sink)
    assert login.relay
    relay = replace(login.relay, username="u", password=Secret("geheim"))
    unknown = open_provider(replace(login, relay=relay)).send(sms())
    sink.stop()
    away = open_provider(gateway(sink)).send(sms())

    assert refused == Rejected(Reason.MAILBOX_UNAVAILABLE, "550 5.1.1 <***> unknown")
    assert isinstance(unknown, Misconfigured)
    assert away == Deferred(Reason.CONNECTION_REFUSED, "connection refused", provider_failed=True)


def test_a_gateway_without_its_server_waits() -> None:
    """It isn't in the file, or can't be used."""
    options = {"MAILTO": "{phone}@x.example", "SMTPIDENTIFIER": "nobody"}

    outcome = open_provider(SmsGateway("g", "smtp", options)).send(sms())

    assert outcome == Misconfigured(Reason.UNKNOWN_PROVIDER, "the option SMTPIDENTIFIER names no SMTP server")


def test_the_conversation_can_be_heard(sink: SmtpSink) -> None:
    """It is the mail server's."""
    heard: list[tuple[Side, str]] = []
    provider = open_provider(gateway(sink), hear=lambda side, line: heard.append((side, line)))
    provider.send(sms())
    provider.close()

    assert any(side is Side.US and line.startswith("RCPT") for side, line in heard)
