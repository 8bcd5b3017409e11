"""An SMTP server up to the envelope's sender: no message is sent."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from datetime import datetime

from notifier.address import bare
from notifier.configuration import SmsGateway, SmtpAuth, SmtpServer
from notifier.deliver.classify import network
from notifier.deliver.provider import Side
from notifier.deliver.scrub import scrub
from notifier.deliver.smtp.client import SmtpClient
from notifier.deliver.smtp.connection import failure, open_connection
from notifier.deliver.stop import Stop
from notifier.examination.certificate import examine_tls
from notifier.examination.endpoint import examine_name, failed
from notifier.examination.finding import Finding, Subject
from notifier.gateways.smtp import MailToSms

#: What EHLO may offer and is worth a word.
WORTH_A_WORD = ("pipelining", "size", "8bitmime", "smtputf8", "starttls", "auth")
_LOCAL = ("localhost", "127.0.0.1", "::1")


def examine_smtp(subject: Subject, server: SmtpServer, now: datetime) -> Iterator[Finding]:
    """Name, connection, TLS, login, capabilities, sender."""
    if server.broken:
        yield subject.error(server.broken, "mend its entry; `notifier check` shows where")
        return
    said: list[str] = []

    def hear(side: Side, line: str) -> None:
        if side is Side.PEER:
            said.append(line)

    try:
        yield from examine_name(subject, server.host, server.port)
        connection = open_connection(server, hear)
    except Stop as stop:
        yield failed(subject, stop.outcome)
        return
    except (OSError, UnicodeError) as error:
        yield failed(subject, network.classify(error))
        return
    try:
        yield subject.ok(f"port {server.port} answers {scrub(said[0]) if said else 'without a word'}")
        yield from _examine_session(subject, server, connection, now)
    except (OSError, smtplib.SMTPException) as error:
        yield failed(subject, failure(error, provider_failed=True))
    finally:
        connection.close()


def examine_relay(subject: Subject, gateway: SmsGateway, _: MailToSms, now: datetime) -> Iterator[Finding]:
    """The server that a gateway's mails go through."""
    if gateway.relay is None:
        yield subject.error("SMTPIDENTIFIER names no SMTP server", "mend its entry; `notifier check` shows where")
        return
    yield subject.ok(f"its mails go through {gateway.relay.identifier}")
    yield from examine_smtp(subject, gateway.relay, now)


def _examine_session(subject: Subject, server: SmtpServer, connection: SmtpClient, now: datetime) -> Iterator[Finding]:
    offered = [f"{n} {connection.esmtp_features[n]}".strip() for n in WORTH_A_WORD if connection.has_extn(n)]
    yield subject.ok(f"it offers {', '.join(offered).upper() or 'nothing'}")
    if isinstance(connection.sock, ssl.SSLSocket):
        yield from examine_tls(subject, connection.sock, now, verified=server.verify)
    elif server.host not in _LOCAL:
        yield subject.warning("the connection isn't encrypted", "set tls: starttls or implicit, if the server can")
    if server.username and server.auth is not SmtpAuth.NONE:
        yield subject.ok("the login was accepted")
    yield from _examine_sender(subject, server, connection)
    connection.quit()


def _examine_sender(subject: Subject, server: SmtpServer, connection: SmtpClient) -> Iterator[Finding]:
    sender = bare(server.sender)
    if not sender:
        yield subject.warning("no sender: mails go out with an empty one", "set sender")
        return
    if not sender.isascii() and not connection.has_extn("smtputf8"):
        yield subject.error("the sender has letters that it doesn't take (no SMTPUTF8)", "set a sender in plain ASCII")
        return
    code, words = connection.mail(sender, () if sender.isascii() else ("SMTPUTF8",))
    if code == 250:
        yield subject.ok("the sender was accepted")
        connection.rset()
    else:
        fix = "see sender, and what the server allows this login"
        yield subject.error(f"the sender was refused: {code} {scrub(words)}", fix)
