"""An SMTP server that keeps what it gets and answers as told, in a thread of its own: for tests and for the demo."""

from __future__ import annotations

import asyncio
import base64
import ssl
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

#: Told instead of a reply: close the connection, or never answer.
DROP = "DROP"
HANG = "HANG"


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """One message as it came, dots unstuffed; ``connection`` counts from 1."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    content: bytes
    at: datetime
    connection: int


@dataclass(slots=True)
class Session:
    """One connection, and how far its conversation has come."""

    number: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    secure: bool = False
    authenticated: bool = False
    #: None: MAIL hasn't come, or was refused.
    sender: str | None = None
    recipients: list[str] = field(default_factory=list)


class Closed(Exception):
    """The conversation is over."""


class SmtpSink:
    """A context manager. `script` sets replies, `messages` holds what was accepted.

    Args:
        tls: The server's certificate; offers STARTTLS, unless ``implicit``.
        implicit: TLS from the first byte.
        credentials: User name and password; then MAIL needs AUTH.
        extensions: EHLO keywords beyond the usual ones, such as ``SMTPUTF8``.
        pipelining: Offers it (RFC 2920).
        size: The largest message it takes, as EHLO says (RFC 1870).
        replies: Asked for every command (verb, argument) first; None leaves it to the script.
        delay: Seconds before the answer to a message.
    """

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
        credentials: tuple[str, str] | None = None,
        extensions: Sequence[str] = (),
        pipelining: bool = True,
        size: int = 100_000_000,
        replies: Callable[[str, str], str | None] | None = None,
        delay: float = 0.0,
    ) -> None:
        self.port = 0
        #: How many connections were made so far.
        self.connections = 0
        #: The verbs as they came.
        self.conversation: list[str] = []
        self.delay = delay
        self._tls = tls
        self._implicit = implicit
        self._credentials = credentials
        self._extensions = ("PIPELINING", *extensions) if pipelining else tuple(extensions)
        self._size = size
        self._replies = replies
        self._messages: list[ReceivedMail] = []
        self._arrived = threading.Condition()
        self._scripts: dict[tuple[str, str], deque[str]] = {}
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtp-sink", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def start(self) -> None:
        """Listen; again on the same port after `stop`."""
        self._wait(self._listen())

    def stop(self) -> None:
        """Stop listening and cut all connections, as a server that goes down."""
        self._wait(self._close())

    def script(self, replies: Sequence[str], *, recipient: str = "", verb: str = "RCPT") -> None:
        """The next answers to a verb; after the last one the usual answers follow.

        Args:
            replies: Such as ``451 4.7.1 try later``; `DROP` cuts the connection, `HANG` never answers.
            recipient: Only for this recipient; empty: whoever it is.
            verb: CONNECT, EHLO, STARTTLS, AUTH, CHALLENGE, MAIL, RCPT, DATA, RSET, QUIT, BODY (the message's first line
                has come; only DROP and HANG make sense) or ``.`` (all of the message has come).
        """
        self._scripts.setdefault((verb, recipient), deque()).extend(replies)

    @property
    def messages(self) -> list[ReceivedMail]:
        """What was accepted so far."""
        with self._arrived:
            return list(self._messages)

    def wait_for(self, count: int, timeout: float = 30.0) -> list[ReceivedMail]:
        """Wait until ``count`` messages were accepted.

        Raises:
            TimeoutError: they were not, in time.
        """
        with self._arrived:
            if not self._arrived.wait_for(lambda: len(self._messages) >= count, timeout):
                raise TimeoutError(f"{len(self._messages)} of {count} mails after {timeout} s")
            return list(self._messages)

    def _wait(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    async def _listen(self) -> None:
        context = self._tls if self._implicit else None
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, ssl=context, limit=1 << 20, backlog=512
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)  # the transports say goodbye in the loop's next round

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self.connections += 1
        session = Session(self.connections, reader, writer, secure=self._implicit)
        try:
            await self._reply(session, "CONNECT", "", "220 sink ESMTP")
            while line := await session.reader.readline():
                await self._answer(session, line.decode("utf-8", "replace").rstrip("\r\n"))
            writer.close()
        except (Closed, OSError, ValueError, asyncio.CancelledError, asyncio.IncompleteReadError):
            # The peer went, spoke nonsense, or we were told to.
            session.writer.transport.abort()

    async def _answer(self, session: Session, line: str) -> None:
        verb, _, argument = line.partition(" ")
        verb = verb.upper()
        self.conversation.append(verb)
        commands: dict[str, Callable[[Session, str], Coroutine[Any, Any, None]]] = {
            "EHLO": self._ehlo,
            "STARTTLS": self._starttls,
            "AUTH": self._auth,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
        }
        if verb in commands:
            await commands[verb](session, argument)
        elif verb == "QUIT":
            await self._reply(session, "QUIT", "", "221 2.0.0 bye")
            raise Closed
        elif verb in {"RSET", "HELO", "NOOP"}:
            session.sender, session.recipients = None, []
            await self._reply(session, verb, argument, "250 2.0.0 ok")
        else:
            await self._reply(session, verb, argument, "502 5.5.1 unknown command")

    async def _say(self, session: Session, reply: str) -> None:
        if reply == HANG:
            await asyncio.Event().wait()
        if reply == DROP:
            raise Closed
        await self._write(session.writer, reply.encode() + b"\r\n")
        if reply.startswith("421"):
            session.writer.close()
            raise Closed

    async def _write(self, writer: asyncio.StreamWriter, content: bytes) -> None:
        writer.write(content)
        await writer.drain()

    def _pick(self, verb: str, argument: str, usual: str, recipients: Sequence[str] = ()) -> str:
        if self._replies and (told := self._replies(verb, argument)) is not None:
            return told
        for recipient in (*recipients, ""):
            scripted = self._scripts.get((verb, recipient))
            if scripted:
                return scripted.popleft()
        return usual

    async def _reply(self, session: Session, verb: str, argument: str, usual: str) -> str:
        reply = self._pick(verb, argument, usual)
        await self._say(session, reply)
        return reply

    async def _ehlo(self, session: Session, argument: str) -> None:
        words = ["sink", f"SIZE {self._size}", "8BITMIME", "ENHANCEDSTATUSCODES", *self._extensions]
        if self._tls and not session.secure:
            words.append("STARTTLS")
        if self._credentials:
            words.append("AUTH PLAIN LOGIN")
        usual = "".join(f"250-{word}\r\n" for word in words[:-1]) + f"250 {words[-1]}"
        await self._reply(session, "EHLO", argument, usual)

    async def _starttls(self, session: Session, argument: str) -> None:
        possible = self._tls is not None and not session.secure
        usual = "220 2.0.0 go ahead" if possible else "502 5.5.1 no TLS here"
        reply = await self._reply(session, "STARTTLS", argument, usual)
        if reply.startswith("220") and self._tls is not None:
            await session.writer.start_tls(self._tls)
            session.secure = True

    async def _auth(self, session: Session, argument: str) -> None:
        method, _, initial = argument.partition(" ")
        if method.upper() == "PLAIN":
            _, user, password = (_decoded(initial) if initial else await self._ask(session, "")).split("\0")
        else:
            user = _decoded(initial) if initial else await self._ask(session, "Username:")
            password = await self._ask(session, "Password:")
        session.authenticated = (user, password) == self._credentials
        usual = "235 2.7.0 ok" if session.authenticated else "535 5.7.8 authentication credentials invalid"
        await self._reply(session, "AUTH", argument, usual)

    async def _ask(self, session: Session, what: str) -> str:
        await self._reply(session, "CHALLENGE", what, f"334 {base64.b64encode(what.encode()).decode()}")
        return _decoded((await session.reader.readline()).decode())

    async def _mail(self, session: Session, argument: str) -> None:
        if self._credentials and not session.authenticated:
            await self._say(session, "530 5.7.0 authentication required")
            return
        session.sender, session.recipients = None, []
        reply = await self._reply(session, "MAIL", argument, "250 2.1.0 ok")
        if reply.startswith("2"):
            session.sender = _path(argument)

    async def _rcpt(self, session: Session, argument: str) -> None:
        recipient = _path(argument)
        usual = "503 5.5.1 no sender" if session.sender is None else "250 2.1.5 ok"
        reply = self._pick("RCPT", argument, usual, [recipient])
        if reply.startswith("2"):
            session.recipients.append(recipient)
        await self._say(session, reply)

    async def _data(self, session: Session, argument: str) -> None:
        usual = "354 go ahead" if session.recipients else "503 5.5.1 no recipient"
        reply = await self._reply(session, "DATA", argument, usual)
        if not reply.startswith("354"):
            return
        lines: list[bytes] = []
        while (line := await session.reader.readline()) != b".\r\n":
            if not line:
                raise Closed
            if not lines and (interruption := self._pick("BODY", "", "", session.recipients)):
                await self._say(session, interruption)
            lines.append(line[1:] if line.startswith(b".") else line)
        verdict = self._pick(".", "", "250 2.0.0 queued", session.recipients)
        if self.delay:
            await asyncio.sleep(self.delay)
        if verdict.startswith("250"):
            self._keep(session, b"".join(lines))
        session.sender, session.recipients = None, []
        await self._say(session, verdict)

    def _keep(self, session: Session, content: bytes) -> None:
        recipients = tuple(session.recipients)
        mail = ReceivedMail(session.sender or "", recipients, content, datetime.now(UTC), session.number)
        with self._arrived:
            self._messages.append(mail)
            self._arrived.notify_all()


def _path(argument: str) -> str:
    return argument.partition("<")[2].partition(">")[0]


def _decoded(text: str) -> str:
    return base64.b64decode(text).decode()
