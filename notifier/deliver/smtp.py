"""Mail over SMTP: one kept connection, every reply classified, and a clear line between *not sent* and *unsure*."""

from __future__ import annotations

import ipaddress
import smtplib
import ssl
from contextlib import suppress
from email.utils import parseaddr

from notifier.configuration import SmtpServer, Tls
from notifier.deliver.classify import network
from notifier.deliver.classify.smtp import classify
from notifier.deliver.mime import build
from notifier.deliver.scrub import scrub
from notifier.model import Delivery
from notifier.outcome import Accepted, Deferred, Misconfigured, Outcome, Reason, Rejected, Unsure


class _Stop(Exception):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.kind)
        self.outcome = outcome


class SmtpProvider:
    """One SMTP server; see `notifier.deliver.provider.Provider`."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self._connection: smtplib.SMTP | None = None

    def send(self, delivery: Delivery) -> Outcome:
        """One message over the kept connection; a connection found dead is replaced once, before anything is sent."""
        if self._server.broken:
            return Misconfigured(Reason.PROVIDER_BROKEN, self._server.broken)
        kept = self._connection is not None
        try:
            try:
                return self._converse(delivery)
            except _Stop as stop:
                lost = isinstance(stop.outcome, Deferred) and stop.outcome.provider_failed
                if not (kept and lost):
                    return stop.outcome
            return self._converse(delivery)  # the kept connection had been closed meanwhile
        except _Stop as stop:
            return stop.outcome

    def close(self) -> None:
        """Say QUIT where somebody listens."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(smtplib.SMTPException, OSError):
                connection.quit()

    def _converse(self, delivery: Delivery) -> Outcome:
        try:
            connection = self._connection or self._connect()
            self._connection = connection
            recipients = self._envelope(connection, delivery)
            code, words = connection.docmd("DATA")
            if code != 354:
                raise _Stop(self._after(connection, classify(code, words)))
        except smtplib.SMTPServerDisconnected:
            self._drop()
            raise _Stop(
                Deferred(Reason.CONNECTION_LOST, "the server closed the connection", provider_failed=True)
            ) from None
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise _Stop(network.classify(error)) from None
        return self._data(connection, delivery, recipients)

    def _data(self, connection: smtplib.SMTP, delivery: Delivery, refused: int) -> Outcome:
        content = build(delivery)
        try:
            connection.send(_stuffed(content))
        except (OSError, smtplib.SMTPException):
            # Without the final dot the server has no message.
            self._drop()
            return Deferred(Reason.CONNECTION_LOST, "the connection was lost inside the message")
        try:
            code, words = connection.getreply()
        except (OSError, smtplib.SMTPException):
            self._drop()
            return Unsure(Reason.NO_ANSWER, "the message was handed over, and no answer came")
        if code != 250:
            return self._after(connection, classify(code, words))
        more = f"; {refused} of {len(delivery.message.to)} recipients refused" if refused else ""
        return Accepted(f"{code} {scrub(words)}{more}")

    def _envelope(self, connection: smtplib.SMTP, delivery: Delivery) -> int:
        """MAIL and RCPT; how many recipients were refused although others were not."""
        options = ["SMTPUTF8", "BODY=8BITMIME"] if self._needs_utf8(connection, delivery) else []
        sender = _bare(delivery.message.sender or self._server.sender)
        code, words = connection.mail(sender, options)
        if code != 250:
            outcome = classify(code, words)
            if isinstance(outcome, Rejected):
                outcome = Misconfigured(Reason.SENDER_REFUSED, outcome.detail)
            raise _Stop(self._after(connection, outcome))
        refusals: list[Outcome] = []
        for recipient in delivery.message.to:
            code, words = connection.rcpt(_idna(recipient))
            if code not in (250, 251):
                refusals.append(classify(code, words))
        if len(refusals) == len(delivery.message.to):
            transient = next((r for r in refusals if isinstance(r, Deferred)), refusals[0])
            raise _Stop(self._after(connection, transient))
        return len(refusals)

    def _needs_utf8(self, connection: smtplib.SMTP, delivery: Delivery) -> bool:
        if all(_idna(recipient).isascii() for recipient in delivery.message.to):
            return False
        if not connection.has_extn("smtputf8"):
            raise _Stop(Rejected(Reason.ADDRESS_INVALID, "the server can't carry an address that isn't ASCII"))
        return True

    def _after(self, connection: smtplib.SMTP, outcome: Outcome) -> Outcome:
        """Leave the connection ready for the next message, or leave it."""
        if isinstance(outcome, Deferred) and outcome.provider_failed:
            self._drop()
        else:
            try:
                connection.rset()
            except (OSError, smtplib.SMTPException):
                self._drop()
        return outcome

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        helo = server.helo or None
        if server.tls is Tls.IMPLICIT or (server.tls is Tls.AUTO and server.port == 465):
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                timeout=server.timeout, local_hostname=helo, context=self._context()
            )
        else:
            connection = smtplib.SMTP(timeout=server.timeout, local_hostname=helo)
        try:
            self._greet(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _greet(self, connection: smtplib.SMTP) -> None:
        server = self._server
        connection._host = server.host  # type: ignore[attr-defined]  # noqa: SLF001 - smtplib checks names by it
        code, words = connection.connect(server.host, server.port)
        if code != 220:
            raise _Stop(_provider(classify(code, words)))
        connection.ehlo_or_helo_if_needed()
        secure = isinstance(connection, smtplib.SMTP_SSL) or self._starttls(connection)
        if server.username:
            self._login(connection, secure=secure)

    def _starttls(self, connection: smtplib.SMTP) -> bool:
        server = self._server
        required = server.tls is Tls.STARTTLS or (server.tls is Tls.AUTO and server.port == 587)
        if server.tls is Tls.NONE:
            return False
        if not connection.has_extn("starttls"):
            if required:
                raise _Stop(Misconfigured(Reason.TLS_UNAVAILABLE, "the server doesn't offer STARTTLS"))
            return False
        code, words = connection.starttls(context=self._context())
        if code != 220:
            raise _Stop(Misconfigured(Reason.TLS_UNAVAILABLE, f"STARTTLS refused: {code} {scrub(words)}"))
        connection.ehlo()
        return True

    def _login(self, connection: smtplib.SMTP, *, secure: bool) -> None:
        server = self._server
        if not secure and server.tls is Tls.AUTO and not _loopback(server.host):
            why = "refusing to send the password unencrypted; set tls: none to allow it"
            raise _Stop(Misconfigured(Reason.TLS_UNAVAILABLE, why))
        try:
            connection.login(server.username, server.password.reveal())
        except smtplib.SMTPAuthenticationError as error:
            if 400 <= error.smtp_code < 500:
                raise _Stop(_provider(classify(error.smtp_code, error.smtp_error))) from None
            words = f"{error.smtp_code} {scrub(error.smtp_error)}"
            raise _Stop(Misconfigured(Reason.AUTHENTICATION_FAILED, words)) from None
        except smtplib.SMTPNotSupportedError:
            raise _Stop(Misconfigured(Reason.AUTHENTICATION_FAILED, "the server doesn't offer AUTH")) from None

    def _context(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self._server.ca_file or None)
        except OSError:
            raise _Stop(Misconfigured(Reason.CERTIFICATE_INVALID, "ca_file can't be read")) from None
        if not self._server.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def _provider(outcome: Outcome) -> Outcome:
    """A refusal before any message is the provider's, not a message's."""
    reason = outcome.reason if isinstance(outcome, Deferred) else Reason.TEMPORARY_FAILURE
    return Deferred(reason, outcome.detail, provider_failed=True)


def _stuffed(content: bytes) -> bytes:
    """With dots doubled at line starts and the final dot (RFC 5321 section 4.5.2)."""
    stuffed = content.replace(b"\r\n.", b"\r\n..")
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    return stuffed + (b"" if stuffed.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _bare(address: str) -> str:
    return _idna(parseaddr(address)[1] or address)


def _idna(address: str) -> str:
    local, at, domain = address.rpartition("@")
    try:
        return f"{local}{at}{domain.encode('idna').decode('ascii')}" if domain and not domain.isascii() else address
    except UnicodeError:
        return address


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
