"""Ends a script whose worker is gone: a worker that is killed can't, and nobody else knows of it.

A shell of a few lines waits at a pipe that only this process can write to. It is told which process group runs, and
that it doesn't any more; at the end of the pipe, which comes with the end of this process however that came about, it
ends the last group that it was told of. ``prctl(PR_SET_PDEATHSIG)`` would reach the script alone and not what it
started, goes by the thread, and exists on Linux only.
"""

from __future__ import annotations

import subprocess
from contextlib import suppress

#: Seconds between "please" and "now".
GRACE = 5
#: Standard input names groups; an empty line: none runs.
_WATCH = f"""\
trap '' TERM INT HUP
group=
while read -r line; do group=$line; done
[ -n "$group" ] || exit 0
kill -s TERM -- "-$group" 2>/dev/null || exit 0
sleep {GRACE}
kill -s KILL -- "-$group" 2>/dev/null
"""


class Lifeline:
    """Started when it is first needed; one group at a time."""

    def __init__(self) -> None:
        self._watcher: subprocess.Popen[bytes] | None = None

    def ready(self) -> None:
        """Have it watch, before there is anything to watch over.

        Raises:
            OSError: it can't be started.
        """
        if self._watcher is None or self._watcher.poll() is not None:
            self.close()
            self._watcher = subprocess.Popen(
                ["/bin/sh", "-c", _WATCH],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"PATH": "/usr/bin:/bin"},
                cwd="/",
                start_new_session=True,  # Ctrl-C is for us
            )

    def hold(self, group: int) -> None:
        """This process group runs."""
        self._tell(f"{group}\n")

    def release(self) -> None:
        """None does."""
        self._tell("\n")

    def close(self) -> None:
        """Let go of the watcher."""
        watcher, self._watcher = self._watcher, None
        if watcher is not None and watcher.stdin is not None:
            with suppress(OSError):
                watcher.stdin.close()
            watcher.wait()

    def _tell(self, line: str) -> None:
        if self._watcher is not None and self._watcher.stdin is not None:
            with suppress(OSError):  # somebody killed it: the script goes on without
                self._watcher.stdin.write(line.encode())
                self._watcher.stdin.flush()
