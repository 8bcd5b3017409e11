"""What a worker's memory grows by while it works."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.extent import Extent, room
from benchmarks.figures import Figure, at_most
from benchmarks.site import WORKERS, site

FEW, MANY, BATCH = 1000, 100_000, 10_000


def endurance(extent: Extent) -> Iterator[Figure]:
    """Once: many mails, one batch after the other."""
    many = extent.of(MANY, 2 * FEW)
    with room() as root, site(root / "ours") as ours:
        ours.start()
        sent = FEW
        ours.drain("few", FEW - 100 * WORKERS)
        small = ours.resident
        while sent < many:
            batch = min(BATCH, many - sent)
            ours.drain(f"m{sent}", batch)
            sent += batch
        ours.settle()
        large = ours.resident
    what = f"memory of two workers and their children after {many:,} mails"
    yield Figure("worker-memory", f"{what} over after {FEW:,}", [large / small], target=at_most(1.1))
    yield Figure("worker-bytes", what, [large / 1e6], "MB")
