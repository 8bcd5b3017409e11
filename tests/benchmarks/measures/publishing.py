"""What a login pays for an event, beside a bare XADD."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import notifier
from benchmarks.extent import Extent, room
from benchmarks.figures import Figure, at_least, at_most, each
from benchmarks.site import event
from notifier.embedded import EmbeddedRedis
from notifier.intake.identity import identified
from notifier.producer import Producer
from notifier.record.redis_client import connect

TIMES, BATCHES = 3000, 100


def publishing(extent: Extent) -> Iterator[Figure]:
    """One by one, in turns with the bare call; and in batches."""
    ours, bare, spooled, batches = [], [], [], []
    raw, times = event("e0"), extent.of(TIMES, 10)
    with room() as root, EmbeddedRedis(root / "redis") as server:
        url = server.url
        client: Any = connect(url)
        spool = str(root / "spool")
        calls: dict[str, Callable[[], object]] = {
            "bare": lambda: client.xadd("token-events", {"event": raw}),
            "ours": lambda: notifier.publish(raw, redis_url=url, spool=""),
            "spool": lambda: notifier.publish(raw, redis_url=url, spool=spool),
        }
        for _ in extent.rounds:
            p50 = in_turns(calls, times)
            bare.append(p50["bare"])
            ours.append(p50["ours"])
            spooled.append(p50["spool"])
            batches.append(_batches(client, raw, extent.of(BATCHES)))
        client.close()
    yield Figure("publish-over-xadd", "`notifier.publish` p50 over raw XADD p50", each(ours, bare), target=at_most(1.5))
    yield Figure("publish-spool-over-xadd", "the same with a spool behind it", each(spooled, bare))
    yield Figure("publish-batches", "publish in batches of 100", batches, "events/s", target=at_least(10_000))
    yield Figure("publish", "`notifier.publish` p50", ours, "ms")
    yield Figure("publish-spool", "`notifier.publish` p50, with a spool", spooled, "ms")
    yield Figure("xadd", "raw XADD by redis-py p50", bare, "ms")


def in_turns(calls: dict[str, Callable[[], object]], times: int) -> dict[str, float]:
    """The median of each in ms; what disturbs one disturbs its neighbours, too."""
    took: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    for _ in range(times):
        for name, call in calls.items():
            began = time.perf_counter()
            call()
            took[name].append((time.perf_counter() - began) * 1e3)
    return {name: statistics.median(found) for name, found in took.items()}


def _batches(client: Any, raw: bytes, count: int) -> float:
    """Events a second: read, checked, and taken to Redis by a producer's own way."""
    producer = Producer(lambda: client, stream="token-events")
    began = time.perf_counter()
    for _ in range(count):
        producer.publish([identified(raw, 256 * 1024)[0] for _ in range(100)], 2.0)
    return count * 100 / (time.perf_counter() - began)
