"""Producers are killed while Redis goes away and comes back: what publish accepted arrives, in order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from notifier.cli import cli
from notifier.embedded import EmbeddedRedis
from notifier.record.redis_client import connect

#: Publishes without end; writes a number down once its call has returned.
PRODUCER = """
import os, sys, notifier
from notifier.spool import outage
outage.FIRST_PAUSE = outage.LONGEST_PAUSE = 0.02
name, log = sys.argv[1], os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
event = {"specversion": "1.0", "source": "/pi", "type": "x", "data": {}}
for number in range(1_000_000):
    receipt = notifier.publish({**event, "id": f"{name}-{number}"}, timeout=20)
    os.write(log, f"{number} {'spooled' if receipt.spooled else 'published'}\\n".encode())
"""


class Producers:
    """Processes that publish, and what each of them was told."""

    def __init__(self, place: Path, environ: dict[str, str]) -> None:
        self.place = place
        self.environ = environ
        self.names: list[str] = []
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> str:
        """One more."""
        name = f"p{len(self.names)}"
        self.names.append(name)
        command = [sys.executable, "-c", PRODUCER, name, str(self.place / name)]
        self.running[name] = subprocess.Popen(command, env=self.environ)
        return name

    def kill(self, name: str) -> None:
        """Kill -9."""
        process = self.running.pop(name)
        assert process.poll() is None, "it must not end by itself"
        process.kill()
        process.wait()

    def told(self, name: str) -> list[str]:
        """Whole lines only: the last may have been cut off with its process."""
        log = self.place / name
        return log.read_text().split("\n")[:-1] if log.exists() else []

    def wait_for(self, name: str, word: str, more: int) -> None:
        """Until a producer was told so, so many times more."""
        before = sum(word in line for line in self.told(name))
        until, pause = time.monotonic() + 90, threading.Event()
        while sum(word in line for line in self.told(name)) < before + more:
            assert time.monotonic() < until, f"{name}: never {word}"
            pause.wait(0.01)


@contextmanager
def producers(place: Path, url: str) -> Iterator[Producers]:
    """All of them are dead afterwards."""
    environ = {**os.environ, "NOTIFIER_REDIS_URL": url, "NOTIFIER_SPOOL": str(place / "spool")}
    found = Producers(place, environ)
    try:
        yield found
    finally:
        for name in list(found.running):
            found.kill(name)


def stream(url: str) -> list[str]:
    """The ids in the stream, as they came."""
    client: Any = connect(url)
    try:
        return [json.loads(fields[b"event"])["id"] for _, fields in client.xrange("token-events")]
    finally:
        client.close()


def rounds(found: Producers, redis: EmbeddedRedis, end: Callable[[], None]) -> None:
    """Redis goes and comes; before, meanwhile and right after it, a producer is killed and another one started."""
    steady = found.start()
    for _ in range(3):
        for wanted, change in (("published", end), ("spooled", redis.start), ("published", lambda: None)):
            victim = found.start()
            found.wait_for(victim, wanted, 5)
            found.wait_for(steady, wanted, 5)
            change()
            found.kill(victim)


def test_killed_producers_and_a_killed_redis_lose_nothing_accepted(tmp_path: Path) -> None:
    """Kill -9 of producers and of a Redis that writes before it answers; one flush, and all is there, in order."""
    with EmbeddedRedis(tmp_path / "redis", appendfsync="always") as redis:
        with producers(tmp_path, redis.url) as found:
            rounds(found, redis, redis.kill)
        told = {name: [int(line.split()[0]) for line in found.told(name)] for name in found.names}

        result = CliRunner(env=found.environ).invoke(cli, ["--config", "nowhere", "spool", "flush", "--json"])

        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout)["refused"] == []
        first_time = list(dict.fromkeys(stream(redis.url)))
    for name, numbers in told.items():
        arrived = [int(ident.partition("-")[2]) for ident in first_time if ident.startswith(f"{name}-")]
        assert arrived == list(range(len(arrived))), name
        assert numbers == list(range(len(numbers)))
        assert len(arrived) >= len(numbers)
        assert numbers
    assert not list((tmp_path / "spool").glob("*.json"))
