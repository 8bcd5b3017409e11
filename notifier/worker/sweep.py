"""The sweep: heals whatever was lost. Rings what is due, takes back what was left behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from notifier.record.outbox import Way
from notifier.record.redis_outbox import Scripts
from notifier.wiring import Wiring
from notifier.worker.bells import Bells

#: One sweep per tick among all workers.
TICK_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Limited:
    """What is due at a provider whose rate allows it in a moment."""

    way: Way
    due: int
    #: From now.
    seconds: float


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep found."""

    #: Providers and streams that had something due.
    rung: int
    #: Before the next tick, the soonest first.
    limited: Sequence[Limited]


def sweep(wiring: Wiring) -> Swept:
    """Sweep once."""
    bells = Bells(wiring)
    wiring.sweep()
    rung = 0
    backlog, pending = wiring.stream.backlog()
    if backlog or pending:
        bells.ring_evaluate(max(backlog, 1))
        rung += 1
    wiring.divert()
    glance = wiring.glance()
    limited: list[Limited] = []
    for queue in glance.queues:
        if not queue.due or queue.paused(glance.now):
            continue
        rung += 1
        if queue.permit_at is None:
            bells.ring_way(queue.way, queue.due)
        elif (wait := (queue.permit_at - glance.now) / timedelta(seconds=1)) < TICK_SECONDS:
            limited.append(Limited(queue.way, queue.due, wait))
    return Swept(rung, sorted(limited, key=lambda one: one.seconds))


def sweep_if_first(wiring: Wiring) -> Swept | None:
    """Sweep unless another worker did within this tick."""
    if not Scripts(wiring.redis)("turn", int(TICK_SECONDS * 900)):
        return None
    return sweep(wiring)


def ring_when_allowed(wiring: Wiring, limited: Sequence[Limited], wait: Callable[[float], bool]) -> float:
    """Ring for each when its rate allows it: between two ticks it would come late, and a slow rate would become slower.

    Args:
        wiring: Whose providers they are.
        limited: What a sweep found just now.
        wait: Waits for so many seconds; True: it is time to end.

    Returns:
        How long it waited, in seconds.
    """
    waited = 0.0
    for one in limited:
        pause = max(one.seconds - waited, 0.0)
        if wait(pause):
            break
        waited += pause
        Bells(wiring).ring_way(one.way, one.due)
    return waited
