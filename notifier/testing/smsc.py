"""An SMSC that keeps what it gets and answers as told: SMPP 3.4 over a real socket, for tests and trials."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Self

from notifier.testing.smsc_reading import Fragment, fragment_of, text_of

NAMES = {
    0x01: "bind_receiver", 0x02: "bind_transmitter", 0x04: "submit_sm", 0x05: "deliver_sm", 0x06: "unbind",
    0x09: "bind_transceiver", 0x15: "enquire_link",
}  # fmt: skip
_CODES = {name: code for code, name in NAMES.items()}
_ANSWER = 0x80000000
_BINDS = ("bind_receiver", "bind_transmitter", "bind_transceiver")


@dataclass(frozen=True, slots=True)
class SmppReply:
    """What the SMSC does with a request."""

    status: int = 0
    #: Of a message that it takes; empty: the next number.
    message_id: str = ""
    #: Takes nothing, and cuts the connection.
    drop: bool = False
    #: Takes the message, and cuts the connection instead of answering.
    drop_after: bool = False
    #: Takes the message, and never answers.
    silent: bool = False
    #: Takes nothing, and reads nothing any more.
    stall: bool = False
    #: Seconds before the answer.
    delay: float = 0.0
    #: Written instead of the answer; given the request's sequence number.
    raw: Callable[[int], bytes] | None = None
    #: Sends an ``unbind`` before the answer.
    unbind: bool = False
    #: ``stat`` of receipts that follow the answer, where they are asked for.
    receipts: tuple[str, ...] = ()
    #: They come before the answer.
    early: bool = False


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """One message, its parts joined; ``connection`` counts from 1."""

    source: str
    destination: str
    text: str
    parts: tuple[Fragment, ...]
    message_ids: tuple[str, ...]
    connection: int


class SmscSink:
    """A context manager. `script` sets replies, `messages` holds what was taken.

    Args:
        tls: The server's certificate; then it speaks TLS from the first octet.
        credentials: System id and password that a bind has to show.
        latin1: What ``data_coding`` 0 means there.
        hexadecimal: Ids in its answers are hexadecimal, those in receipts decimal, as many an SMSC has it.
        parameters: Receipts carry the optional parameters, too.
        reply: What it does with a ``submit_sm`` that the script says nothing of.
    """

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        credentials: tuple[str, str] | None = None,
        latin1: bool = False,
        hexadecimal: bool = False,
        parameters: bool = False,
        reply: SmppReply | None = None,
    ) -> None:
        self.port = 0
        #: Requests as they came, by name, refused ones too.
        self.conversation: list[str] = []
        #: The statuses that our requests were answered with, by name.
        self.answers: list[tuple[str, int]] = []
        #: How many binds there were so far.
        self.binds = 0
        #: The most messages that were unanswered at once.
        self.most_under_way = 0
        self._tls = tls
        self._credentials = credentials
        self._latin1 = latin1
        self._hexadecimal = hexadecimal
        self._parameters = parameters
        self._reply = reply or SmppReply()
        self._scripts: dict[str, deque[SmppReply]] = {}
        self._fragments: list[tuple[Fragment, str, int]] = []
        self._counted = 0
        self._changed = threading.Condition()
        self._listener: socket.socket | None = None
        self._sessions: list[_Session] = []
        self._connections = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listen; again on the same port after `stop`."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        # Little waits in the system for an SMSC that reads nothing.
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), name="smsc", daemon=True).start()

    def stop(self) -> None:
        """Stop listening and cut all connections, as an SMSC that goes down."""
        listener, self._listener = self._listener, None
        if listener:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for session in list(self._sessions):
            session.cut()
            session.thread.join(10)

    def script(self, *replies: SmppReply | int, request: str = "submit_sm") -> None:
        """The next replies (a number is a status) to a kind of request; then the usual ones again."""
        wanted = [SmppReply(reply) if isinstance(reply, int) else reply for reply in replies]
        with self._changed:
            self._scripts.setdefault(request, deque()).extend(wanted)

    def ask(self, request: str, body: bytes = b"") -> None:
        """Send a request of the SMSC's over the latest connection: ``enquire_link``, ``unbind``, ``deliver_sm``."""
        with self._changed:
            session = self._sessions[-1]
        session.request(_CODES[request], body)

    def receipt(self, message_id: str, stat: str = "DELIVRD", error: str = "000", text: str = "") -> None:
        """Send a receipt for a message over the latest connection."""
        self.ask("deliver_sm", self._receipt(message_id, stat, error, text))

    def wait_until(self, condition: Callable[[SmscSink], object], seconds: float = 30.0) -> None:
        """Wait for something to be true of it.

        Raises:
            TimeoutError: it isn't, in time.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: condition(self), seconds):
                raise TimeoutError(f"not after {seconds} s; it was asked {Counter(self.conversation)}")

    @property
    def open_connections(self) -> int:
        """How many there are now."""
        with self._changed:
            return len(self._sessions)

    @property
    def parts(self) -> list[Fragment]:
        """What was taken so far, part by part."""
        with self._changed:
            return [fragment for fragment, _, _ in self._fragments]

    @property
    def messages(self) -> list[ReceivedMessage]:
        """The messages of which all parts were taken, in the order of their last ones, joined as phones do."""
        with self._changed:
            taken = list(self._fragments)
        found: list[ReceivedMessage] = []
        open_: dict[tuple[str, str, int, int], dict[int, tuple[Fragment, str]]] = {}
        for fragment, ident, connection in taken:
            key = fragment.source, fragment.destination, fragment.reference, fragment.total
            parts = open_.setdefault(key, {})
            parts[fragment.number] = fragment, ident
            if len(parts) == fragment.total:
                found.append(self._joined(parts, connection))
                del open_[key]
        return found

    def _joined(self, parts: dict[int, tuple[Fragment, str]], connection: int) -> ReceivedMessage:
        ordered = [parts[number] for number in sorted(parts)]
        first = ordered[0][0]
        text = "".join(text_of(f.octets, f.data_coding, latin1=self._latin1) for f, _ in ordered)
        fragments, idents = tuple(f for f, _ in ordered), tuple(i for _, i in ordered)
        return ReceivedMessage(first.source, first.destination, text, fragments, idents, connection)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._changed:
                self._connections += 1
                session = _Session(self, connection, self._connections)
                self._sessions.append(session)
                session.thread.start()

    # --- what a session asks ---

    def secured(self, connection: socket.socket) -> socket.socket:
        """With TLS, where it speaks TLS."""
        return self._tls.wrap_socket(connection, server_side=True) if self._tls else connection

    def reply_to(self, request: str, body: bytes) -> SmppReply:
        """What to do with a request, which is noted."""
        with self._changed:
            self.conversation.append(request)
            self._changed.notify_all()
            if scripted := self._scripts.get(request):
                return scripted.popleft()
            if request in _BINDS and self._credentials:
                shown = tuple(word.decode() for word in body.split(b"\0")[:2])
                return SmppReply(0 if shown == self._credentials else 0x0E)
            return self._reply if request == "submit_sm" else SmppReply()

    def take(self, body: bytes, reply: SmppReply, connection: int) -> tuple[str, list[bytes]]:
        """Keep a part; its id, and the bodies of the receipts for it."""
        fragment = fragment_of(body)
        with self._changed:
            self._counted += 1
            ident = reply.message_id or (f"{self._counted + 170:x}" if self._hexadecimal else f"m{self._counted}")
            self._fragments.append((fragment, ident, connection))
            self._changed.notify_all()
        wanted = reply.receipts if fragment.registered else ()
        return ident, [self._receipt(ident, stat) for stat in wanted]

    def note(self, session: _Session, *, bound: bool = False, answered: tuple[str, int] | None = None) -> None:
        """Something has happened in a session."""
        with self._changed:
            self.binds += bound
            self.most_under_way = max(self.most_under_way, session.under_way)
            if answered:
                self.answers.append(answered)
            self._changed.notify_all()

    def gone(self, session: _Session) -> None:
        """A connection is over."""
        with self._changed:
            self._sessions.remove(session)
            self._changed.notify_all()

    def _receipt(self, message_id: str, stat: str, error: str = "000", text: str = "") -> bytes:
        shown = str(int(message_id, 16)) if self._hexadecimal else message_id
        shown = shown.zfill(10) if shown.isdecimal() else shown
        words = (
            f"id:{shown} sub:001 dlvrd:001 submit date:2611251200 done date:261125120301"
            f" stat:{stat} err:{error} text:{text}"
        ).encode()
        body = b"\0\1\1491511234\0\1\1service\0" + bytes((4, 0, 0)) + b"\0\0" + bytes((0, 0, 0, 0, len(words))) + words
        if self._parameters:
            named = message_id.encode() + b"\0"
            states = {"DELIVRD": 2, "EXPIRED": 3, "DELETED": 4, "UNDELIV": 5, "ACCEPTD": 6, "REJECTD": 8}
            body += struct.pack(">HH", 0x001E, len(named)) + named
            body += struct.pack(">HHB", 0x0427, 1, states.get(stat, 7))
        return body


class _Session:
    """One connection."""

    def __init__(self, sink: SmscSink, connection: socket.socket, number: int) -> None:
        self.thread = threading.Thread(target=self._run, name=f"smsc-{number}", daemon=True)
        self.under_way = 0
        self._sink = sink
        self._connection = connection
        self._number = number
        self._sequence = 0
        self._lock = threading.Lock()
        self._late: list[threading.Timer] = []
        self._cut = threading.Event()

    def cut(self) -> None:
        """End it."""
        self._cut.set()
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def request(self, code: int, body: bytes) -> None:
        """Ask something of the other side."""
        self._sequence += 1
        self._write(struct.pack(">IIII", 16 + len(body), code, 0, self._sequence) + body)

    def _run(self) -> None:
        with suppress(OSError, EOFError):
            self._connection = self._sink.secured(self._connection)
            while True:
                self._handle(*self._read())
        for timer in self._late:
            timer.cancel()
        self.cut()
        self._connection.close()
        self._sink.gone(self)

    def _read(self) -> tuple[int, int, int, bytes]:
        length, code, status, sequence = struct.unpack(">IIII", self._exactly(16))
        return code, status, sequence, self._exactly(length - 16)

    def _exactly(self, count: int) -> bytes:
        octets = b""
        while len(octets) < count:
            more = self._connection.recv(count - len(octets))
            if not more:
                raise EOFError
            octets += more
        return octets

    def _handle(self, code: int, status: int, sequence: int, body: bytes) -> None:
        if code & _ANSWER:
            self._sink.note(self, answered=(NAMES.get(code & ~_ANSWER, "generic_nack"), status))
            return
        name = NAMES.get(code, hex(code))
        reply = self._sink.reply_to(name, body)
        if reply.drop:
            raise EOFError
        if reply.stall:
            self._cut.wait()
            raise EOFError
        if reply.unbind:
            self.request(_CODES["unbind"], b"")
        answer, receipts = b"", list[bytes]()
        if name == "submit_sm" and not reply.status and not (reply.raw and not reply.message_id):
            ident, receipts = self._sink.take(body, reply, self._number)
            answer = ident.encode() + b"\0"
        elif name in _BINDS and not reply.status:
            answer = b"smsc\0"
        with self._lock:
            self.under_way += name == "submit_sm"
        self._sink.note(self, bound=name in _BINDS and not reply.status)
        if reply.drop_after:
            raise EOFError
        if reply.silent:
            return
        if reply.delay:
            late = threading.Timer(
                reply.delay, self._finish, (code, sequence, replace(reply, delay=0), answer, receipts)
            )
            self._late.append(late)
            late.daemon = True
            late.start()
            return
        self._finish(code, sequence, reply, answer, receipts)

    def _finish(self, code: int, sequence: int, reply: SmppReply, answer: bytes, receipts: list[bytes]) -> None:
        with suppress(OSError):
            for receipt in receipts if reply.early else ():
                self.request(_CODES["deliver_sm"], receipt)
            with self._lock:
                self.under_way -= code == _CODES["submit_sm"]
            if reply.raw:
                self._write(reply.raw(sequence))
            else:
                header = struct.pack(">IIII", 16 + len(answer), code | _ANSWER, reply.status, sequence)
                self._write(header + answer)
            for receipt in () if reply.early else receipts:
                self.request(_CODES["deliver_sm"], receipt)
            if code == _CODES["unbind"]:
                self.cut()

    def _write(self, octets: bytes) -> None:
        with self._lock:
            self._connection.sendall(octets)
