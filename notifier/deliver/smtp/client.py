"""smtplib's client with an ear for what is wrong, and several commands at once.

Replies without end, and a server that speaks out of turn, end the connection. How many bytes of what we said have
left is known: without its final dot the server has no message.
"""

from __future__ import annotations

import select
import smtplib
import socket
import ssl
import time
from collections.abc import Sequence

from notifier.deliver.patience import PatientReader
from notifier.deliver.provider import Hear, Side, unheard

#: A reply; EHLO's is the longest of those that are one.
LONGEST_REPLY = 64 * 1024
_CHUNK = 4096
#: What a record of TLS holds (RFC 8446 section 5.1): it arrives whole, or is none.
_RECORD = 1 << 14
_MASK = "***"


class OutOfTurn(smtplib.SMTPServerDisconnected):
    """The server said something that nobody asked for: from here on no reply is known to belong to its command."""


class Unsent(smtplib.SMTPServerDisconnected):
    """The connection was lost while we spoke; its context says why."""

    def __init__(self, sent: int) -> None:
        super().__init__("not all was sent")
        #: So many bytes have left.
        self.sent = sent


class SmtpClient(smtplib.SMTP):
    """Reads replies and writes groups of commands itself; all else is smtplib's."""

    hear: Hear = staticmethod(unheard)
    #: What is said now is a secret: of a login.
    secretly = False
    #: How many messages were begun on it.
    begun = 0
    _reader: PatientReader | None = None
    _reading: socket.socket | None = None
    _ear: select.poll | None = None
    _unread = b""

    def getreply(self) -> tuple[int, bytes]:
        """One reply, perhaps of several lines; -1 where there is no reply code.

        Raises:
            SMTPServerDisconnected: The connection is over, and closed; its context says why.
        """
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        if self._reader is None or self._reading is not self.sock:
            # After STARTTLS: what came before TLS was said by anybody.
            self._forget()
            self._reading, self._reader = self.sock, PatientReader(self.sock, LONGEST_REPLY)
            self._ear = select.poll()
            self._ear.register(self.sock, select.POLLIN)
        if b"\n" not in self._unread or self._unread[3:4] == b"-":  # else it came with the one before
            self._reader.begin()
        lines: list[bytes] = []
        try:
            while True:
                line = self._line(self._reader)
                if self.hear is not unheard:
                    self.hear(Side.PEER, line.decode("utf-8", "replace").rstrip("\r\n"))
                lines.append(line[4:].strip(b" \t\r\n"))
                if not line[:3].isdigit():
                    return -1, b"\n".join(lines)
                if line[3:4] != b"-":
                    return int(line[:3]), b"\n".join(lines)
        except OSError as error:
            self.close()
            raise smtplib.SMTPServerDisconnected("no whole reply") from error

    def putcmd(self, cmd: str, args: str = "") -> None:
        """Say a command of smtplib's, unless the server is talking."""
        self.listen()
        if self.hear is not unheard:
            shown = cmd.partition(" ")[0] if cmd.startswith("AUTH") else ""
            self.hear(Side.US, f"{shown} {_MASK}".strip() if self.secretly else f"{cmd} {args}".strip())
        super().putcmd(cmd, args)

    def say(self, commands: Sequence[str]) -> None:
        """Say some commands at once, unless the server is talking; their replies come in the same order.

        Raises:
            SMTPServerDisconnected: The connection is over, and closed; its context says why.
        """
        self.listen()
        self.write(self.spoken(commands))

    def spoken(self, commands: Sequence[str]) -> bytes:
        """Commands as they are written, and told to whoever listens."""
        if self.hear is not unheard:
            for command in commands:
                self.hear(Side.US, command)
        return "".join(f"{command}\r\n" for command in commands).encode()

    def write(self, content: bytes) -> None:
        """Write all of it, within a time-out.

        Raises:
            Unsent: It wasn't; the connection is closed.
        """
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        # Over TLS a call that fails says nothing of the records before the one that failed: a record at a time.
        most = _RECORD if isinstance(self.sock, ssl.SSLSocket) else len(content)
        sent = 0
        try:
            sent = self.sock.send(content if len(content) <= most else memoryview(content)[:most])
            if sent < len(content):
                patience, rest = self.sock.gettimeout() or 0.0, memoryview(content)
                until = time.monotonic() + patience
                while sent < len(content):
                    self.sock.settimeout(max(until - time.monotonic(), 0.001))
                    sent += self.sock.send(rest[sent : sent + most])
                self.sock.settimeout(patience)
        except OSError as error:
            self.close()
            raise Unsent(sent) from error

    def listen(self) -> None:
        """Make sure that the server waits for us: what it says next is the answer to what we say next.

        Raises:
            OutOfTurn: It has said something already.
            SMTPServerDisconnected: It has gone.
        """
        if self.sock is None:
            return  # smtplib says so in its own words
        said = self._unread or self._waiting(self.sock)
        if said == b"":
            self.close()
            raise smtplib.SMTPServerDisconnected("the server has gone")
        if said is not None:
            self.close()
            raise OutOfTurn("the server spoke out of turn")

    @property
    def largest(self) -> int:
        """The server takes no larger message (RFC 1870); 0: it doesn't say."""
        words = self.esmtp_features.get("size", "").split()
        return int(words[0]) if words and words[0].isascii() and words[0].isdecimal() and len(words[0]) < 20 else 0

    def close(self) -> None:
        """Hang up."""
        self._forget()
        super().close()

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        if self.hear is not unheard:
            self.hear(Side.NOTE, f"connecting to {host}, port {port}")
        sock: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]  # typeshed has none
        # What is small doesn't wait for the answer to what came before.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def _line(self, reader: PatientReader) -> bytes:
        while b"\n" not in self._unread:
            chunk = reader.receive(_CHUNK)
            if not chunk:
                raise ConnectionResetError("the server has gone")
            self._unread += chunk
        line, _, self._unread = self._unread.partition(b"\n")
        return line

    def _waiting(self, sock: socket.socket) -> bytes | None:
        """What can be read at once: nothing (None), an end (no bytes), or something."""
        if isinstance(sock, ssl.SSLSocket):
            # The socket itself may hold a record that is TLS's own, such as a session ticket.
            return b"TLS" if sock.pending() else None
        if self._ear is None or not self._ear.poll(0):
            return None
        try:
            return sock.recv(1, socket.MSG_PEEK)
        except OSError:
            return b""

    def _forget(self) -> None:
        reader, self._reader, self._reading, self._ear, self._unread = self._reader, None, None, None, b""
        if reader is not None:
            reader.close()


class SmtpsClient(SmtpClient, smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""
