"""Which wiring a process works with: that of the newest configuration on the board."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from notifier.wiring import Wiring
from notifier.worker.board import Board


class _Held:
    """A wiring, and how many work with it."""

    def __init__(self, wiring: Wiring) -> None:
        self.wiring = wiring
        self.users = 0
        self.replaced = False


class Current:
    """One for each process: a forked child makes its own, with connections of its own."""

    def __init__(self, wiring: Wiring, board: Board) -> None:
        self._held = _Held(wiring)
        self._board = board
        self._number = 0
        self._lock = threading.Lock()

    @property
    def wiring(self) -> Wiring:
        """The newest; for a glance, or what is the same in all of them (Redis, the stream)."""
        if self._board.number != self._number:
            with self._lock:
                self._catch_up()
        return self._held.wiring

    @contextmanager
    def at_work(self) -> Iterator[Wiring]:
        """The newest, which stays open inside the block, whatever is edited meanwhile."""
        with self._lock:
            self._catch_up()
            held = self._held
            held.users += 1
        try:
            yield held.wiring
        finally:
            with self._lock:
                held.users -= 1
                self._leave(held)

    def _catch_up(self) -> None:
        if self._board.number == self._number or (notice := self._board.read()) is None:
            return
        before = self._held
        self._number, configuration = notice
        self._held = _Held(before.wiring.renewed(configuration))
        before.replaced = True
        self._leave(before)

    def _leave(self, held: _Held) -> None:
        if held.replaced and not held.users:
            # Saying good-bye to a server may take as long as its time-out: nobody's work waits for that.
            threading.Thread(target=held.wiring.close, name="farewell", daemon=True).start()
