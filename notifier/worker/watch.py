"""A worker that is connected and takes no work: found by the work that lies there, and ended for its supervisor."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from celery import signals
from celery.worker import state

from notifier.observe.log import write

#: So long it may take to end by itself (seconds).
PATIENCE_SECONDS = 30.0
#: A supervisor starts it again.
EXIT_CODE = 75


@dataclass(slots=True)
class Watch:
    """Bells lie in this worker's queues since a moment, and nothing was taken since then.

    The sweep rings for whatever is due, so there are bells wherever there is work; in a worker that consumes they
    are gone within milliseconds.
    """

    #: Bells in the queues of this worker.
    depth: Callable[[], int]
    #: Whether a child of the pool is free.
    idle: Callable[[], bool]
    #: How long that may go on (seconds).
    patience: float
    _since: float | None = None

    def taken(self) -> None:
        """A bell was taken: it consumes."""
        self._since = None

    def stalled(self, now: float) -> bool:
        """It has been so for too long. ``now``: in seconds, of a clock that only goes forward."""
        if not self.depth() or not self.idle():
            self._since = None
            return False
        if self._since is None:
            self._since = now
        return now - self._since >= self.patience


def watch_of(worker: Any, redis: Any, patience: float) -> Watch:
    """The watch of a Celery worker: told of each bell that it takes."""
    names = list(worker.app.amqp.queues.consume_from)
    free = worker.pool.num_processes if worker.pool else 1

    def depth() -> int:
        with redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.llen(name)
            return sum(pipe.execute())

    watch = Watch(depth, lambda: len(state.reserved_requests) < free, patience)

    def taken(**_: Any) -> None:
        watch.taken()

    signals.task_received.connect(taken, weak=False)
    return watch


def end() -> None:
    """End this worker as if it were told to, or, if that doesn't help, at once; its children go with it."""
    write(logging.ERROR, "worker.stalled", hint="bells lie there and it takes none; its supervisor restarts it")
    state.should_stop = EXIT_CODE
    # The main thread may be stuck where it looks at nothing: nothing else would end it.
    timer = threading.Timer(PATIENCE_SECONDS, os._exit, (EXIT_CODE,))
    timer.daemon = True
    timer.start()
