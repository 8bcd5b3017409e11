"""Does every worker still take work? `python -m chaos.roll_call NAME...` rings until each has, and prints who did.

A worker whose consumer hangs looks alive: its process is there and answers a ping. Work it took is the only proof.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping

from notifier.worker import app

PATIENCE = 60.0
TASK = "notifier.sweep"


def roll_call(names: list[str]) -> list[str]:
    """The names of those that have worked since we asked."""
    until = time.monotonic() + PATIENCE
    before: dict[str, int] = {}
    present: set[str] = set()
    while len(present) < len(names) and time.monotonic() < until:
        for name, count in _worked().items():
            if count > before.setdefault(name, count):
                present.add(name)
        for _ in range(4 * len(names)):
            app.send_task(TASK, queue="events", ignore_result=True)
    return sorted(present)


def _worked() -> Mapping[str, int]:
    answers = app.control.inspect(timeout=1).stats() or {}
    return {name.partition("@")[0]: stats["total"].get(TASK, 0) for name, stats in answers.items()}


if __name__ == "__main__":
    print(json.dumps(roll_call(sys.argv[1:])))
