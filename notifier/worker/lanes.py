"""Delivering, in threads beside the tasks: a slow server keeps its own connections waiting, and no child of the pool.

A *lane* is one connection's worth of delivering at one provider. The task that begins it waits along as long as it is
quick. A slow one is left to itself, and as many are opened beside it as its server's latency asks for: no more than
its `max_connections`, counted in Redis for all workers, and no more than its rate allows.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial

from notifier.circuit import State
from notifier.observe.log import write
from notifier.record.glance import Queue
from notifier.record.keeper import LeaseKeeper
from notifier.record.outbox import Way
from notifier.wiring import Wiring
from notifier.worker.bells import Bells
from notifier.worker.signals import Ending

#: A delivery that takes longer (seconds) is waited for; what it costs us is a tenth of that.
SLOW = 0.005
#: Whoever waits along looks so often (seconds) whether it is worth it,
LOOK = 0.05
#: and gives a connection and a first answer so long (seconds).
PATIENCE = 0.5
#: Whoever took longer isn't given that again for so long (seconds).
REMEMBERED = 60.0
#: As many are opened as get done what is due within so long (seconds).
WITHIN = 1.0
#: And not more often than that (seconds).
PAUSE = 0.5
#: In one process, and of these for one provider: each has a stack, a connection to its server and perhaps one to Redis.
MOST, MOST_OF_ONE = 128, 32
#: A lane says so often (seconds) that it is there: that of a killed process loses its place soon (`bells.AT_WORK_MS`).
BEAT_SECONDS = 1.0
#: How long one may take before others get a turn (seconds); one beside, before an edited configuration gets a chance.
BUDGET_SECONDS, BESIDE_SECONDS = 0.5, 2.0


def lanes_for(due: int, each: float, most: int) -> int:
    """How many it takes.

    Args:
        due: Deliveries.
        each: How long (seconds) one takes.
        most: How many connections there may be.
    """
    return max(min(math.ceil(due * each / WITHIN), most), 1)


class Lane:
    """One of them."""

    def __init__(self, way: Way, bell: str | None, *, beside: bool = False) -> None:
        self.way = way
        self.bell = bell
        #: Nobody waits along.
        self.beside = beside
        self.tally: Counter[str] = Counter()
        #: How long (seconds) a delivery took in the latest window; None: nobody knows yet.
        self.pace: float | None = None
        self._connected = False

    def note(self, seconds: float) -> None:
        """A window is done. The first may have waited for a connection: it says nothing of the next."""
        if self._connected:
            self.pace = seconds
        self._connected = True

    @property
    def is_slow(self) -> bool:
        """It has nothing to show, or not enough."""
        return self.pace is None or self.pace > SLOW


class Lanes:
    """Those of one process."""

    def __init__(self, work: Callable[[], AbstractContextManager[Wiring]], ending: Ending) -> None:
        """Begin none.

        Args:
            work: The wiring for a piece of work.
            ending: Waits for them when the process ends.
        """
        self._work = work
        self._ending = ending
        self._threads = ThreadPoolExecutor(MOST, thread_name_prefix="lane")
        self._keeper = LeaseKeeper(timedelta(seconds=BEAT_SECONDS))
        self._lock = threading.Lock()
        self._open: set[Lane] = set()
        self._opened: dict[Way, float] = {}
        #: Until when nobody waits along at a provider.
        self._slow: dict[Way, float] = {}
        #: What lanes beside did since a task last told of their way.
        self._untold: dict[Way, Counter[str]] = {}

    def deliver(self, way: Way, bell: str | None) -> str:
        """Deliver what is due on a way, as long as that is quick.

        Returns:
            What was done, in words.
        """
        lane = Lane(way, bell, beside=self._is_slow(way))
        future = self._begin(lane)
        if future is None:  # to wait for it here would keep others waiting
            with self._work() as house:
                Bells(house).answered(str(way), bell)
            return "enough of this process are at it"
        began = time.monotonic()
        while not lane.beside and not wait([future], LOOK).done:
            lane.beside = lane.is_slow and (lane.pace is not None or time.monotonic() - began > PATIENCE)
        if lane.beside:
            self._ending.goes_on(self.finish)
            future.add_done_callback(partial(_tell_failure, way))
        else:
            future.result()
        with self._lock:
            tally = lane.tally + self._untold.pop(way, Counter())
        counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(tally.items()))
        if beside := sum(other.beside for other in self._on(way)):
            return f"{counts or 'slow'}, {beside} more connections at it"
        return counts or "nothing due"

    def finish(self) -> None:
        """Wait until what was begun is recorded; what wasn't begun stays due."""
        self._threads.shutdown(cancel_futures=True)

    def _is_slow(self, way: Way) -> bool:
        if any(other.beside and other.is_slow for other in self._on(way)):
            return True
        return self._slow.get(way, 0.0) > time.monotonic()

    def _on(self, way: Way) -> list[Lane]:
        with self._lock:
            return [lane for lane in self._open if lane.way == way]

    def _begin(self, lane: Lane) -> Future[None] | None:
        with self._lock:
            if self._room(lane.way) <= 0:
                return None
            self._open.add(lane)
        try:
            return self._threads.submit(self._deliver, lane)
        except RuntimeError:  # no more threads, or the process is about to end
            with self._lock:
                self._open.discard(lane)
            return None

    def _room(self, way: Way) -> int:
        here = sum(lane.way == way for lane in self._open)
        return min(MOST - len(self._open), MOST_OF_ONE - here)

    def _deliver(self, lane: Lane) -> None:
        try:
            while self._round(lane):
                pass
        finally:
            with self._lock:
                self._open.discard(lane)
                self._slow[lane.way] = time.monotonic() + REMEMBERED if lane.beside and lane.is_slow else 0.0

    def _round(self, lane: Lane) -> bool:
        """Deliver for a while; whether to go on."""
        way = lane.way
        with self._work() as house:
            bells = Bells(house)
            # While it is there nobody else has its place; but one that takes longer than any can hangs.
            seconds = BESIDE_SECONDS if lane.beside else BUDGET_SECONDS
            last = time.monotonic() + seconds + house.ways.time_limit
            with self._keeper.keeping(lambda: bells.keep(way, lane.bell) if time.monotonic() < last else None):
                tally = house.attempts.attempt(way, seconds, partial(self._note, house, lane))
            self._count(lane, tally)
            bells.answered(str(way), lane.bell)
            # What was planned after the last look and before the bell was answered would wait for the sweep.
            glance = house.glance()
            queue = glance.of(way)
            if queue is None or not queue.due:
                house.providers.shed(way)
                return False
            ready = not queue.paused(glance.now) and not queue.limited
            goes_on = ready and tally and lane.beside and lane.is_slow and not self._ending.is_asked()
            if goes_on and bells.enter(way, lane.bell):
                return True
            house.providers.shed(way)
            if not goes_on:
                _ring(house, queue, ready=ready)
            return False

    def _note(self, house: Wiring, lane: Lane, seconds: float) -> None:
        lane.note(seconds)
        if lane.beside and lane.pace is not None and lane.pace > SLOW and not self._ending.is_asked():
            self._widen(house, lane.way, lane.pace)

    def _widen(self, house: Wiring, way: Way, each: float) -> None:
        """Open as many as its latency asks for."""
        now = time.monotonic()
        with self._lock:
            if now - self._opened.get(way, -PAUSE) < PAUSE:
                return
            self._opened[way] = now
            room = self._room(way)
        queue = house.glance().of(way)
        wanted = lanes_for(queue.due if queue else 0, each, house.ways.connections(way))
        for bell in Bells(house).take(way, wanted, room):
            if future := self._begin(Lane(way, bell, beside=True)):
                future.add_done_callback(partial(_tell_failure, way))
            else:
                Bells(house).answered(str(way), bell)

    def _count(self, lane: Lane, tally: Counter[str]) -> None:
        with self._lock:
            if lane.beside:
                self._untold.setdefault(lane.way, Counter()).update(tally)
            else:
                lane.tally.update(tally)


def _ring(house: Wiring, queue: Queue, *, ready: bool) -> None:
    bells = Bells(house)
    if ready:
        bells.ring_way(queue.way, queue.due)
    if queue.state is not State.OK:
        for other, count in house.divert().items():
            bells.ring_way(other, count)


def _tell_failure(way: Way, future: Future[None]) -> None:
    """No task is there to fail in its place. Of an error nothing but its kind is told."""
    if not future.cancelled() and (error := future.exception()):
        hint = "nothing is lost, the sweep rings again"
        write(logging.ERROR, "lane.failed", provider=str(way), reason=type(error).__name__, hint=hint)
