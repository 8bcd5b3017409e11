"""A mail as it goes over the wire, finished before the conversation begins: nothing of ours can fail in the middle."""

from __future__ import annotations

from dataclasses import dataclass, replace

from notifier.address import bare, is_address
from notifier.configuration import SmtpServer
from notifier.deliver.scrub import echoes
from notifier.deliver.signing.writer import Writer
from notifier.deliver.smtp.client import SmtpClient
from notifier.deliver.stop import Stop
from notifier.model import Delivery
from notifier.outcome import Misconfigured, Reason, Rejected


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """Envelope and content."""

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
    def stuffed(self) -> bytes:
        """The content with dots doubled at line starts and the final dot (RFC 5321 section 4.5.2)."""
        stuffed = self.content.replace(b"\r\n.", b"\r\n..")
        if stuffed.startswith(b"."):
            stuffed = b"." + stuffed
        return stuffed + (b"" if stuffed.endswith(b"\r\n") else b"\r\n") + b".\r\n"

    def mail_command(self, connection: SmtpClient) -> str:
        """MAIL, with what the server has to know of this letter.

        Raises:
            Stop: It can't carry this letter.
        """
        options = ""
        if connection.has_extn("size"):
            if 0 < connection.largest < len(self.content):
                size = f"{len(self.content)} bytes, and the server takes {connection.largest}"
                raise Stop(Rejected(Reason.TOO_LARGE, size))
            options = f" SIZE={len(self.content)}"
        if not self.content.isascii() and connection.has_extn("8bitmime"):
            options += " BODY=8BITMIME"
        if self._needs_utf8:
            if not connection.has_extn("smtputf8"):
                raise Stop(self._not_carried())
            options += " SMTPUTF8"
        return f"MAIL FROM:<{self.sender}>{options}"

    @property
    def _needs_utf8(self) -> bool:
        if not all(map(str.isascii, (self.sender, *self.recipients))):
            return True
        # A header may hold an address that the envelope doesn't.
        return not self.content.isascii() and not self.content.partition(b"\r\n\r\n")[0].isascii()

    def _not_carried(self) -> Misconfigured | Rejected:
        if not self.sender.isascii():
            return Misconfigured(Reason.SENDER_REFUSED, "the server can't carry a sender that isn't ASCII")
        return Rejected(Reason.ADDRESS_INVALID, "the server can't carry an address that isn't ASCII")


def letter_of(delivery: Delivery, server: SmtpServer, writer: Writer) -> Letter:
    """The letter of a delivery.

    Raises:
        Stop: An address can't be one, or what must be signed can't be.
    """
    message = delivery.message
    sender = message.sender or server.sender
    envelope_from = bare(sender)
    if envelope_from and not is_address(envelope_from):
        raise Stop(Misconfigured(Reason.SENDER_REFUSED, "the sender is not a mail address; mend sender"))
    recipients = tuple(map(bare, message.to))
    if not recipients or not all(map(is_address, recipients)):
        raise Stop(Rejected(Reason.ADDRESS_INVALID, "no mail address, or one that can't be one"))
    mailboxes = tuple(address.rpartition("@")[0] for address in recipients)
    names = (*recipients, *mailboxes, *message.to)
    login = (server.username, server.password.reveal())
    texts = (message.subject, message.body, message.alternative)
    if sender != message.sender:
        delivery = replace(delivery, message=replace(message, sender=sender))
    written = writer.write(delivery)
    if isinstance(written, Misconfigured):
        raise Stop(written)
    return Letter(envelope_from, recipients, written.content, names, login, texts, written.warning)
