"""The connection between two uses: kept for the next one, closed when none comes."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

from notifier.deliver.smtp.client import SmtpClient
from notifier.deliver.smtp.exchange import ERRORS

#: After so long (seconds) without a word, whether anybody is still there is asked first,
PAUSE = 5.0
#: and an answer waited for so long.
STILL_THERE = 5.0


class Kept:
    """Holds one connection at most. A thread of its own closes it; nobody else looks while there is nothing to send."""

    def __init__(self, idle: float) -> None:
        """Hold nothing yet.

        Args:
            idle: Seconds.
        """
        self._idle = idle
        self._lock = threading.Lock()
        self._connection: SmtpClient | None = None
        self._since = 0.0
        self._watch: threading.Thread | None = None
        self._released = threading.Event()

    def take(self) -> SmtpClient | None:
        """The connection, if there is one that works; it is the caller's then."""
        with self._lock:
            connection, self._connection = self._connection, None
            unused = time.monotonic() - self._since
        if connection is not None and unused > min(PAUSE, self._idle) and not _is_there(connection):
            connection.close()
            return None
        return connection

    def keep(self, connection: SmtpClient) -> None:
        """For the next one."""
        if not self._idle:
            hang_up(connection)
            return
        with self._lock:
            self._connection, self._since = connection, time.monotonic()
            if self._watch is None:
                self._watch = threading.Thread(target=self._close_unused, name="notifier-smtp-idle", daemon=True)
                try:
                    self._watch.start()
                except RuntimeError:  # no more threads: then it is closed by the server, or used again
                    self._watch = None

    def release(self) -> None:
        """Let go of it."""
        with self._lock:
            connection, self._connection = self._connection, None
            self._released.set()
        if connection is not None:
            hang_up(connection)

    def _close_unused(self) -> None:
        left = self._idle
        while left > 0:
            if self._released.wait(left):
                self._released.clear()
            with self._lock:
                connection = self._connection
                left = self._since + self._idle - time.monotonic() if connection is not None else 0.0
                if left <= 0:  # whoever keeps another one starts another watch
                    self._connection = self._watch = None
        if connection is not None:
            hang_up(connection)


def hang_up(connection: SmtpClient) -> None:
    """Say QUIT where somebody listens; nobody waits for the answer: what was accepted before has to be recorded."""
    with suppress(*ERRORS):
        connection.say(["QUIT"])
    connection.close()


def _is_there(connection: SmtpClient) -> bool:
    """It answers, and soon: a new connection takes no longer."""
    sock, ready = connection.sock, False
    if sock is None:
        return False
    patience = sock.gettimeout() or STILL_THERE
    with suppress(*ERRORS):
        sock.settimeout(min(patience, STILL_THERE))
        connection.say(["RSET"])
        ready = connection.getreply()[0] == 250
        sock.settimeout(patience)
    return ready
