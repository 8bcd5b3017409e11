"""Reading with an end: a peer that sends a byte now and then is as silent as one that sends none.

A socket's time-out begins anew with every byte, so a slow drip would keep a worker for hours.
"""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

#: The whole of an answer may take so many time-outs; a single read one, as ever.
WHOLE = 2
#: No answer that is one has more bytes.
LONGEST = 1024 * 1024


class AnswerTooLong(OSError):
    """The peer doesn't stop talking; its answer is worth nothing."""


class PatientReader(io.RawIOBase):
    """The bytes of a socket, one answer at a time: each within a time-out, all within two, and not without bound."""

    def __init__(self, sock: socket.socket, most: int = LONGEST) -> None:
        self._sock = sock
        # Keeps the socket open as long as an answer is read from it, as http.client expects.
        self._raw = sock.makefile("rb", buffering=0)
        self._most = most
        #: The peer has closed its side, and this was noticed.
        self.ended = False
        self.begin()

    def begin(self) -> None:
        """Another answer begins."""
        self._left = self._most
        self._until = time.monotonic() + WHOLE * (self._sock.gettimeout() or 0.0)

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        """As a socket does.

        Raises:
            TimeoutError: Nothing came for a time-out, or not the whole for two.
            AnswerTooLong: More came than any answer has.
        """
        return self._within(lambda: self._raw.readinto(buffer))

    def receive(self, most: int) -> bytes:
        """Up to so many bytes; none at the end. Raises as `readinto` does."""
        chunk = b""

        def receive() -> int:
            nonlocal chunk
            chunk = self._sock.recv(most)
            return len(chunk)

        self._within(receive)
        return chunk

    def _within(self, read: Callable[[], int | None]) -> int | None:
        patience = self._sock.gettimeout()
        left = self._until - time.monotonic()
        if patience is None or left >= patience:
            count = read()
        elif left <= 0:
            raise TimeoutError("no whole answer in time")
        else:
            self._sock.settimeout(left)
            try:
                count = read()
            finally:
                self._sock.settimeout(patience)
        self._left -= count or 0
        self.ended = count == 0
        if self._left < 0:
            raise AnswerTooLong("an answer without end")
        return count

    def close(self) -> None:
        """Let go of the socket."""
        self._raw.close()
        super().close()
