"""Names of a spool's files: when, by whom, for which stream. Sorted, they are in the order of the events.

    01795537364781000000-5f0c2a9b41d3e876.token-events.json
    nanoseconds          writer           stream

A file that somebody else put there may have any name ending in ``.json``.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from urllib.parse import quote, unquote

SUFFIX = ".json"
_OURS = re.compile(r"[0-9]{20}-([0-9a-f]+)\.(.+)\.json", re.DOTALL)


class Names:
    """One writer's names: each is behind the one before, even where the clock was set back."""

    def __init__(self, writer: str, clock: Callable[[], int]) -> None:
        self._writer = writer
        self._clock = clock
        self._last = 0
        self._lock = threading.Lock()

    def new(self, stream: str) -> str:
        """The name of the next event."""
        with self._lock:
            self._last = max(self._last + 1, self._clock())
            return f"{self._last:020d}-{self._writer}.{quote(stream, safe='')}{SUFFIX}"


def is_event(name: str) -> bool:
    """An event is in it; drafts begin with a dot."""
    return name.endswith(SUFFIX) and not name.startswith(".")


def writer_of(name: str) -> str:
    """Who wrote it: a process, or (the name itself) nobody we know."""
    ours = _OURS.fullmatch(name)
    return ours[1] if ours else name


def stream_of(name: str, default: str) -> str:
    """For which stream it is."""
    ours = _OURS.fullmatch(name)
    return unquote(ours[2]) if ours else default
