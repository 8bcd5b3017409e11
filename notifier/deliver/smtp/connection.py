"""The way to an SMTP server until it is ready for MAIL: connect, greet, protect, log in."""

from __future__ import annotations

import smtplib
import ssl
from typing import Any

from notifier.configuration import SmtpServer, Tls
from notifier.deliver.classify import network
from notifier.deliver.classify.smtp import provider_refusal
from notifier.deliver.patience import AnswerTooLong
from notifier.deliver.provider import Hear, Side, unheard
from notifier.deliver.scrub import scrub
from notifier.deliver.smtp.client import OutOfTurn, SmtpClient, SmtpsClient
from notifier.deliver.smtp.login import log_in
from notifier.deliver.smtp.tls import ClientTls
from notifier.deliver.smtp.token import TokenSource
from notifier.deliver.stop import Stop
from notifier.outcome import Deferred, Misconfigured, Outcome, Reason


class Dialler:
    """Opens connections to one server; what takes long to read is read once."""

    def __init__(self, server: SmtpServer, hear: Hear = unheard) -> None:
        self._server = server
        self._hear = hear
        self._tls = ClientTls(server)
        self._tokens = TokenSource(server.token_command, server.token_file, server.timeout)

    def open(self) -> SmtpClient:
        """A connection on which MAIL may follow.

        Raises:
            Stop: There is none, and why; always the provider's failure, never a message's.
        """
        server = self._server
        options: dict[str, Any] = {"timeout": server.timeout, "local_hostname": server.helo or None}
        if server.tls is Tls.IMPLICIT or (server.tls is Tls.AUTO and server.port == 465):
            connection: SmtpClient = SmtpsClient(**options, context=self._tls.context())
        else:
            connection = SmtpClient(**options)
        connection.hear = self._hear
        try:
            self._greet(connection)
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            connection.close()
            raise Stop(failure(error, provider_failed=True)) from None
        except BaseException:
            connection.close()
            raise
        return connection

    def _greet(self, connection: SmtpClient) -> None:
        server = self._server
        connection._host = server.host  # type: ignore[attr-defined]  # noqa: SLF001 - smtplib checks certificates by it
        code, words = connection.connect(server.host, server.port)
        if code != 220:
            raise Stop(provider_refusal(code, words))
        connection.ehlo_or_helo_if_needed()
        secure = isinstance(connection, SmtpsClient) or self._starttls(connection)
        self._note_tls(connection)
        log_in(connection, server, self._tokens, secure=secure)

    def _starttls(self, connection: SmtpClient) -> bool:
        server = self._server
        required = server.tls is Tls.STARTTLS or (server.tls is Tls.AUTO and server.port == 587)
        if server.tls is Tls.NONE:
            return False
        if not connection.has_extn("starttls"):
            if required:
                raise Stop(Misconfigured(Reason.TLS_UNAVAILABLE, "the server doesn't offer STARTTLS; see tls"))
            return False
        try:
            connection.starttls(context=self._tls.context())
        except smtplib.SMTPResponseException as error:
            if 400 <= error.smtp_code < 500:  # for a while (RFC 3207)
                raise
            why = f"STARTTLS refused: {error.smtp_code} {scrub(error.smtp_error)}"
            raise Stop(Misconfigured(Reason.TLS_UNAVAILABLE, why)) from None
        connection.ehlo()
        return True

    def _note_tls(self, connection: SmtpClient) -> None:
        if self._hear is unheard or not isinstance(connection.sock, ssl.SSLSocket):
            return
        cipher, verified = connection.sock.cipher(), "verified" if self._server.verify else "not verified"
        self._hear(Side.NOTE, f"{connection.sock.version()}, {cipher[0] if cipher else '?'}, certificate {verified}")


def open_connection(server: SmtpServer, hear: Hear = unheard) -> SmtpClient:
    """A connection on which MAIL may follow; raises as `Dialler.open` does."""
    return Dialler(server, hear).open()


def failure(error: Exception, *, provider_failed: bool) -> Outcome:
    """The outcome of an error before the message was handed over."""
    if isinstance(error, OutOfTurn) or isinstance(error.__context__, AnswerTooLong):
        why = "an answer without end, or one that nobody asked for"
        return Deferred(Reason.UNEXPECTED_ANSWER, why, provider_failed=provider_failed)
    if isinstance(error, smtplib.SMTPServerDisconnected):
        # smtplib says so of a time-out too; the context knows.
        if isinstance(error.__context__, TimeoutError):
            return Deferred(Reason.TIMED_OUT, "no answer in time", provider_failed=provider_failed)
        return Deferred(Reason.CONNECTION_LOST, "the server closed the connection", provider_failed=provider_failed)
    if isinstance(error, smtplib.SMTPResponseException):
        return provider_refusal(error.smtp_code, error.smtp_error)
    return network.classify(error)
