"""A socket on which a whole answer has to come in time: ldap3 waits for each piece of it anew."""

from __future__ import annotations

import socket
import time


class BoundedSocket:
    """What ldap3 uses of a socket, with one time-out for all that happens until the next `begin`."""

    def __init__(self, plain: socket.socket, seconds: float) -> None:
        self._plain = plain
        self._seconds = seconds
        self.begin()

    def begin(self) -> None:
        """Another question: its time starts now."""
        self._until = time.monotonic() + self._seconds

    def recv(self, size: int) -> bytes:
        """See `socket.socket`.

        Raises:
            TimeoutError: the time is over, even where something came.
        """
        self._limit()
        return self._plain.recv(size)

    def sendall(self, data: bytes) -> None:
        """See `socket.socket`.

        Raises:
            TimeoutError: the time is over.
        """
        self._limit()
        self._plain.sendall(data)

    def shutdown(self, how: int) -> None:
        """See `socket.socket`."""
        self._plain.shutdown(how)

    def close(self) -> None:
        """See `socket.socket`."""
        self._plain.close()

    def detach(self) -> socket.socket:
        """The socket itself, as impatient as in the beginning."""
        self._plain.settimeout(self._seconds)
        return self._plain

    def _limit(self) -> None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._plain.settimeout(left)
