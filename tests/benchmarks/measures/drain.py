"""A filled stream is drained, beside a bare Celery queue and a bare SMTP connection in the same round."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import raw
from benchmarks.celery_queue import BareQueue, workers
from benchmarks.extent import Extent, room
from benchmarks.figures import Figure, at_least, at_most, each
from benchmarks.processes import cpu_seconds
from benchmarks.site import WORKERS, Site, event, site
from notifier.embedded import EmbeddedRedis
from notifier.record.redis_client import connect

EVENTS = 5000


@dataclass(slots=True)
class Rounds:
    """What each round gave."""

    ours: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    redis: list[float] = field(default_factory=list)
    sink: list[float] = field(default_factory=list)
    sink_share: list[float] = field(default_factory=list)
    celery: list[float] = field(default_factory=list)
    celery_cpu: list[float] = field(default_factory=list)
    smtplib: list[float] = field(default_factory=list)
    smtplib_cpu: list[float] = field(default_factory=list)
    pipeline: list[float] = field(default_factory=list)
    reading: list[float] = field(default_factory=list)


def drain(extent: Extent) -> Iterator[Figure]:
    """The rounds, and what they say."""
    count, rounds = extent.of(EVENTS), Rounds()
    with room() as root, site(root / "ours") as ours:
        ours.start()
        ours.drain("first", max(count // 5, 1))
        for number in extent.rounds:
            _ours(ours, f"r{number}", count, rounds)
            _celery(root / f"celery{number}", count, rounds)
            _raw(ours, count, rounds)
    yield from _figures(rounds, count)


def _ours(ours: Site, name: str, count: int, rounds: Rounds) -> None:
    cpu, redis, sink = ours.cpu, ours.redis_cpu, ours.sink.cpu
    took = ours.drain(name, count)
    ours.settle()
    rounds.ours.append(count / took)
    rounds.cpu.append((ours.cpu - cpu) / count * 1e3)
    rounds.redis.append((ours.redis_cpu - redis) / count * 1e3)
    rounds.sink.append((ours.sink.cpu - sink) / count * 1e3)
    rounds.sink_share.append((ours.sink.cpu - sink) / took * 100)


def _celery(root: Path, count: int, rounds: Rounds) -> None:
    root.mkdir()
    with EmbeddedRedis(root / "redis") as server:
        redis: Any = connect(server.url)
        queue = BareQueue(redis, server.url)
        with workers(server.url, root, WORKERS) as started:
            queue.fill(queue.messages(200))
            _emptied(queue)
            messages = queue.messages(count)
            cpu, began = sum(cpu_seconds(w.pid) for w in started), time.monotonic()
            queue.fill(messages)
            rounds.celery.append(count / (_emptied(queue) - began))
            rounds.celery_cpu.append((sum(cpu_seconds(w.pid) for w in started) - cpu) / count * 1e3)
        redis.close()


def _emptied(queue: BareQueue) -> float:
    """When it was: a message that is in a socket is in neither list, so it is looked at three times."""
    pause, times, first = threading.Event(), 0, 0.0
    while times < 3:
        seen = time.monotonic()
        times = times + 1 if queue.is_empty() else 0
        if times == 1:
            first = seen
        pause.wait(0.02)
    return first


def _raw(ours: Site, count: int, rounds: Rounds) -> None:
    wall, cpu = raw.smtplib_mails(ours.sink, count)
    rounds.smtplib.append(1 / wall)
    rounds.smtplib_cpu.append(cpu * 1e3)
    rounds.pipeline.append(1 / raw.pipelined_xadd(ours.wiring.redis, event("raw"), count))
    rounds.reading.append(1 / raw.read_in_hundreds(ours.wiring.redis, count))


def _figures(rounds: Rounds, count: int) -> Iterator[Figure]:
    mails = f"{count:,} published events, each one mail, drained by two workers"
    yield Figure(
        "drain-over-celery",
        f"{mails}: mails/s over a bare Celery no-op of two tasks a mail",
        each(rounds.ours, rounds.celery),
        target=at_least(3),
    )
    yield Figure(
        "drain-cpu-over-smtplib",
        "CPU of our processes a mail over raw smtplib's on a kept connection",
        each(rounds.cpu, rounds.smtplib_cpu),
        target=at_most(2.4),
    )
    yield Figure("drain-over-smtplib", f"{mails}: mails/s over raw smtplib's", each(rounds.ours, rounds.smtplib))
    yield Figure("drain-cpu", "CPU of our processes a mail", rounds.cpu, "ms", target=at_most(0.9))
    yield Figure("drain-rate", mails, rounds.ours, "mails/s")
    yield Figure("celery-rate", "bare Celery, two no-op tasks a mail, two workers", rounds.celery, "mails/s")
    yield Figure("celery-cpu", "CPU of the bare Celery workers a mail", rounds.celery_cpu, "ms")
    yield Figure("smtplib-rate", "raw smtplib, one kept connection", rounds.smtplib, "mails/s")
    yield Figure("smtplib-cpu", "CPU of raw smtplib a mail", rounds.smtplib_cpu, "ms")
    yield Figure("redis-cpu", "CPU of Redis a mail of ours", rounds.redis, "ms")
    yield Figure("sink-cpu", "CPU of the sink a mail of ours", rounds.sink, "ms")
    yield Figure("sink-share", "of one core, the sink while ours drain", rounds.sink_share, "%")
    yield Figure("xadd-pipeline", "raw Redis pipeline, 100 XADD a round trip", rounds.pipeline, "entries/s")
    yield Figure("xreadgroup", "raw XREADGROUP COUNT 100, XACK and XDEL", rounds.reading, "entries/s")
