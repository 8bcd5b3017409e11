"""What fails in a worker's main process, and since when: said at once, said again, and taken back when it works."""

from __future__ import annotations

import threading
import traceback
from dataclasses import dataclass
from datetime import datetime

#: While it goes on, it is said again that often (seconds).
AGAIN_SECONDS = 60.0


@dataclass(slots=True)
class _Trouble:
    since: datetime
    latest: float
    said: float


class Troubles:
    """One for each thread that fails. ``now``: in seconds, of a clock that only goes forward."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[str, _Trouble] = {}

    def failed(self, name: str, at: datetime, now: float) -> bool:
        """It failed once more; whether that is worth a line."""
        with self._lock:
            found = self._found.get(name)
            if found is None or now - found.latest >= AGAIN_SECONDS:
                self._found[name] = _Trouble(at, now, now)
                return True
            found.latest = now
            if now - found.said < AGAIN_SECONDS:
                return False
            found.said = now
            return True

    def well(self, name: str) -> None:
        """It works."""
        with self._lock:
            self._found.pop(name, None)

    def words(self, now: float) -> str | None:
        """What `notifier status` tells of it; None: all is well, or nothing has failed for a while."""
        with self._lock:
            lasting = [(n, t.since) for n, t in self._found.items() if now - t.latest < AGAIN_SECONDS]
        told = [f"{name} failing since {since.isoformat(timespec='seconds')}" for name, since in sorted(lasting)]
        return ", ".join(told) or None


def place_of(error: BaseException) -> str:
    """Where it was raised. Its words may hold anything and are told to nobody."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
