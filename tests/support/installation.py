"""A whole installation: a real Redis, sinks for providers, workers as processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml_text

from notifier.embedded import EmbeddedRedis
from notifier.testing import SmsSink, SmtpSink
from notifier.wiring import Wiring


@dataclass(slots=True)
class Installation:
    """One installation and what a test does with it."""

    root: Path
    redis: EmbeddedRedis
    mail: SmtpSink
    sms: SmsSink
    #: Another Redis than the embedded one.
    redis_url: str = ""
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def config(self) -> Path:
        return self.root / "config"

    @property
    def environ(self) -> dict[str, str]:
        return {
            **os.environ,
            "NOTIFIER_REDIS_URL": self.redis_url or self.redis.url,
            "NOTIFIER_CONFIG": str(self.config),
        }

    @property
    def wiring(self) -> Wiring:
        return Wiring(self.config, self.environ)

    def write(self, name: str, text: str) -> None:
        """Write one file of the configuration."""
        file = self.config / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def start_worker(self, *arguments: str, program: str = "") -> subprocess.Popen[bytes]:
        """Start a worker; in a ``program`` that does something to it first, and calls `notifier.cli.main`."""
        start = ["-c", program] if program else ["-m", "notifier"]
        command = [sys.executable, *start, "worker", "-n", f"w{len(self.workers)}@%h", *arguments]
        with (self.root / f"worker{len(self.workers)}.log").open("wb") as log:
            worker = subprocess.Popen(command, env=self.environ, stdout=log, stderr=log, start_new_session=True)
        self.workers.append(worker)
        return worker

    def kill_worker(self, worker: subprocess.Popen[bytes]) -> None:
        """End a worker and its children as a power cut would."""
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    def notifier(self, *arguments: str, stdin: str | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a command."""
        return self._run(["-m", "notifier", *arguments], stdin, environ)

    def send_task(self, name: str, argument: Any) -> subprocess.CompletedProcess[str]:
        """Send a Celery task as a producer's program would."""
        code = (
            "import json, sys\nfrom notifier.worker import app\napp.send_task(sys.argv[1], args=[json.load(sys.stdin)])"
        )
        return self._run(["-c", code, name], json.dumps(argument), {})

    def cancel_consumers(self, *queues: str) -> None:
        """Have the one worker take no more bells, by Celery's remote control."""
        code = (
            "import sys\nfrom notifier.worker import app\n"
            "for queue in sys.argv[1:]:\n"
            "    assert app.control.broadcast('cancel_consumer', {'queue': queue}, reply=True, timeout=20, limit=1)"
        )
        answer = self._run(["-c", code, *queues], None, {})
        assert answer.returncode == 0, answer.stderr

    def _run(
        self, arguments: list[str], stdin: str | None, environ: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            env={**self.environ, **environ},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def publish(self, *idents: str, **facts: Any) -> None:
        """Append token_init events as any producer would."""
        events = [yaml_text.event(ident, **facts) for ident in idents]
        self.wiring.stream.append(json.dumps(event).encode() for event in events)

    def show(self, ident: str) -> dict[str, Any]:
        """`notifier show --json`."""
        answer = self.notifier("show", ident, "--json")
        assert answer.returncode == 0, answer.stderr
        document: dict[str, Any] = json.loads(answer.stdout)
        return document

    def wait(self, condition: Callable[[], bool], timeout: float = 60.0) -> None:
        """Wait for a condition; fail with the workers' last words."""
        until = time.monotonic() + timeout
        pause = 0.02
        while not condition():
            if time.monotonic() > until:
                logs = "\n".join(log.read_text()[-2000:] for log in self.root.glob("worker*.log"))
                pytest.fail(f"not within {timeout} s; status: {self.notifier('status', '--json').stdout}\n{logs}")
            self.tick(pause)

    def tick(self, seconds: float) -> None:
        """Let the workers work; returns early when the newest one ends."""
        with suppress(subprocess.TimeoutExpired, IndexError):
            self.workers[-1].wait(seconds)

    def stop(self) -> None:
        """End every worker."""
        for worker in self.workers:
            if worker.poll() is None:
                self.kill_worker(worker)


@contextmanager
def installed(
    root: Path, *, appendfsync: str = "everysec", delay: float = 0.0, redis_url: str = ""
) -> Iterator[Installation]:
    """An installation whose example definitions mail and text the token owner."""
    redis = EmbeddedRedis(root / "redis", appendfsync=appendfsync)
    with SmtpSink(delay=delay) as mail, SmsSink() as sms, redis:
        found = Installation(root, redis, mail, sms, redis_url)
        found.write("notifier.yaml", yaml_text.NOTIFIER)
        found.write("smtp_servers.yaml", yaml_text.smtp(mail.port))
        found.write("sms_gateways.yaml", yaml_text.sms(sms.url))
        found.write("handlers/all.yaml", yaml_text.HANDLERS)
        try:
            yield found
        finally:
            found.stop()
