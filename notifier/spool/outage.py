"""Whether Redis is worth a try: while it is away, only now and then somebody looks whether it is back."""

from __future__ import annotations

import threading

#: Redis failed: for so long (seconds, doubled each time, up to) nobody tries again.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 10.0


class Outage:
    """Whether Redis is worth a try."""

    def __init__(self) -> None:
        self._pause = 0.0
        self._until = 0.0
        self._lock = threading.Lock()

    def worth_a_try(self, now: float) -> bool:
        """No outage, or its pause is over; then one caller finds out for all."""
        with self._lock:
            if now < self._until:
                return False
            if self._pause:
                self._until = now + self._pause
            return True

    def failed(self, now: float) -> bool:
        """Redis failed; True where it hadn't before."""
        with self._lock:
            begins = not self._pause
            self._pause = min(self._pause * 2, LONGEST_PAUSE) or FIRST_PAUSE
            self._until = now + self._pause
            return begins

    def over(self) -> bool:
        """Redis took something; True where it had failed before."""
        with self._lock:
            ends = bool(self._pause)
            self._pause = self._until = 0.0
            return ends
