"""The processes `up` and `demo` start: started together, restarted when they fall, stopped in order."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import notifier
from notifier.cli.leash import leashed

#: So long, at least, they may take to finish what they are at.
STOP_SECONDS = 30.0
#: A process that falls again within this time is restarted more and more slowly.
STABLE_SECONDS = 30.0


def shipped_config() -> Path:
    """The example configuration: beside the package when installed, ``config/`` in a checkout."""
    package = Path(notifier.__file__).parent
    installed = package / "example"
    return installed if installed.is_dir() else package.parent / "config"


def flower_config(config: Path) -> Path:
    """The operator's ``flowerconfig.py``, or ours."""
    own = config / "flowerconfig.py"
    return own if own.is_file() else shipped_config() / "flowerconfig.py"


def flower_password(directory: Path) -> str:
    """The password of Flower's user ``admin``: made once, kept in a file only its owner can read."""
    file = directory / "flower-password"
    try:
        return file.read_text().strip()
    except FileNotFoundError:
        password = secrets.token_urlsafe(12)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.write(password + "\n")
        return password


@dataclass(slots=True)
class Child:
    """One process of the household."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    log: Path | None = None
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    falls: int = 0
    #: Not before (monotonic seconds).
    restart_at: float = 0.0

    def start(self) -> None:
        """Start it in a session of its own, so a terminal's Ctrl-C reaches us first."""
        output = self.log.open("ab") if self.log else None
        try:
            self.process = subprocess.Popen(
                self.command,
                env=dict(self.environ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        finally:
            if output:
                output.close()
        self.started = time.monotonic()


@dataclass(slots=True)
class Household:
    """Workers and Flower over one Redis."""

    config: Path
    redis_url: str
    log_directory: Path | None = None
    #: How long an attempt may take (seconds): who is killed in one leaves it unsure.
    lease: float = 0.0
    children: list[Child] = field(default_factory=list)

    def environ(self, **more: str) -> dict[str, str]:
        """What every child sees."""
        return {**os.environ, "NOTIFIER_CONFIG": str(self.config), "NOTIFIER_REDIS_URL": self.redis_url, **more}

    def add(self, name: str, command: Sequence[str], **environ: str) -> Child:
        """One more process; it is started at once."""
        log = self.log_directory / f"{name}.log" if self.log_directory else None
        child = Child(name, command, self.environ(**environ), log)
        child.start()
        self.children.append(child)
        return child

    def add_worker(self, name: str, queues: str, concurrency: int) -> Child:
        """A worker for these queues."""
        work = ["--config", str(self.config), "worker", "-q", "-Q", queues, "-c", str(concurrency), "-n", f"{name}@%h"]
        return self.add(name, leashed("notifier", work))

    def add_flower(self, port: int, **environ: str) -> Child:
        """Flower on 127.0.0.1."""
        conf = f"--conf={flower_config(self.config)}"
        flower = ["-A", "notifier.worker", "flower", conf, f"--port={port}", "--logging=warning"]
        return self.add("flower", leashed("celery", flower), **environ)

    def watch(self) -> list[str]:
        """Restart what has fallen; a line for each."""
        lines = []
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                code, child.process = child.process.returncode, None
                quick = time.monotonic() - child.started < STABLE_SECONDS
                child.falls = child.falls + 1 if quick else 1
                pause = min(2.0 ** (child.falls - 1), 30.0)
                child.restart_at = time.monotonic() + pause
                lines.append(f"{child.name} ended with {code}; starting it again in {pause:.0f} s")
            if child.process is None and time.monotonic() >= child.restart_at:
                child.start()
        return lines

    def stop(self) -> None:
        """Ask all to finish what they are at, wait, and end what doesn't."""
        running = [child.process for child in self.children if child.process and child.process.poll() is None]
        for process in running:
            process.send_signal(signal.SIGTERM)
        until = time.monotonic() + max(STOP_SECONDS, self.lease)
        for process in running:
            try:
                process.wait(max(until - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.children.clear()
