"""The way to an SMTP server until it is ready for MAIL: connect, greet, protect, log in."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import smtplib
import ssl

from notifier.configuration import SmtpServer, Tls
from notifier.deliver.classify import network
from notifier.deliver.classify.smtp import provider_refusal
from notifier.deliver.patience import AnswerTooLong
from notifier.deliver.scrub import scrub
from notifier.deliver.smtp_client import OutOfTurn, SmtpClient, SmtpsClient
from notifier.outcome import Deferred, Misconfigured, Outcome, Reason


class Stop(Exception):
    """The attempt is over, and this is how."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.kind)
        self.outcome = outcome


def open_connection(server: SmtpServer) -> SmtpClient:
    """A connection on which MAIL may follow.

    Raises:
        Stop: There is none, and why; always the provider's failure, never a message's.
    """
    if server.tls is Tls.IMPLICIT or (server.tls is Tls.AUTO and server.port == 465):
        context = _context(server)
        connection: SmtpClient = SmtpsClient(
            timeout=server.timeout, local_hostname=server.helo or None, context=context
        )
    else:
        connection = SmtpClient(timeout=server.timeout, local_hostname=server.helo or None)
    try:
        _greet(connection, server)
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        connection.close()
        raise Stop(failure(error, provider_failed=True)) from None
    except BaseException:
        connection.close()
        raise
    return connection


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


def _greet(connection: smtplib.SMTP, server: SmtpServer) -> None:
    connection._host = server.host  # type: ignore[attr-defined]  # noqa: SLF001 - smtplib checks certificates by it
    code, words = connection.connect(server.host, server.port)
    if code != 220:
        raise Stop(provider_refusal(code, words))
    connection.ehlo_or_helo_if_needed()
    secure = isinstance(connection, smtplib.SMTP_SSL) or _starttls(connection, server)
    if server.username:
        _login(connection, server, secure=secure)


def _starttls(connection: smtplib.SMTP, server: SmtpServer) -> bool:
    required = server.tls is Tls.STARTTLS or (server.tls is Tls.AUTO and server.port == 587)
    if server.tls is Tls.NONE:
        return False
    if not connection.has_extn("starttls"):
        if required:
            raise Stop(Misconfigured(Reason.TLS_UNAVAILABLE, "the server doesn't offer STARTTLS; see tls"))
        return False
    try:
        connection.starttls(context=_context(server))
    except smtplib.SMTPResponseException as error:
        if 400 <= error.smtp_code < 500:  # for a while (RFC 3207)
            raise
        why = f"STARTTLS refused: {error.smtp_code} {scrub(error.smtp_error)}"
        raise Stop(Misconfigured(Reason.TLS_UNAVAILABLE, why)) from None
    connection.ehlo()
    return True


def _login(connection: smtplib.SMTP, server: SmtpServer, *, secure: bool) -> None:
    if not secure and server.tls is Tls.AUTO and not _loopback(server.host):
        why = "refusing to send the password unencrypted; set tls: none to allow it"
        raise Stop(Misconfigured(Reason.TLS_UNAVAILABLE, why))
    user, password = server.username, server.password.reveal()
    try:
        if user.isascii() and password.isascii():
            connection.login(user, password)
        else:
            _plain(connection, user, password)
    except smtplib.SMTPAuthenticationError as error:
        words = f"{error.smtp_code} {scrub(error.smtp_error, (user, password))}"
        if 400 <= error.smtp_code < 500:
            raise Stop(provider_refusal(error.smtp_code, error.smtp_error, hidden=(user, password))) from None
        raise Stop(Misconfigured(Reason.AUTHENTICATION_FAILED, words)) from None
    except smtplib.SMTPServerDisconnected:
        raise
    except binascii.Error:
        raise Stop(Deferred(Reason.UNEXPECTED_ANSWER, "a challenge that is none", provider_failed=True)) from None
    except smtplib.SMTPException:
        raise Stop(Misconfigured(Reason.AUTHENTICATION_FAILED, "the server offers no AUTH that we know")) from None


def _plain(connection: smtplib.SMTP, user: str, password: str) -> None:
    """AUTH PLAIN in UTF-8 (RFC 4616): smtplib speaks ASCII only."""
    if "PLAIN" not in connection.esmtp_features.get("auth", "").upper().split():
        raise smtplib.SMTPNotSupportedError
    code, words = connection.docmd("AUTH", "PLAIN " + base64.b64encode(f"\0{user}\0{password}".encode()).decode())
    if code != 235:
        raise smtplib.SMTPAuthenticationError(code, words)


def _context(server: SmtpServer) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=server.ca_file or None)
    except OSError:
        raise Stop(Misconfigured(Reason.CERTIFICATE_INVALID, "ca_file can't be read")) from None
    if not server.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
