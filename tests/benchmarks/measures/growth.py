"""How cost grows: with an event's recipients, with what waits in the stream, with the workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.extent import Extent, room
from benchmarks.figures import COST, Curve
from benchmarks.measures.memory import REALM, realm
from benchmarks.site import Site, event, site
from notifier.wiring import now as clock

EVENTS, BATCH = 1000, 100


def recipients(extent: Extent) -> Iterator[Curve]:
    """What a delivery costs to plan, by how many an event has: decided, written, recorded."""
    points = []
    for size in (1, 10, 100, 1000, extent.of(10_000)):
        with room() as root, site(root / "o", **{"directory.yaml": realm(size), "handlers/realm.yaml": REALM}) as ours:
            ours.publish(["first"], "realm_told")
            ours.take_in()
            took, events = [], max(1000 // size, 1)
            for round_ in extent.rounds:
                ours.publish([f"r{round_}-{number}" for number in range(events)], "realm_told")
                took.append(spent(ours, ours.take_in, events * size))
        points.append((size, took))
    yield Curve("recipients", "planning a delivery, by recipients of an event", "recipients", COST, points)


def backlog(extent: Extent) -> Iterator[Curve]:
    """What an event costs to take in, and to publish, by how many wait in the stream; a hundred a batch."""
    taking, publishing = [], []
    with room() as root, site(root / "ours") as ours:
        waiting = 0
        for size in extent.sizes(1000, 10_000, 100_000, large=500_000):
            while waiting < size:
                ours.wiring.stream.append([event(f"b{waiting + one}") for one in range(1000)])
                waiting += 1000
            ours.wiring.intake.take_in(BATCH, clock)
            in_, out = [], []
            for round_ in extent.rounds:
                raws = [event(f"p{size}-{round_}-{one}") for one in range(EVENTS)]
                out.append(spent(ours, lambda raws=raws: _publish(ours, raws), EVENTS))
                in_.append(spent(ours, lambda: _take_in(ours), EVENTS))
            waiting -= BATCH
            taking.append((size, in_))
            publishing.append((size, out))
    yield Curve("backlog", "taking in an event, by events that wait", "waiting events", COST, taking)
    yield Curve(
        "backlog-publish", "publishing an event in batches, by events that wait", "waiting events", COST, publishing
    )


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


def spent(ours: Site, work: Callable[[], Any], times: int) -> float:
    """µs of CPU of this process and of Redis, for each of so many."""
    before = ours.spent
    work()
    return (ours.spent - before) / times * 1e6


def _publish(ours: Site, raws: list[bytes]) -> None:
    for start in range(0, len(raws), BATCH):
        ours.wiring.stream.append(raws[start : start + BATCH])


def _take_in(ours: Site) -> None:
    for _ in range(EVENTS // BATCH):
        ours.wiring.intake.take_in(BATCH, clock)
