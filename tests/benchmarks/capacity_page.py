"""The tables of the capacity page: what was measured, and what follows from it by arithmetic."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.report import number, row, table

#: What is assumed; the page says so beside its tables.
PEAK, SHARE, DAY = 10, 0.7, 86_400
RECORD, CORES, LINK, ANSWER = 16e9, 4, 125e6, 0.05
RATES = (100_000, 1_000_000, 10_000_000, 100_000_000)
RETENTIONS = (7, 1)


@dataclass(frozen=True, slots=True)
class Costs:
    """Of one event of one mail."""

    sent: float
    redis: float
    worker: float
    network: float
    file: float

    def redis_cores(self, events: float) -> float:
        """Busy with Redis in the busiest minute of a day of so many events."""
        return peak(events) * self.redis

    def worker_cores(self, events: float) -> float:
        return peak(events) * self.worker

    def memory(self, events: float, days: int) -> float:
        return events * days * self.sent

    def servers(self, events: float, days: int) -> int:
        """How many Redis it takes."""
        return max(math.ceil(self.memory(events, days) / RECORD), math.ceil(self.redis_cores(events) / SHARE))

    def limits(self) -> Mapping[str, float]:
        """Events a day at which one Redis has enough of something."""
        mean = DAY * SHARE / PEAK
        return {
            **{f"memory, `retention: {days}d`": RECORD / days / self.sent for days in RETENTIONS},
            "CPU of Redis, which is one thread": mean / self.redis,
            "network, 1 Gbit/s": mean * LINK / self.network,
        }


def peak(events: float) -> float:
    """Events a second in the busiest minute."""
    return events / DAY * PEAK


def capacity_page(whole: Mapping[str, Any]) -> str:
    """What stands between the marks; empty where capacity wasn't measured."""
    figures = [figure for figure in whole["figures"] if figure["name"].startswith("capacity-")]
    if not figures:
        return ""
    costs = _costs({figure["name"].removeprefix("capacity-"): figure["median"] for figure in figures})
    lines = [
        f"Measured, {whole['repeat']} rounds:",
        "",
        *table(["what", "median", "least to most"], [row(figure)[:3] for figure in figures]),
        "",
        "Arithmetic: one Redis has enough at",
        "",
        *table(["of", "events/day"], [[what, round_number(events)] for what, events in costs.limits().items()]),
        "",
        "Arithmetic: events a day, one mail each",
        "",
        *table(HEAD, [_line(costs, events) for events in RATES]),
    ]
    return "\n".join(lines) + "\n"


HEAD = (
    "events/day",
    "busiest minute",
    *(f"memory, {days} d" for days in RETENTIONS),
    "Redis",
    "workers",
    "file",
    "connections",
    *(f"Redis servers, {days} d" for days in RETENTIONS),
    "machines for workers",
)


def _line(costs: Costs, events: int) -> Sequence[str]:
    workers = costs.worker_cores(events)
    return [
        f"{events:,}",
        f"{number(peak(events))}/s",
        *(f"{number(costs.memory(events, days) / 1e9)} GB" for days in RETENTIONS),
        f"{number(costs.redis_cores(events))} cores",
        f"{number(workers)} cores",
        f"{number(peak(events) * costs.file / 1e6)} MB/s",
        f"{math.ceil(peak(events) * ANSWER):,}",
        *(f"{costs.servers(events, days):,}" for days in RETENTIONS),
        f"{math.ceil(workers / CORES / SHARE):,}",
    ]


def _costs(median: Mapping[str, float]) -> Costs:
    return Costs(
        sent=median["sent"],
        redis=median["redis"] / 1e3,
        worker=median["worker"] / 1e3,
        network=median["in"] + median["out"],
        file=median["file"],
    )


def round_number(events: float) -> str:
    """In millions: arithmetic has no more digits than this."""
    return f"{number(events / 1e6)} million"
