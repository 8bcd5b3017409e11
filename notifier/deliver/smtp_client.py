"""smtplib's client with an ear for what is wrong: replies without end, and a server that speaks out of turn."""

from __future__ import annotations

import select
import smtplib
import socket
import ssl

from notifier.deliver.patience import PatientReader

#: A reply; EHLO's is the longest of those that are one.
LONGEST_REPLY = 64 * 1024
_CHUNK = 4096


class OutOfTurn(smtplib.SMTPServerDisconnected):
    """The server said something that nobody asked for: from here on no reply is known to belong to its command."""


class SmtpClient(smtplib.SMTP):
    """Reads replies itself; all else is smtplib's."""

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
        self._reader.begin()
        lines: list[bytes] = []
        try:
            while True:
                line = self._line(self._reader)
                lines.append(line[4:].strip(b" \t\r\n"))
                if not line[:3].isdigit():
                    return -1, b"\n".join(lines)
                if line[3:4] != b"-":
                    return int(line[:3]), b"\n".join(lines)
        except OSError as error:
            self.close()
            raise smtplib.SMTPServerDisconnected("no whole reply") from error

    def putcmd(self, cmd: str, args: str = "") -> None:
        """Say a command, unless the server is talking."""
        self.listen()
        super().putcmd(cmd, args)

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

    def close(self) -> None:
        """Hang up."""
        self._forget()
        super().close()

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
