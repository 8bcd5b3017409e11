"""What a user waits for on an idle system: from publishing to the server's 250."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator

import notifier
from benchmarks.extent import Extent, room
from benchmarks.figures import Figure, at_most
from benchmarks.site import Site, event, site

EVENTS, A_SECOND = 250, 25


def latency(extent: Extent) -> Iterator[Figure]:
    """One at a time, each when the one before has arrived."""
    p50, p99 = [], []
    with room() as root, site(root / "ours") as ours:
        ours.start()
        for number in extent.rounds:
            took = sorted(_round(ours, f"l{number}", extent.of(EVENTS, 20)))
            p50.append(statistics.median(took) * 1e3)
            p99.append(took[int(len(took) * 0.99) - 1] * 1e3)
    yield Figure("latency-p50", "idle system, publish to the server's 250: p50", p50, "ms", target=at_most(20))
    yield Figure("latency-p99", "idle system, publish to the server's 250: p99", p99, "ms", target=at_most(60))


def _round(ours: Site, name: str, count: int) -> list[float]:
    url, tick, took = ours.wiring.redis_url, threading.Event(), []
    began = time.monotonic()
    for number in range(count):
        tick.wait(max(began + number / A_SECOND - time.monotonic(), 0))
        before, at = ours.sink.taken, time.monotonic()
        notifier.publish(event(f"{name}-{number}"), redis_url=url, spool="")
        ours.sink.wait_for(before + 1, 60)
        took.append(ours.sink.last - at)
    return took
