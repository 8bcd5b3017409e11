"""Deals the blows: workers, processes, Redis, Celery's queues."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from redis import Redis

from chaos.dice import KILLS, Blow, Strike
from chaos.workers import Workers
from notifier.embedded import EmbeddedRedis
from notifier.record.redis_client import UNREACHABLE

#: Celery's own, and nothing else: a purge by accident.
PURGED = ("events", "mail", "sms", "file", "unacked", "unacked_index")
#: Redis is away, or frozen, for at most so long (seconds); its clients' patience is 5.
AWAY, FROZEN = 3.0, 8.0
#: A worker that has just been started is killed within so long: imports, the pool, its first claims.
CHILDHOOD = 2.5
#: "In the act" is within so long of a message's or an event's coming (seconds), should one come at all.
MOMENT, LONGEST_LULL = 0.1, 3.0
#: How long to wait for somebody to kill.
PATIENCE = 20.0


class Striker:
    """Deals one blow after the other."""

    def __init__(
        self,
        workers: Workers,
        server: EmbeddedRedis,
        client: Redis,
        *,
        delivered: threading.Event,
        published: threading.Event,
    ) -> None:
        self._workers, self._server, self._client = workers, server, client
        self._delivered, self._published = delivered, published
        self._pause = threading.Event()
        #: What was dealt.
        self.dealt: Counter[Blow] = Counter()

    @property
    def kills(self) -> int:
        """How many processes or workers were killed."""
        return sum(self.dealt[blow] for blow in KILLS)

    def deal(self, strikes: Sequence[Strike], progress: Callable[[], None]) -> None:
        """All of them at their time, or as soon as the ones before are over."""
        began = time.monotonic()
        for strike in strikes:
            while (left := began + strike.at - time.monotonic()) > 0:
                progress()
                self._pause.wait(min(left, 0.2))
            self._strike(strike)

    def _strike(self, strike: Strike) -> None:
        roll = strike.roll
        match strike.blow:
            case Blow.WORKER:
                self._kill(strike.blow, lambda: self._workers.kill(roll))
            case Blow.MAIN:
                self._kill(strike.blow, lambda: self._workers.kill(roll, alone=True))
            case Blow.CHILD:
                self._kill(strike.blow, lambda: self._workers.kill_child(roll))
            case Blow.IN_THE_ACT:
                self._next(self._delivered, roll * MOMENT)
                self._kill(strike.blow, lambda: self._workers.kill(roll * 1000 % 1))
            case Blow.HOST:
                self._next(self._published, roll * MOMENT)
                self.dealt[strike.blow] += self._workers.kill_all()
            case Blow.NEWBORN:
                self._kill(Blow.WORKER, lambda: self._workers.kill(roll))
                self._pause.wait(roll * CHILDHOOD)
                self._kill(strike.blow, lambda: self._workers.kill(0, youngest=True))
            case Blow.RESTART:
                self._restart(roll)
            case Blow.FREEZE:
                self._freeze(roll)
            case Blow.PURGE:
                self._purge()

    def _next(self, event: threading.Event, seconds: float) -> None:
        """Wait for the next of its kind, and a moment more."""
        event.clear()
        event.wait(LONGEST_LULL)
        self._pause.wait(seconds)

    def _kill(self, blow: Blow, kill: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE
        while not kill():
            if time.monotonic() > until:
                raise TimeoutError("no worker is running that could be killed")
            self._pause.wait(0.02)
        self.dealt[blow] += 1

    def _restart(self, roll: float) -> None:
        """As a power cut, or by the book."""
        down = self._server.kill if roll < 0.6 else self._server.stop
        self._without_redis(roll, AWAY, down, self._server.start)
        self.dealt[Blow.RESTART] += 1

    def _freeze(self, roll: float) -> None:
        """It is there and says nothing, for longer than a client's patience at times; then it does what it was told."""
        process = int((self._server.directory / "redis.pid").read_text())
        stop, go_on = (partial(os.kill, process, number) for number in (signal.SIGSTOP, signal.SIGCONT))
        self._without_redis(roll, FROZEN, stop, go_on)
        self.dealt[Blow.FREEZE] += 1

    def _without_redis(self, roll: float, most: float, down: Callable[[], None], up: Callable[[], None]) -> None:
        """Somebody falls while it is away; perhaps nobody is there: no worker starts now."""
        away = roll * 10 % 1 * most
        down()
        self._pause.wait(away / 2)
        if roll * 100 % 1 < 0.5:
            self.dealt[Blow.WORKER] += self._workers.kill(roll)
        else:
            self.dealt[Blow.CHILD] += self._workers.kill_child(roll)
        self._pause.wait(away / 2)
        up()

    def _purge(self) -> None:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                self._client.delete(*PURGED)
                break
            except UNREACHABLE:
                if time.monotonic() > until:
                    raise
                self._pause.wait(0.1)
        self.dealt[Blow.PURGE] += 1
