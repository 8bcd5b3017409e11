"""Mail over SMTP: one kept connection, every reply classified, and a clear line between *not sent* and *unsure*."""

from __future__ import annotations

import smtplib
from contextlib import suppress
from dataclasses import dataclass, replace

from notifier.address import bare, is_address
from notifier.configuration import SmtpServer
from notifier.deliver.classify.smtp import classify
from notifier.deliver.patience import AnswerTooLong
from notifier.deliver.provider import Hear, unheard
from notifier.deliver.scrub import echoes, scrub
from notifier.deliver.signing.writer import Writer
from notifier.deliver.smtp_client import SmtpClient
from notifier.deliver.smtp_connection import Stop, failure, open_connection
from notifier.model import Delivery
from notifier.outcome import Accepted, Deferred, Misconfigured, Outcome, Reason, Rejected, Throttled, Unsure

_ERRORS = (OSError, smtplib.SMTPException)


@dataclass(frozen=True, slots=True, repr=False)
class _Letter:
    """What goes over the wire. Finished before the conversation begins: nothing of ours can fail in the middle."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    #: What the peer's words are cleansed of: names and passwords wholly, texts as far as they are repeated.
    names: tuple[str, ...]
    login: tuple[str, ...]
    texts: tuple[str, ...]
    #: What the operator should know of it although it can be sent.
    warning: str = ""

    def hidden(self, words: str | bytes) -> tuple[str, ...]:
        """What of this letter the peer's words must not show."""
        return (*self.names, *self.login, *echoes(words, self.texts))

    def hidden_of(self, recipient: str, words: str | bytes) -> tuple[str, ...]:
        """The same for words about one recipient: of many, each may get some."""
        return (recipient, recipient.rpartition("@")[0], *self.login, *echoes(words, self.texts))

    @property
    def needs_utf8(self) -> bool:
        return not all(address.isascii() for address in (self.sender, *self.recipients))


class SmtpProvider:
    """One SMTP server; see `notifier.deliver.provider.Provider`."""

    def __init__(self, server: SmtpServer, *, hear: Hear = unheard) -> None:
        self._server = server
        self._hear = hear
        self._writer = Writer(server)
        self._connection: SmtpClient | None = None

    def send(self, delivery: Delivery) -> Outcome:
        """One message over the kept connection; one found closed is replaced once, before anything is sent."""
        if self._server.broken:
            return Misconfigured(Reason.PROVIDER_BROKEN, self._server.broken)
        try:
            letter = self._letter(delivery)
            connection = self._begin(letter)
            refused = self._recipients(connection, letter)
            return self._content(connection, letter, refused)
        except Stop as stop:
            return stop.outcome
        except BaseException:
            self._drop()  # nobody knows where the conversation stands
            raise

    def close(self) -> None:
        """Say QUIT where somebody listens."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*_ERRORS):
                connection.quit()
            connection.close()

    def _letter(self, delivery: Delivery) -> _Letter:
        message = delivery.message
        sender = message.sender or self._server.sender
        envelope_from = bare(sender)
        if envelope_from and not is_address(envelope_from):
            raise Stop(Misconfigured(Reason.SENDER_REFUSED, "the sender is not a mail address; mend sender"))
        recipients = tuple(map(bare, message.to))
        if not recipients or not all(map(is_address, recipients)):
            raise Stop(Rejected(Reason.ADDRESS_INVALID, "no mail address, or one that can't be one"))
        mailboxes = tuple(address.rpartition("@")[0] for address in recipients)
        names = (*recipients, *mailboxes, *message.to)
        login = (self._server.username, self._server.password.reveal())
        texts = (message.subject, message.body, message.alternative)
        written = self._writer.write(replace(delivery, message=replace(message, sender=sender)))
        if isinstance(written, Misconfigured):
            raise Stop(written)
        return _Letter(envelope_from, recipients, written.content, names, login, texts, written.warning)

    def _begin(self, letter: _Letter) -> SmtpClient:
        if self._connection is not None:
            try:
                return self._mail(self._connection, letter)
            except Stop as stop:
                outcome = stop.outcome
                # 421: some count the messages of a connection.
                if not _has_closed(outcome) or outcome.reason is Reason.TIMED_OUT:
                    raise
        self._connection = open_connection(self._server)
        return self._mail(self._connection, letter)

    def _mail(self, connection: SmtpClient, letter: _Letter) -> SmtpClient:
        if letter.needs_utf8 and not connection.has_extn("smtputf8"):
            if not letter.sender.isascii():
                why = "the server can't carry a sender that isn't ASCII"
                raise Stop(Misconfigured(Reason.SENDER_REFUSED, why))
            raise Stop(Rejected(Reason.ADDRESS_INVALID, "the server can't carry an address that isn't ASCII"))
        options = ["SMTPUTF8", "BODY=8BITMIME"] if letter.needs_utf8 else []
        try:
            code, words = connection.mail(letter.sender, options)
        except _ERRORS as error:
            self._drop()
            raise Stop(failure(error, provider_failed=True)) from None
        if code != 250:
            outcome: Outcome = classify(code, words, hidden=letter.hidden(words))
            if isinstance(outcome, Rejected):
                outcome = Misconfigured(Reason.SENDER_REFUSED, outcome.detail)
            raise self._stop(connection, outcome)
        return connection

    def _recipients(self, connection: SmtpClient, letter: _Letter) -> int:
        """RCPT for each, then DATA; how many were refused although others were not."""
        refusals: list[Outcome] = []
        try:
            for recipient in letter.recipients:
                code, words = connection.rcpt(recipient)
                if not 200 <= code < 300:
                    refusals.append(classify(code, words, hidden=letter.hidden_of(recipient, words)))
                if code == 421:
                    raise self._stop(connection, refusals[-1])
            # Somebody's refusal is for a while: nobody gets it yet, so that nobody gets it twice and all get it.
            waits = any(isinstance(refusal, Deferred) for refusal in refusals)
            if waits or (refusals and len(refusals) == len(letter.recipients)):
                raise self._stop(connection, min(refusals, key=_hopelessness))
            code, words = connection.docmd("DATA")
            if code == 354:
                connection.listen()  # what is here before the message is no answer to it
        except _ERRORS as error:
            self._drop()
            raise Stop(failure(error, provider_failed=False)) from None
        if code != 354:
            raise self._stop(connection, classify(code, words, hidden=letter.hidden(words)))
        return len(refusals)

    def _content(self, connection: SmtpClient, letter: _Letter, refused: int) -> Outcome:
        try:
            connection.send(_stuffed(letter.content))
        except _ERRORS as error:
            self._drop()
            # Without the final dot the server has no message.
            if isinstance(error.__context__, TimeoutError):
                return Deferred(Reason.TIMED_OUT, "the server stopped reading inside the message")
            return Deferred(Reason.CONNECTION_LOST, "the connection was lost inside the message")
        try:
            code, words = connection.getreply()
        except _ERRORS as error:
            self._drop()
            if isinstance(error.__context__, TimeoutError):
                return Unsure(Reason.NO_ANSWER, "the message was handed over, and no answer came in time")
            if isinstance(error.__context__, AnswerTooLong):
                return Unsure(Reason.UNEXPECTED_ANSWER, "the message was handed over, and the answer has no end")
            return Unsure(Reason.CONNECTION_LOST, "the message was handed over, and the connection was lost")
        if 400 <= code < 600:
            raise self._stop(connection, classify(code, words, hidden=letter.hidden(words)))
        said = f"{code} {scrub(words, letter.hidden(words))}"
        if not 200 <= code < 300:
            self._drop()
            return Unsure(Reason.UNEXPECTED_ANSWER, said)
        refusals = f"{refused} of {len(letter.recipients)} recipients refused" if refused else ""
        return Accepted("; ".join(filter(None, (said, refusals, letter.warning))), warning=letter.warning)

    def _stop(self, connection: SmtpClient, outcome: Outcome) -> Stop:
        """Leave the connection ready for the next message, or leave it."""
        if _has_closed(outcome):
            self._drop()
            return Stop(outcome)
        try:
            ready = connection.rset()[0] == 250
        except _ERRORS:
            ready = False
        if not ready:
            self._drop()
        return Stop(outcome)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _has_closed(outcome: Outcome) -> bool:
    """The server has closed the connection, or is about to."""
    return isinstance(outcome, Throttled) or (isinstance(outcome, Deferred) and outcome.provider_failed)


def _hopelessness(outcome: Outcome) -> int:
    """Of several refusals the one that leaves most hope counts: it is the one worth another try."""
    return (Deferred, Misconfigured, Rejected).index(type(outcome))


def _stuffed(content: bytes) -> bytes:
    """With dots doubled at line starts and the final dot (RFC 5321 section 4.5.2)."""
    stuffed = content.replace(b"\r\n.", b"\r\n..")
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    return stuffed + (b"" if stuffed.endswith(b"\r\n") else b"\r\n") + b".\r\n"
