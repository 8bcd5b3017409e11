"""What is measured: each gives figures, or curves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from benchmarks.extent import Extent
from benchmarks.figures import Found
from benchmarks.measures.capacity import capacity
from benchmarks.measures.command import command
from benchmarks.measures.dead_letters import dead_letters
from benchmarks.measures.dead_provider import dead_provider
from benchmarks.measures.drain import drain
from benchmarks.measures.endurance import endurance
from benchmarks.measures.evaluation import definitions_bound, evaluation
from benchmarks.measures.growth import backlog, recipients, workers
from benchmarks.measures.latency import latency
from benchmarks.measures.memory import memory
from benchmarks.measures.publishing import publishing
from benchmarks.measures.slow_provider import slow_provider

#: What `make bench` measures; every target of the performance page is in one of them.
TARGETS: Mapping[str, Callable[[Extent], Iterable[Found]]] = {
    "drain": drain,
    "evaluate": evaluation,
    "publish": publishing,
    "latency": latency,
    "dead-provider": dead_provider,
    "slow-provider": slow_provider,
    "endurance": endurance,
    "memory": memory,
    "command": command,
    "capacity": capacity,
}
#: How cost grows.
GROWTH: Mapping[str, Callable[[Extent], Iterable[Found]]] = {
    "definitions": definitions_bound,
    "recipients": recipients,
    "backlog": backlog,
    "dead-letters": dead_letters,
    "workers": workers,
}
MEASURES = {**TARGETS, **GROWTH}
DEFAULT = tuple(MEASURES)
