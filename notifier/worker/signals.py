"""How a child of the pool ends: what it is at is finished, what it has claimed beyond that is handed back."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from celery import signals


class Ending:
    """Whether this process was told to end while something was running.

    A supervisor may send SIGTERM to the whole group, not to the main process alone. Celery's children end at once of
    it, in the middle of a message; here they finish, and end after the task and what goes on beside it.
    """

    def __init__(self) -> None:
        self._asked = False
        self._at_task = False
        self._before: Any = None
        self._finish: Callable[[], None] | None = None

    def is_asked(self) -> bool:
        """It is time to hand back what isn't begun."""
        return self._asked

    def begin(self) -> None:
        """A task begins: from now on SIGTERM waits. Only a main thread is ever sent a signal."""
        self._at_task = True
        if self._before is None and threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGTERM, self._on_sigterm)

    def done(self) -> None:
        """The task is done: end, if somebody asked."""
        self._at_task = False
        if self._asked:
            self._end()
        elif self._finish is None:
            self._let_go()

    def goes_on(self, finish: Callable[[], None]) -> None:
        """Something goes on after the task: SIGTERM waits for that, too; ``finish`` returns when it is over."""
        self._finish = finish

    def leave(self) -> None:
        """The process is about to end by itself."""
        self._asked = True
        if self._finish is not None:
            self._finish()

    def _end(self) -> None:
        self.leave()
        self._let_go()
        os.kill(os.getpid(), signal.SIGTERM)

    def _let_go(self) -> None:
        before, self._before = self._before, None
        if before is not None:
            signal.signal(signal.SIGTERM, before)

    def _on_sigterm(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the handler's signature
        self._asked = True
        if not self._at_task:
            self._end()


ending = Ending()


def connect() -> None:
    """Have Celery tell `ending` when a task begins and ends, and when a child does."""
    signals.task_prerun.connect(_begins, weak=False)
    signals.task_postrun.connect(_done, weak=False)
    signals.worker_process_shutdown.connect(_leave, weak=False)


def _begins(**_: Any) -> None:
    ending.begin()


def _done(**_: Any) -> None:
    ending.done()


def _leave(**_: Any) -> None:
    ending.leave()
