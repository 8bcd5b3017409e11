"""Four threads in every worker's main process: they hear events arrive, sweep, watch the worker, notice edits."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from celery import bootsteps

from notifier.observe.log import log_observer, write
from notifier.record.workers import BEAT_SECONDS, Report
from notifier.wiring import now
from notifier.worker.app import board, wiring
from notifier.worker.bells import Bells
from notifier.worker.reloader import Reloader
from notifier.worker.sweep import TICK_SECONDS, ring_when_allowed, sweep_if_first
from notifier.worker.troubles import Troubles, place_of
from notifier.worker.watch import Watch, end, watch_of

BLOCK_MS = 1000
#: An edit is noticed by the next look and read by the one after it, if nobody writes in between.
LOOK_SECONDS = 0.5
WATCH_SECONDS = 1


class Doorkeeper(bootsteps.StartStopStep):
    """Starts and stops the listener, the sweep, the watch and the reloader with the worker."""

    # After the pool has forked: a child must not inherit a lock that one of our threads is holding.
    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self._worker = parent
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []
        self._name = str(parent.hostname)
        self._hurried = threading.Event()
        self._reloader: Reloader | None = None
        self._watcher: Watch | None = None
        self._troubles = Troubles()

    def start(self, parent: Any) -> None:
        """Start the threads; SIGHUP looks for edits at once."""
        self._stopped.clear()
        self._worker = parent
        # In place of Celery's own handler, which restarts. Where Celery has none a terminal that is closed ends us.
        if not sys.stdout.isatty() and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGHUP, lambda *_: self._hurried.set())
        self._threads = [
            threading.Thread(target=self._keep_on, args=(task,), name=name, daemon=True)
            for name, task in (
                ("listener", self._listen),
                ("sweep", self._sweep),
                ("watch", self._watch),
                ("reloader", self._reload),
            )
        ]
        for thread in self._threads:
            thread.start()

    def stop(self, parent: Any) -> None:  # noqa: ARG002
        """Stop them; they end within a tick."""
        self._stopped.set()
        self._hurried.set()
        for thread in self._threads:
            thread.join(timeout=2)

    terminate = stop

    def _keep_on(self, task: Callable[[], None]) -> None:
        """Run a task until the worker stops; Redis may go away and come back."""
        name = threading.current_thread().name
        while not self._stopped.is_set():
            try:
                task()
            except Exception as error:  # noqa: BLE001 - a worker whose sweep has ended looks healthy and isn't
                if self._troubles.failed(name, now(), time.monotonic()):  # not once per second
                    kind, place = type(error).__name__, place_of(error)
                    write(logging.ERROR, "doorkeeper.failed", thread=name, error=kind, place=place)
                self._stopped.wait(1)

    def _well(self) -> None:
        """This thread has just done its work."""
        self._troubles.well(threading.current_thread().name)

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
            self._well()

    def _sweep(self) -> None:
        pause = TICK_SECONDS
        while not self._stopped.wait(pause):
            pause, house = TICK_SECONDS, wiring()
            if swept := sweep_if_first(house):
                pause -= ring_when_allowed(house, swept.limited, self._stopped.wait)
                self._well()

    def _watch(self) -> None:
        # Kept while Redis is away: since when bells lie there isn't forgotten.
        watch = self._watcher = self._watcher or watch_of(self._worker, wiring().redis)
        while not self._stopped.wait(WATCH_SECONDS):
            house = wiring()
            watch.patience = house.configuration.settings.stalled_after.total_seconds()  # it may be edited
            if watch.stalled(time.monotonic()):
                end(house.longest_lease.total_seconds())
                self._stopped.set()
            self._well()

    def _reload(self) -> None:
        # Kept while Redis is away: what was refused is not refused again.
        reloader = self._reloader = self._reloader or Reloader(wiring, board(), observe=log_observer, now=now)
        workers = wiring().workers
        workers.beat(self._name, self._report(reloader))
        beaten = time.monotonic()
        while not self._stopped.is_set():
            hurried = self._hurried.wait(LOOK_SECONDS)
            self._hurried.clear()
            if reloader.look(at_once=hurried) or time.monotonic() - beaten >= BEAT_SECONDS:
                workers.beat(self._name, self._report(reloader))
                beaten = time.monotonic()
            self._well()
        workers.leave(self._name)

    def _report(self, reloader: Reloader) -> Report:
        report = reloader.report
        told = [words for words in (report.error, self._troubles.words(time.monotonic())) if words]
        return replace(report, error="; ".join(told) or None)


def _order(entry: str) -> tuple[int, int]:
    ms, _, number = entry.partition("-")
    return int(ms), int(number or 0)
