"""Waiting with an end: work that may hang is done by a courier, and whoever sent it waits as long as it wants to.

A socket's time-out bounds one step; names are resolved, connections opened and TLS agreed on in many of them, and
resolving a name knows no time-out at all.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Generic, TypeVar

from notifier.errors import TookTooLong

T = TypeVar("T")


class _Errand(Generic[T]):
    """Work on its way, and how it went."""

    __slots__ = ("done", "error", "result", "work")

    def __init__(self, work: Callable[[], T]) -> None:
        self.work = work
        self.done = threading.Lock()
        self.done.acquire()
        self.result: T
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.result = self.work()
        except BaseException as error:  # noqa: BLE001 - raised again where the work was sent from
            self.error = error

    def outcome(self) -> T:
        if self.error is not None:
            raise self.error
        return self.result


class Couriers:
    """Threads that do what may hang. They end with the process, whatever they wait for."""

    #: Who hangs is missing to the others: more than these are never under way.
    MOST = 32

    def __init__(self, most: int = MOST) -> None:
        self._free = threading.Semaphore(most)
        self._idle: list[SimpleQueue[_Errand[object]]] = []

    def run(self, work: Callable[[], T], seconds: float) -> T:
        """Have the work done; what it returns or raises.

        Raises:
            TookTooLong: it isn't done after ``seconds``. It may be done yet.
        """
        until = time.monotonic() + seconds
        if not self._free.acquire(timeout=max(seconds, 0)):
            raise TookTooLong
        errand = _Errand(work)
        self._hand_over(errand)
        if not errand.done.acquire(timeout=max(until - time.monotonic(), 0)):
            raise TookTooLong
        return errand.outcome()

    def _hand_over(self, errand: _Errand[T]) -> None:
        try:
            inbox = self._idle.pop()
        except IndexError:
            inbox = SimpleQueue()
            try:
                threading.Thread(target=self._serve, args=(inbox,), name="notifier-courier", daemon=True).start()
            except RuntimeError as error:  # no more threads, or the interpreter is about to end
                self._free.release()
                raise TookTooLong("no thread can be started to wait for it") from error
        inbox.put(errand)  # type: ignore[arg-type]  # who waits for it knows its type

    def _serve(self, inbox: SimpleQueue[_Errand[object]]) -> None:
        while True:
            errand = inbox.get()
            errand.run()
            self._idle.append(inbox)
            self._free.release()
            errand.done.release()
            del errand  # an event isn't kept until the next one comes
