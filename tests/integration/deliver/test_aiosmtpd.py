"""An SMTP server that isn't ours: what it reads is what we meant."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from notifier.configuration import SmtpServer
from notifier.deliver.registry import open_provider
from notifier.model import Attachment
from notifier.outcome import Accepted, Reason, Rejected
from tests.support.deliveries import mail

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd")


class Mailbox:
    """Keeps envelopes; knows everybody but bob."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any) -> str:  # noqa: N802
        """Aiosmtpd's name for it."""
        if address.startswith("bob@"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        """Aiosmtpd's name for it."""
        self.envelopes.append(envelope)
        return "250 2.0.0 kept"


class _Controller(Controller):
    """On a port that the system picks."""

    @property
    def chosen(self) -> int:
        port: int = self.server.sockets[0].getsockname()[1]
        return port

    def _trigger_server(self) -> None:
        self.port = self.chosen
        super()._trigger_server()


@pytest.fixture
def peer() -> Iterator[tuple[Mailbox, int]]:
    """A mailbox and its port."""
    mailbox = Mailbox()
    controller = _Controller(mailbox, hostname="127.0.0.1", port=0)
    controller.start()
    yield mailbox, controller.port
    controller.stop()


@pytest.mark.parametrize("mimetype", ["html", "plain"])
def test_49_50_104_a_mail_with_everything_is_read_as_meant(peer: tuple[Mailbox, int], mimetype: str) -> None:
    """Cases 49, 50 and 104: subject, text, image, dots and umlauts, through another's server and parser."""
    mailbox, port = peer
    provider = open_provider(SmtpServer("relay", "127.0.0.1", port, sender="Zähler <n@example.org>", timeout=5))
    image = Attachment("image/png", "token_image", "TOTP0001.png", bytes(range(256)))

    outcome = provider.send(
        mail(sender="", subject="Grüße", body=".\nHallo Jürgen\n..\n", mimetype=mimetype, attachments=(image,))
    )
    provider.close()

    assert isinstance(outcome, Accepted)
    envelope = mailbox.envelopes[0]
    message = email.message_from_bytes(envelope.original_content or b"", policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    text, picture = message.iter_parts()
    assert (text.get_content_type(), picture.get_content_type()) == (f"text/{mimetype}", "image/png")
    assert picture["Content-Disposition"] == 'inline; filename="TOTP0001.png"'
    assert (envelope.mail_from, envelope.rcpt_tos) == ("n@example.org", ["anna@example.com"])
    assert message["Subject"] == "Grüße"
    assert message["From"] == "Zähler <n@example.org>"
    assert text.get_content().replace("\r\n", "\n") == ".\nHallo Jürgen\n..\n"
    assert picture.get_content() == image.data


def test_a_refusal_leaves_the_connection_usable(peer: tuple[Mailbox, int]) -> None:
    """RSET, and the next one goes through."""
    mailbox, port = peer
    provider = open_provider(SmtpServer("relay", "127.0.0.1", port, timeout=5))

    refused, accepted = provider.send(mail("bob@example.com")), provider.send(mail())
    provider.close()

    assert refused == Rejected(Reason.MAILBOX_UNAVAILABLE, "550 5.1.1 no such user")
    assert isinstance(accepted, Accepted)
    assert len(mailbox.envelopes) == 1
