"""A worker that is connected and takes no work: found by the work that lies there, and ended for its supervisor."""

from __future__ import annotations

import logging
import os
import threading
import time
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


def watch_of(worker: Any, redis: Any, patience: float = 60.0) -> Watch:
    """The watch of a Celery worker: told of each bell that it takes. Make one, and keep it."""

    def depth() -> int:
        # Asked each time: a queue that an operator has cancelled isn't this worker's any more.
        with redis.pipeline(transaction=False) as pipe:
            for name in list(worker.app.amqp.queues.consume_from):
                pipe.llen(name)
            return sum(pipe.execute())

    def idle() -> bool:
        # The same with `pool_shrink`.
        return len(state.reserved_requests) < (worker.pool.num_processes if worker.pool else 1)

    watch = Watch(depth, idle, patience)

    def taken(**_: Any) -> None:
        watch.taken()

    signals.task_received.connect(taken, weak=False, dispatch_uid="notifier.worker.watch")
    return watch


def end(lease: float) -> None:
    """End this worker as if it were told to, or, if that doesn't help, at once; its children go with it.

    Args:
        lease: So long (seconds) an attempt may take; one that runs isn't cut within that.
    """
    write(logging.ERROR, "worker.stalled", hint="bells lie there and it takes none; its supervisor restarts it")
    state.should_stop = EXIT_CODE
    # The main thread may be stuck where it looks at nothing: nothing else would end it.
    threading.Thread(target=_insist, args=(lease,), name="insist", daemon=True).start()


def overdue(waited: float, lease: float, *, busy: bool) -> bool:
    """Whether it has had its time to end (seconds): an attempt that runs has until its lease ends."""
    return waited >= (max(PATIENCE_SECONDS, lease) if busy else PATIENCE_SECONDS)


def _insist(lease: float) -> None:
    began = time.monotonic()
    while not overdue(time.monotonic() - began, lease, busy=bool(state.active_requests)):
        time.sleep(1)
    os._exit(EXIT_CODE)
