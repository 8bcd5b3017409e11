"""Three threads in every worker's main process: one hears events arrive, one sweeps, one watches the worker itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from celery import bootsteps

from notifier.worker.app import wiring
from notifier.worker.bells import Bells
from notifier.worker.sweep import TICK_SECONDS, sweep_if_first
from notifier.worker.watch import end, watch_of

BLOCK_MS = 1000
QUIET_SECONDS = 10
WATCH_SECONDS = 1


class Doorkeeper(bootsteps.StartStopStep):
    """Starts and stops the listener, the sweep and the watch with the worker."""

    # After the pool has forked: a child must not inherit a lock that one of our threads is holding.
    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self._worker = parent
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, parent: Any) -> None:
        """Start the threads."""
        self._stopped.clear()
        self._worker = parent
        self._threads = [
            threading.Thread(target=self._keep_on, args=(task,), name=name, daemon=True)
            for name, task in (("listener", self._listen), ("sweep", self._sweep), ("watch", self._watch))
        ]
        for thread in self._threads:
            thread.start()

    def stop(self, parent: Any) -> None:  # noqa: ARG002
        """Stop them; they end within a tick."""
        self._stopped.set()
        for thread in self._threads:
            thread.join(timeout=2)

    terminate = stop

    def _keep_on(self, task: Callable[[], None]) -> None:
        """Run a task until the worker stops; Redis may go away and come back."""
        last = 0.0
        while not self._stopped.is_set():
            try:
                task()
            except Exception as error:  # noqa: BLE001 - a worker whose sweep has ended looks healthy and isn't
                if time.monotonic() - last > QUIET_SECONDS:  # once per outage, not once per second
                    structlog.get_logger().error("doorkeeper.failed", error=type(error).__name__)
                last = time.monotonic()
                self._stopped.wait(1)

    def _listen(self) -> None:
        house = wiring()
        bells = Bells(house)
        house.stream.ensure_group()
        last = house.stream.last_id()
        bells.ring_evaluate()
        while not self._stopped.is_set():
            entry = house.stream.wait(last, BLOCK_MS)
            if entry:
                last = house.stream.last_id()
                last = max(last, entry, key=_order)
                bells.ring_evaluate()

    def _sweep(self) -> None:
        while not self._stopped.wait(TICK_SECONDS):
            sweep_if_first(wiring())

    def _watch(self) -> None:
        house = wiring()
        watch = watch_of(self._worker, house.redis, house.configuration.settings.stalled_after.total_seconds())
        while not self._stopped.wait(WATCH_SECONDS):
            if watch.stalled(time.monotonic()):
                end()
                self._stopped.set()


def _order(entry: str) -> tuple[int, int]:
    ms, _, number = entry.partition("-")
    return int(ms), int(number or 0)
