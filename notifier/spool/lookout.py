"""Whether events wait in a spool, as far as its disk tells: one that hangs holds up nobody who can do without."""

from __future__ import annotations

import threading

from notifier.spool.directory import Spool


class Lookout:
    """The looks at one spool that nobody waits for any more."""

    def __init__(self, spool: Spool) -> None:
        self.spool = spool
        self._lock = threading.Lock()
        self._missing: set[Look] = set()

    @property
    def hangs(self) -> bool:
        """Somebody has gone to look and isn't back: nobody needs to go after them."""
        return bool(self._missing)

    def look(self) -> Look:
        """One look, to be sent with a courier."""
        return Look(self.spool, self._missing, self._lock)


class Look:
    """One look."""

    def __init__(self, spool: Spool, missing: set[Look], lock: threading.Lock) -> None:
        self._spool = spool
        self._missing = missing
        self._lock = lock
        self._begun = self._back = self._given_up = False

    def waiting(self) -> bool:
        """Something waits; True also where nobody waits for the answer, so that whoever looked does nothing more.

        Raises:
            SpoolUnusable: nobody knows.
        """
        with self._lock:
            self._begun = True
        try:
            found = self._spool.waiting()
        finally:
            with self._lock:
                self._back = True
                self._missing.discard(self)
        return found or self._given_up

    def give_up(self) -> bool:
        """Wait no longer; False where the look was over, and something else takes the time."""
        with self._lock:
            if self._back:
                return False
            self._given_up = True
            if self._begun:
                self._missing.add(self)
            return True
