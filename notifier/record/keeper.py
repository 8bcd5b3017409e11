"""Leases are renewed while the work on them goes on, however slow a provider or a directory: one thread a process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from notifier.record.outbox import RecordError

Renew = Callable[[], None]


class LeaseKeeper:
    """Renews what is being worked on, every ``pause``: a third of the shortest lease."""

    def __init__(self, pause: timedelta) -> None:
        self._pause = pause.total_seconds()
        self._kept: dict[object, Renew] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    @contextmanager
    def keeping(self, renew: Renew) -> Iterator[None]:
        """Call ``renew`` again and again inside the block."""
        mark = object()
        with self._lock:
            self._kept[mark] = renew
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="lease-keeper", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._kept.pop(mark, None)

    def close(self) -> None:
        """Stop renewing."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.wait(self._pause):
            with self._lock:
                kept = list(self._kept.values())
            for renew in kept:
                try:
                    renew()
                except RecordError:
                    # Redis is away: the work goes on, and settling will tell whether the lease was lost.
                    break
