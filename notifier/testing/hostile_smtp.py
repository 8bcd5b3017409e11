"""An SMTP server that plays one of the personalities of `smtp_personalities`, and behaves when told.

with HostileSMTP("drop_after_dot") as hostile:
    ...  # configure what you test with hostile.server(timeout=1), send, look at the outcome
    hostile.behave()
    ...  # send again
"""

from __future__ import annotations

import asyncio
import socket

from notifier.configuration import Secret, SmtpServer, Tls
from notifier.testing.act import PACE, Act
from notifier.testing.certificates import GOOD, Certificates
from notifier.testing.smtp_personalities import SMTP_PERSONALITIES, SmtpPersonality
from notifier.testing.smtp_sink import Closed, Session, SmtpSink

#: Whom servers that know users know.
USER, PASSWORD = "notifier", "hostile-password"
_CHATTER = b"220-and another thing\r\n" * 64


class HostileSMTP(SmtpSink):
    """A context manager; what it accepted is in `messages`, as the sink's.

    Args:
        personality: One of `SMTP_PERSONALITIES` by name, or one of your own.
        certificates: Shared among servers, where there are many; by default each has its own.
    """

    def __init__(self, personality: str | SmtpPersonality, certificates: Certificates | None = None) -> None:
        self.personality = SMTP_PERSONALITIES[personality] if isinstance(personality, str) else personality
        self._behaves = False
        self._certificates, self._borrowed = certificates, certificates is not None
        if self.personality.tls is not Tls.NONE and certificates is None:
            self._certificates = Certificates()
        tls = None
        if self.personality.certificate and self._certificates:
            tls = self._certificates.context(self.personality.certificate)
        users = (USER, PASSWORD) if self.personality.login and self.personality.knows_users else None
        super().__init__(tls=tls, credentials=users, replies=self._told)
        self._placeholder: socket.socket | None = None

    def __exit__(self, *exception: object) -> None:
        super().__exit__(*exception)
        if self._certificates is not None and not self._borrowed:
            self._certificates.close()

    def server(self, timeout: float = 1.0, *, pipelining: bool = True) -> SmtpServer:
        """What a client is configured with to meet this server."""
        known = self.personality.login
        return SmtpServer(
            "hostile",
            "127.0.0.1",
            self.port,
            tls=self.personality.tls,
            ca_file=self._certificates.ca_file if self._certificates else "",
            username=USER if known else "",
            password=Secret(PASSWORD if known else ""),
            sender="noreply@example.org",
            timeout=timeout,
            pipelining=pipelining,
        )

    def start(self) -> None:
        """Listen, unless nobody should; then the port is only kept from others."""
        if self.personality.listens or self._behaves:
            super().start()
            return
        self._placeholder = socket.socket()
        self._placeholder.bind(("127.0.0.1", 0))
        self.port = self._placeholder.getsockname()[1]

    def stop(self) -> None:
        """Stop listening and cut all connections."""
        super().stop()
        if self._placeholder is not None:
            self._placeholder.close()

    def behave(self) -> None:
        """From now on as a good server does: on the same port, on connections that are open, too."""
        self._behaves = True
        if self.personality.tls is not Tls.NONE and self._certificates:
            self._tls = self._certificates.context(GOOD)
        if self.personality.login:
            self._credentials = (USER, PASSWORD)
        if self._placeholder is not None:
            self._placeholder.close()
            self._placeholder = None
            self.start()

    @property
    def _difficult(self) -> bool:
        done = self.messages
        if self.personality.afresh:
            done = [message for message in done if message.connection == self.connections]
        return not self._behaves and len(done) >= self.personality.after

    def _told(self, verb: str, _: str) -> str | None:
        return self.personality.replies.get(verb) if self._difficult else None

    async def _answer(self, session: Session, line: str) -> None:
        breach = self.personality.breach
        behind: bytearray = session.reader._buffer  # type: ignore[attr-defined]  # noqa: SLF001 - what nobody else tells
        if breach is None or not behind or not line.startswith("MAIL") or not self._difficult:
            await super()._answer(session, line)
            return
        commands = [line, *behind.decode().splitlines()]
        behind.clear()
        if not breach:
            await super()._answer(session, line)
            return
        for _ in commands:
            await self._say(session, breach)
            if not breach.startswith("503"):
                raise Closed

    async def _say(self, session: Session, reply: str) -> None:
        match reply:
            case Act.DRIP:
                while True:
                    await super()._write(session.writer, b"2")
                    await asyncio.sleep(PACE)
            case Act.FLOOD:
                while True:
                    await super()._write(session.writer, _CHATTER)
            case Act.NO_HANDSHAKE | Act.HANG_IN_HANDSHAKE:
                await super()._say(session, "220 2.0.0 go ahead")
                await session.reader.read(1)  # the handshake begins
                await super()._say(session, "500 5.5.1 what?" if reply == Act.NO_HANDSHAKE else Act.HANG)
                raise Closed
            case _:
                await super()._say(session, reply)

    async def _write(self, writer: asyncio.StreamWriter, content: bytes) -> None:
        packets = self.personality.packets(content) if self._difficult else [content]
        for packet in packets:
            await super()._write(writer, packet)
            await asyncio.sleep(0)  # on its way before the next one
