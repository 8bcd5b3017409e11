"""An installation for a measure: real Redis, real workers, and a sink that costs little."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml_text
from installation import Installation, installed

from benchmarks.processes import cpu_seconds, resident
from benchmarks.smtp_sink import LeanSink
from notifier.wiring import Wiring
from notifier.wiring import now as clock

#: As the targets say: two worker processes, each with one child, each for all kinds of work.
WORKERS = 2


@dataclass(slots=True)
class Site:
    """One installation and the sink that its mails end in."""

    found: Installation
    sink: LeanSink
    wiring: Wiring
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, count: int = WORKERS) -> None:
        """Start workers and have them do something once."""
        self.workers += [self.found.start_worker("-c", "1") for _ in range(count)]
        before = self.sink.taken
        warm = 100 * count
        self.publish([f"warm{before}-{number}" for number in range(warm)])
        self.sink.wait_for(before + warm)
        self.settle()

    def publish(self, idents: list[str], kind: str = "token_init") -> None:
        """One event each, in few round trips."""
        raws = [event(ident, kind) for ident in idents]
        for start in range(0, len(raws), 1000):
            self.wiring.stream.append(raws[start : start + 1000])

    def drain(self, name: str, count: int) -> float:
        """Publish so many, each for one mail; seconds until the sink has the last."""
        before, raws = self.sink.taken, [event(f"{name}-{number}") for number in range(count)]
        began = time.monotonic()
        for start in range(0, count, 1000):
            self.wiring.stream.append(raws[start : start + 1000])
        self.sink.wait_for(before + count)
        return self.sink.last - began

    def settle(self) -> None:
        """Until nothing is under way: the last outcomes are recorded, the bells answered."""
        redis: Any = self.wiring.redis
        pause = threading.Event()
        quiet = 0
        while quiet < 5:
            queues = self.wiring.glance().queues
            bells = sum(redis.zcard(key) for key in redis.scan_iter("nt:{0}:bells:mail:relay1"))
            quiet = 0 if bells or any(q.leased or (q.due and q.way.provider == "relay1") for q in queues) else quiet + 1
            pause.wait(0.02)

    def take_in(self) -> None:
        """Plan everything that is in the stream, in this process."""
        while self.wiring.intake.take_in(100, clock).entries:
            pass

    @property
    def cpu(self) -> float:
        """CPU seconds of all processes of ours."""
        return sum(cpu_seconds(worker.pid) for worker in self.workers)

    @property
    def redis_cpu(self) -> float:
        """CPU seconds of Redis."""
        info: Any = self.wiring.redis.info("cpu")
        return float(info["used_cpu_user"] + info["used_cpu_sys"])

    @property
    def spent(self) -> float:
        """CPU seconds of this process and of Redis: what other work on the machine hardly changes."""
        return time.process_time() + self.redis_cpu

    @property
    def resident(self) -> int:
        """Bytes in memory of all processes of ours."""
        return sum(resident(worker.pid) for worker in self.workers)


def event(ident: str, kind: str = "token_init", **owner: Any) -> bytes:
    """An event about somebody of its own."""
    return json.dumps(yaml_text.event(ident, kind, **{"email": f"{ident}@example.com", **owner})).encode()


@contextmanager
def site(root: Path, **files: str) -> Iterator[Site]:
    """An installation without workers yet; ``files``: further definitions by name."""
    root.mkdir(exist_ok=True)
    with LeanSink() as sink, installed(root) as found:
        found.write("smtp_servers.yaml", yaml_text.smtp(sink.port))
        for name, text in files.items():
            found.write(name, text)
        wiring = found.wiring
        try:
            yield Site(found, sink, wiring)
        finally:
            found.stop()
            with suppress(OSError):
                wiring.close()
