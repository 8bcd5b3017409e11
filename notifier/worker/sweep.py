"""The sweep: heals whatever was lost. Rings what is due, takes back what was left behind."""

from __future__ import annotations

from notifier.record.redis_outbox import Scripts
from notifier.wiring import Wiring
from notifier.worker.bells import Bells

#: One sweep per tick among all workers.
TICK_SECONDS = 0.25


def sweep(wiring: Wiring) -> int:
    """Sweep once; how many providers and streams had something due."""
    bells = Bells(wiring)
    wiring.sweep()
    rung = 0
    backlog, pending = wiring.stream.backlog()
    if backlog or pending:
        bells.ring_evaluate(max(backlog, 1))
        rung += 1
    wiring.divert()
    glance = wiring.glance()
    for queue in glance.queues:
        if queue.due and not queue.paused(glance.now):
            bells.ring_way(queue.way, queue.due)
            rung += 1
    return rung


def sweep_if_first(wiring: Wiring) -> bool:
    """Sweep unless another worker did within this tick."""
    if not Scripts(wiring.redis)("turn", int(TICK_SECONDS * 900)):
        return False
    sweep(wiring)
    return True
