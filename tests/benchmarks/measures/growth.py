"""How cost grows: with an event's recipients, with what waits in the stream, with the workers."""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchmarks.extent import Extent, room
from benchmarks.figures import Curve
from benchmarks.measures.memory import REALM, realm
from benchmarks.site import event, site
from notifier.wiring import now as clock


def recipients(extent: Extent) -> Iterator[Curve]:
    """What a delivery costs to plan, by how many an event has: decided, written, recorded."""
    points = []
    for size in (1, 10, 100, 1000, extent.of(10_000)):
        with room() as root, site(root / "o", **{"directory.yaml": realm(size), "handlers/realm.yaml": REALM}) as ours:
            ours.publish(["first"], "realm_told")
            ours.take_in()
            took = []
            for round_ in extent.rounds:
                events = max(1000 // size, 1)
                ours.publish([f"r{round_}-{number}" for number in range(events)], "realm_told")
                began = time.perf_counter()
                ours.take_in()
                took.append((time.perf_counter() - began) / (events * size) * 1e6)
        points.append((size, took))
    yield Curve("recipients", "planning a delivery, by recipients of an event", "recipients", "µs", points)


def backlog(extent: Extent) -> Iterator[Curve]:
    """What an event costs to take in, by how many wait in the stream; a hundred a batch."""
    points, publish = [], []
    with room() as root, site(root / "ours") as ours:
        number = waiting = 0
        for size in (1000, 10_000, extent.of(100_000), extent.of(500_000)):
            while waiting < size:
                ours.wiring.stream.append([event(f"b{one}") for one in range(number, number + 1000)])
                number, waiting = number + 1000, waiting + 1000
            took, took_publishing = [], []
            ours.wiring.intake.take_in(100, clock)
            for _ in extent.rounds:
                began = time.perf_counter()
                for _ in range(10):
                    waiting -= ours.wiring.intake.take_in(100, clock).entries
                took.append((time.perf_counter() - began) / 1000 * 1e6)
                raws = [event(f"p{number}-{one}") for one in range(1000)]
                began = time.perf_counter()
                for start in range(0, 1000, 100):
                    ours.wiring.stream.append(raws[start : start + 100])
                took_publishing.append((time.perf_counter() - began) / 1000 * 1e6)
            points.append((size, took))
            publish.append((size, took_publishing))
    yield Curve("backlog", "taking in an event, by events that wait", "waiting events", "µs", points)
    yield Curve("backlog-publish", "publishing in batches, by events that wait", "waiting events", "µs", publish)


def workers(extent: Extent) -> Iterator[Curve]:
    """Mails a second by worker processes; this machine's cores are what they share."""
    count, points = extent.of(4000), []
    for size in (1, 2, 3, 4):
        with room() as root, site(root / "ours") as ours:
            ours.start(size)
            took = []
            for round_ in extent.rounds:
                took.append(count / ours.drain(f"w{round_}", count))
                ours.settle()
        points.append((size, took))
    yield Curve("workers", f"{count:,} mails drained, by workers", "workers", "mails/s", points)
