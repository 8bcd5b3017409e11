"""How long an operator waits for a command."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks.extent import Extent, room
from benchmarks.figures import Figure, at_most
from benchmarks.site import site

TIMES = 5


def command(extent: Extent) -> Iterator[Figure]:
    """`notifier status`, and Python itself."""
    ours, bare = [], []
    with room() as root, site(root / "ours") as place:
        # As where it was installed: its modules are compiled once, not at each start.
        environ = {**place.found.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(root / "compiled")}
        _took(["-m", "notifier", "status"], environ)
        for _ in range(extent.repeat * TIMES):
            ours.append(_took(["-m", "notifier", "status"], environ))
            bare.append(_took(["-c", "pass"], environ))
    yield Figure("status", "start of a command (`notifier status`)", ours, "s", target=at_most(0.35))
    yield Figure("python", "start of Python alone", bare, "s")


def _took(arguments: list[str], environ: dict[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], env=environ, check=True, capture_output=True)
    return time.perf_counter() - began
