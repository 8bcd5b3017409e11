"""What the configuration says of each way out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from notifier.configuration import Rate, SmsGateway, SmtpServer
from notifier.definitions.ways import Ways
from notifier.model import Channel
from notifier.record.outbox import Way

OWN, SERVER_S = Rate(5, timedelta(seconds=1)), Rate(100, timedelta(minutes=1))
RELAY = SmtpServer("relay", host="mail.example.com", rate=(SERVER_S,), max_connections=2)


def test_a_gateway_that_sends_mails_keeps_to_its_server_s_limits() -> None:
    """Its own rate holds, too; the server's is counted where its mails are."""
    ways = Ways({"relay": RELAY}, {"by-mail": SmsGateway("by-mail", "smtp", rate=(OWN,), relay=RELAY)}, {})
    by_mail = Way(Channel.SMS, "by-mail")

    assert ways.rates(by_mail) == (OWN, replace(SERVER_S, whose="mail:relay"))
    assert ways.rates(Way(Channel.MAIL, "relay")) == (SERVER_S,)
    assert ways.connections(by_mail) == 2
