"""Bells: Celery messages that say "have a look", and no more. A lost one is rung again, a doubled one finds nothing.

Outstanding bells are counted in Redis, so a thousand events ring once and a provider is not besieged by more
workers than it has connections.
"""

from __future__ import annotations

import math
import secrets

from notifier.model import Channel
from notifier.record.codec import to_milliseconds
from notifier.record.outbox import Way
from notifier.record.redis_outbox import PREFIX, Scripts
from notifier.wiring import Wiring
from notifier.worker.app import app

#: A bell that nobody has answered is forgotten after this long.
TIME_TO_LIVE_MS = 15_000
#: One whose work has begun is forgotten sooner, unless whoever is at it says that it goes on: he may have been killed.
AT_WORK_MS = 4000
#: Work for one more bell.
DELIVERIES_A_BELL = 50
EVENTS_A_BELL = 200
MOST_EVALUATIONS = 4

TASKS = {Channel.MAIL: "notifier.sendmail", Channel.SMS: "notifier.sendsms", Channel.FILE: "notifier.savefile"}


class Bells:
    """Rings and answers."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring

    def ring_evaluate(self, waiting: int = 1) -> None:
        """Somebody should look at the stream."""
        wanted = min(math.ceil(waiting / EVENTS_A_BELL), MOST_EVALUATIONS)
        self._ring("evaluate", wanted, (0, ""), "notifier.evaluate", "events", ())

    def ring_way(self, way: Way, due: int) -> None:
        """Somebody should deliver what is due on a way."""
        wanted = min(math.ceil(due / DELIVERIES_A_BELL), self._wiring.ways.connections(way))
        self._ring(str(way), wanted, self._let_in(way), TASKS[way.channel], str(way.channel), (way.provider,))

    def take(self, way: Way, wanted: int, most: int) -> list[str]:
        """Bells that nobody has to be rung for, since who takes them begins their work at once.

        Args:
            way: Whose.
            wanted: So many may be outstanding, these included.
            most: No more of them. They take the place of others whose work hasn't begun.
        """
        return self._granted(str(way), wanted, min(wanted, most), self._let_in(way), begins=True)

    def _let_in(self, way: Way) -> tuple[int, str]:
        """What decides about whether anybody may come at all."""
        outbox = self._wiring.outbox
        return to_milliseconds(outbox.fresh(way)), outbox.rates_of(way)

    def enter(self, way: Way, bell: str | None) -> bool:
        """Its work begins; False: it lay so long that others were rung for, and there is no connection left for it."""
        most = self._wiring.ways.connections(way)
        return not bell or bool(Scripts(self._wiring.redis)("enter", str(way), AT_WORK_MS, bell, most))

    def keep(self, way: Way, bell: str | None) -> None:
        """Its work is still going on: it isn't forgotten, and nobody is rung for in its place."""
        if bell:
            Scripts(self._wiring.redis)("keep", str(way), AT_WORK_MS, bell)

    def answered(self, name: str, bell: str | None) -> None:
        """A bell's work is done; from now on it may be rung again."""
        if bell:
            self._wiring.redis.zrem(f"{PREFIX}bells:{name}", f"*{bell}", bell)

    def _ring(
        self, name: str, wanted: int, let_in: tuple[int, str], task: str, queue: str, arguments: tuple[str, ...]
    ) -> None:
        for bell in self._granted(name, wanted, wanted, let_in, begins=False):
            app.send_task(task, args=arguments, queue=queue, task_id=bell, ignore_result=True)

    def _granted(self, name: str, wanted: int, most: int, let_in: tuple[int, str], *, begins: bool) -> list[str]:
        candidates = [secrets.token_hex(8) for _ in range(most)]
        fixed = name, wanted, AT_WORK_MS if begins else TIME_TO_LIVE_MS, *let_in, int(begins)
        answer = Scripts(self._wiring.redis)("bell", *fixed, *candidates)
        return [bell.decode() for bell in answer]
