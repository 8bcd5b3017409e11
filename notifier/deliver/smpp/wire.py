"""A connection that never blocks: what is to be written waits here, and how far it has got is known to the octet."""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress

from notifier.deliver.smpp.pdu import Inbox, Pdu

_AT_ONCE = 16384
#: So many of them, then others have their turn: who sends without end would keep them from looking at the time.
_MOST_READS = 4
#: What the other side isn't ready for.
_NOT_NOW = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Wire:
    """One socket. Used by one thread at a time, but for `wait` and `wake`."""

    def __init__(self, sock: socket.socket) -> None:
        sock.settimeout(0)
        self._sock = sock
        self._inbox = Inbox()
        self._waiting = bytearray()
        #: Octets ever given to the system.
        self.written = 0
        self._bell, self._ear = socket.socketpair()
        self._bell.settimeout(0)
        self._ear.settimeout(0)

    @property
    def waiting(self) -> int:
        """Octets that are to be written and haven't gone."""
        return len(self._waiting)

    def write(self, octets: bytes) -> int:
        """Write as much as goes now, and the rest later; `written` is this number when all of it has gone.

        Raises:
            OSError: the connection is lost.
        """
        self._waiting += octets
        end = self.written + len(self._waiting)
        self.flush()
        if self._waiting:
            self.wake()  # whoever waits has to wait for the socket to be writable, too
        return end

    def flush(self) -> None:
        """Write what waits, as far as it goes. Raises as `write` does."""
        while self._waiting:
            try:
                count = self._sock.send(self._waiting[:_AT_ONCE])
            except _NOT_NOW:
                break
            self.written += count
            del self._waiting[:count]

    def read(self) -> Iterator[Pdu]:
        """What has come; of very much, the beginning.

        Raises:
            OSError: the connection is lost; EOFError: closed by the other side; Malformed: no SMPP.
        """
        for _ in range(_MOST_READS):
            try:
                octets = self._sock.recv(_AT_ONCE)
            except _NOT_NOW:
                return
            if not octets:
                raise EOFError
            yield from self._inbox.feed(octets)
        self.wake()  # there may be more, and TLS has perhaps taken it from the system: no poll would tell

    def wait(self, seconds: float) -> None:
        """Until something comes, or goes, or somebody calls `wake`; not longer."""
        poll = select.poll()
        poll.register(self._sock, select.POLLIN | (select.POLLOUT if self._waiting else 0))
        poll.register(self._ear, select.POLLIN)
        poll.poll(max(seconds, 0) * 1000)
        with suppress(*_NOT_NOW):
            self._ear.recv(_AT_ONCE)

    def wake(self) -> None:
        """Let whoever waits look again."""
        with suppress(OSError):
            self._bell.send(b"!")

    def close(self) -> None:
        """Let go of it; for whoever waits there is an end."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        for sock in (self._sock, self._bell, self._ear):
            sock.close()
