"""What a login pays for an event: with and without a spool, Redis there and away. Printed, never asserted on."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml_text

import notifier
from notifier.embedded import EmbeddedRedis
from notifier.intake.stream import Stream
from notifier.record.redis_client import connect
from notifier.spool.directory import Spool
from notifier.spool.flush import Flusher


def percentiles(work: Callable[[], object], times: int) -> str:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return f"p50 {statistics.median(took):.2f} ms, p99 {took[int(times * 0.99) - 1]:.2f} ms"


@pytest.mark.timeout(300)
def test_publish_with_and_without_a_spool(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One event at a time; while Redis is away, the price is the disk's."""
    raw = json.dumps(yaml_text.event("b"))
    spool = str(tmp_path / "spool")
    with EmbeddedRedis(tmp_path / "redis") as redis, capsys.disabled():
        client = connect(redis.url)
        fields = {"event": raw}
        print()
        print("bare XADD, redis-py:       ", percentiles(lambda: client.xadd("token-events", fields), 3000))
        print(
            "publish, no spool:         ",
            percentiles(lambda: notifier.publish(raw, redis_url=redis.url, spool=""), 3000),
        )
        publish = lambda: notifier.publish(raw, redis_url=redis.url, spool=spool)  # noqa: E731
        print("publish, spool, Redis there:", percentiles(publish, 3000))
        client.close()
        redis.stop()
        print("publish, spool, Redis away: ", percentiles(publish, 300))


@pytest.mark.timeout(600)
def test_flush_of_a_hundred_thousand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Files as a long outage leaves them; the first portion is what the first login afterwards pays at most."""
    count = 100_000
    raw = json.dumps(yaml_text.event("b")).encode()
    spool = Spool(tmp_path / "spool", writer="ab12", clock=time.time_ns)
    spool.add("token-events", [])
    for number in range(count):  # without fsync: that is measured above
        (spool.directory / f"{number:020d}-ab12.token-events.json").write_bytes(raw)
    with EmbeddedRedis(tmp_path / "redis") as redis, capsys.disabled():
        client = connect(redis.url)
        flusher = Flusher(
            spool, lambda name, raws: Stream(client, name, "").append(raws, all_or_none=True), stream="token-events"
        )
        began = time.perf_counter()
        flusher.flush(200)
        print(f"\nfirst portion of 200 from {count}: {time.perf_counter() - began:.2f} s")
        began = time.perf_counter()
        flusher.flush(200)
        print(f"second portion of 200: {time.perf_counter() - began:.3f} s")
        began = time.perf_counter()
        done = flusher.flush()
        took = time.perf_counter() - began
        print(f"flush of the rest: {done.sent / took:.0f} events a second")
        client.close()
