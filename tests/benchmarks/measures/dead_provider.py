"""What a provider that never answers costs the others, with many waiting for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml_text
from black_hole import KIND, BlackHole, black_hole

from benchmarks.extent import Extent, room
from benchmarks.figures import Figure, at_least, each
from benchmarks.site import Site, site

WAITING, MAILS = 10_000, 12_000


def dead_provider(extent: Extent) -> Iterator[Figure]:
    """The same mails through a healthy server: while others wait for a black hole, and where nobody waits."""
    alone, beside = [], []
    waiting, mails = extent.of(WAITING), extent.of(MAILS)
    with room() as root, black_hole() as hole:
        for number in extent.rounds:
            alone.append(_rate(root / f"a{number}", hole, waiting, mails))
            beside.append(_rate(root / f"b{number}", hole, waiting, mails, **{"handlers/hole.yaml": hole.handlers}))
    yield Figure(
        "dead-provider",
        f"a dead provider with {waiting:,} waiting: throughput of the healthy one over alone",
        each(beside, alone),
        target=at_least(0.95),
    )
    yield Figure("dead-provider-rate", f"mails/s beside {waiting:,} that wait for a dead provider", beside, "mails/s")


def _rate(root: Path, hole: BlackHole, waiting: int, mails: int, **files: str) -> float:
    """Mails a second behind so many events of the black hole's kind; without its definition nobody waits for it."""
    with site(root, **files) as ours:
        _connect(ours, hole)
        ours.start()
        ours.drain("first", mails)
        ours.settle()
        ours.publish([f"lost{i}" for i in range(waiting)], KIND)
        ours.found.wait(lambda: not any(ours.wiring.stream.backlog()))
        return mails / ours.drain("measured", mails)


def _connect(ours: Site, hole: BlackHole) -> None:
    ours.found.write("smtp_servers.yaml", yaml_text.smtp(ours.sink.port) + hole.config)
    ours.wiring = ours.found.wiring
