"""What `up` starts doesn't outlive it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from waiting import until

PARENT = """
import signal, sys
from pathlib import Path
from notifier.cli.processes import Household
house = Household(Path(sys.argv[1]), sys.argv[2])
for child in (house.add_worker("events", "events", 1), house.add_flower(0, NOTIFIER_FLOWER_AUTH="admin:secret")):
    print(child.process.pid, flush=True)
signal.pause()
"""


def lives(process: int) -> bool:
    """It runs: one that has ended, and that nobody waited for, has no command line."""
    try:
        return bool(Path(f"/proc/{process}/cmdline").read_bytes())
    except OSError:
        return False


def test_workers_and_flower_end_with_a_parent_that_was_killed(desk: Any) -> None:
    """They would work on for good, and join the next Redis under the next ones' names."""
    url = desk.environ["NOTIFIER_REDIS_URL"]
    with subprocess.Popen([sys.executable, "-c", PARENT, str(desk.config), url], stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        children = [int(parent.stdout.readline()) for _ in range(2)]
        try:
            until(desk.wiring.workers.reports)
            assert all(map(lives, children))

            parent.kill()
            parent.wait()

            until(lambda: not any(map(lives, children)))
            assert not desk.wiring.workers.reports()  # told to stop, not killed
        finally:
            for child in filter(lives, children):
                os.killpg(child, signal.SIGKILL)
