"""Workers that are killed, and started again at once, as their supervisor would."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TICK = 0.02
#: One that falls by itself is started again after this long (seconds): no hot loop while Redis is away.
BREATH = 0.5
#: How long a warm stop may take.
STOP = 60.0


@dataclass(slots=True)
class Post:
    """One worker's place."""

    name: str
    process: subprocess.Popen[bytes]
    started: float


class Workers:
    """Keeps a number of workers running."""

    def __init__(self, count: int, root: Path, environ: Mapping[str, str]) -> None:
        self._root, self._environ = root, environ
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        #: Exit codes of those that fell without being killed.
        self.fallen: Counter[int] = Counter()
        self._groups: list[int] = []
        self._posts = [self._start(f"w{number}") for number in range(count)]
        self._thread = threading.Thread(target=self._keep, name="supervisor", daemon=True)
        self._thread.start()

    @property
    def names(self) -> list[str]:
        """The workers' names."""
        return [post.name for post in self._posts]

    def kill(self, roll: float, *, youngest: bool = False, alone: bool = False) -> bool:
        """Kill -9 of one worker with all its processes, or of its main process alone; False where none is running."""
        with self._lock:
            running = [post for post in self._posts if post.process.poll() is None]
            if not running:
                return False
            youngest_first = sorted(running, key=lambda post: -post.started)
            post = youngest_first[0] if youngest else running[int(roll * len(running))]
            if alone:
                post.process.kill()
            else:
                _kill_group(post.process.pid)
            post.process.wait()
            self._revive(post)
            return True

    def kill_all(self) -> int:
        """Kill -9 of every worker with all its processes; how many."""
        with self._lock:
            running = [post for post in self._posts if post.process.poll() is None]
            for post in running:
                _kill_group(post.process.pid)
            for post in running:
                post.process.wait()
                self._revive(post)
            return len(running)

    def kill_child(self, roll: float) -> bool:
        """Kill -9 of one process of a pool; False where there is none."""
        with self._lock:
            children = [child for post in self._posts for child in _children(post.process)]
            if not children:
                return False
            with suppress(ProcessLookupError):
                os.kill(children[int(roll * len(children))], signal.SIGKILL)
            return True

    @property
    def starts(self) -> int:
        """How often a worker was started."""
        return len(self._groups)

    def orphans(self) -> list[int]:
        """Processes of workers that are gone."""
        ours = {post.process.pid for post in self._posts if post.process.poll() is None}
        gone = set(self._groups) - ours
        return [process for process, group in _groups() if group in gone]

    def stop(self) -> dict[str, int]:
        """Ask them to finish what they are at: the exit codes; one that had to be killed has -9."""
        self._stopped.set()
        self._thread.join()
        for post in self._posts:
            post.process.terminate()
        until = time.monotonic() + STOP
        codes = {}
        for post in self._posts:
            with suppress(subprocess.TimeoutExpired):
                post.process.wait(max(until - time.monotonic(), 0.1))
            codes[post.name] = self._end(post)
        return codes

    def close(self) -> None:
        """End them at once, and what is left of their predecessors."""
        self._stopped.set()
        self._thread.join()
        for post in self._posts:
            self._end(post)
        for orphan in self.orphans():
            with suppress(ProcessLookupError):
                os.kill(orphan, signal.SIGKILL)

    def _end(self, post: Post) -> int:
        _kill_group(post.process.pid)
        return post.process.wait()

    def _keep(self) -> None:
        while not self._stopped.wait(TICK):
            with self._lock:
                for post in self._posts:
                    code = post.process.poll()
                    if code is None:
                        continue
                    if time.monotonic() - post.started > BREATH:
                        self.fallen[code] += 1
                        self._revive(post)

    def _revive(self, post: Post) -> None:
        fresh = self._start(post.name)
        post.process, post.started = fresh.process, fresh.started

    def _start(self, name: str) -> Post:
        command = [sys.executable, "-m", "notifier", "worker", "-n", f"{name}@chaos", "-c", "2"]
        with (self._root / f"worker-{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command, env=dict(self._environ), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self._groups.append(process.pid)
        return Post(name, process, time.monotonic())


def _children(process: subprocess.Popen[bytes]) -> list[int]:
    with suppress(OSError):
        return [int(word) for word in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
    return []


def _kill_group(group: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def _groups() -> Iterator[tuple[int, int]]:
    """Every process that is alive, and its group."""
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, group, *_ = entry.read_text().rpartition(") ")[2].split()
            if state != "Z":
                yield int(entry.parent.name), int(group)
