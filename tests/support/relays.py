"""What tests want of a real mail server, whichever it is: a port, people, and what arrived."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from servers import Server

from notifier.configuration import SmtpServer, Tls

DOMAIN, HOST = "example.com", "localhost"
#: What the server says to some recipients; everybody else at the domain has a mailbox.
REFUSED, BUSY = f"nobody@{DOMAIN}", f"busy@{DOMAIN}"
#: Bytes.
LARGEST_MAIL = 200_000


@dataclass(frozen=True)
class Relay:
    """A running mail server."""

    server: Server
    port: int
    mailboxes: Path
    log: Path

    def configuration(self, **fields: Any) -> SmtpServer:
        """It, as `smtp_servers.yaml` would name it."""
        defaults: dict[str, Any] = {"port": self.port, "tls": Tls.NONE, "timeout": 30.0}
        return SmtpServer("relay", HOST, **{**defaults, **fields})

    def arrived(self) -> list[tuple[str, EmailMessage]]:
        """Who has got what so far."""
        files = sorted(self.mailboxes.glob("*/new/*"), key=lambda file: file.stat().st_mtime_ns)
        mails = [email.message_from_bytes(file.read_bytes(), policy=email.policy.SMTP) for file in files]
        return [(str(mail["Delivered-To"]), mail) for mail in mails]

    def of(self, subject: str) -> dict[str, EmailMessage]:
        """The mails with a subject, by recipient."""
        return {who: mail for who, mail in self.arrived() if mail["Subject"] == subject}
