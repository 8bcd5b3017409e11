"""A child of `up` that doesn't outlive it: its command, and a look at who its parent is.

Nobody else would end it where `up` is killed: it would work on, and in the next Redis under the next one's names.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Sequence

LOOK_SECONDS = 0.5
#: So long it may finish what it is at.
PATIENCE_SECONDS = 60.0


def leashed(program: str, arguments: Sequence[str]) -> list[str]:
    """The command line of a child of this process; ``program``: ``notifier`` or ``celery``."""
    return [sys.executable, "-m", "notifier.cli.leash", str(os.getpid()), program, *arguments]


def _hold(parent: int) -> None:
    """End this process as if it were told to when its parent is gone, and its whole session if that doesn't help."""
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)  # no lock that a forked child could inherit
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE_SECONDS)
    os.killpg(os.getpid(), signal.SIGKILL)


def main() -> None:
    """``PARENT notifier|celery ARGUMENT...``."""
    parent, program, *arguments = sys.argv[1:]
    threading.Thread(target=_hold, args=(int(parent),), name="leash", daemon=True).start()
    sys.argv = [program, *arguments]
    if program == "notifier":
        from notifier.cli import main as notifier  # noqa: PLC0415 - one of the two

        notifier()
    else:
        from celery.__main__ import main as celery  # noqa: PLC0415

        celery()


if __name__ == "__main__":
    main()
