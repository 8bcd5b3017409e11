"""How a child of the pool ends: what it is at is finished, what it has claimed beyond that is handed back."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType
from typing import Any

from celery import signals


class Ending:
    """Whether this process was told to end while a task was running.

    A supervisor may send SIGTERM to the whole group, not to the main process alone. Celery's children end at once of
    it, in the middle of a message; here they finish, and end after the task.
    """

    def __init__(self) -> None:
        self._asked = False
        self._before: Any = None

    def is_asked(self) -> bool:
        """It is time to hand back what isn't begun."""
        return self._asked

    def begin(self) -> None:
        """A task begins: from now on SIGTERM waits. Only a main thread is ever sent a signal."""
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGTERM, self._on_sigterm)

    def done(self) -> None:
        """The task is done: end, if somebody asked."""
        before, self._before = self._before, None
        if before is not None:
            signal.signal(signal.SIGTERM, before)
        if self._asked:
            os.kill(os.getpid(), signal.SIGTERM)

    def _on_sigterm(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the handler's signature
        self._asked = True


ending = Ending()


def connect() -> None:
    """Have Celery tell `ending` when a task begins and ends."""
    signals.task_prerun.connect(_begins, weak=False)
    signals.task_postrun.connect(_done, weak=False)


def _begins(**_: Any) -> None:
    ending.begin()


def _done(**_: Any) -> None:
    ending.done()
