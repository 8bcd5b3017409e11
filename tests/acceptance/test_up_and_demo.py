"""`up` and `demo`: everything on one machine, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import yaml_text
from installation import Installation

from notifier.embedded import running_url


def alive(group_of: str) -> list[str]:
    """Command lines of processes that mention a path."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if group_of in words:
            found.append(words)
    return found


def publish(ident: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """`notifier publish` of one event."""
    return subprocess.run(
        [sys.executable, "-m", "notifier", "publish", "-"],
        env=environ, input=json.dumps(yaml_text.event(ident)), text=True, capture_output=True, timeout=60, check=False,
    )  # fmt: skip


def test_up_needs_no_redis_and_ctrl_c_leaves_nothing(installation: Installation) -> None:
    """Without a URL `up` brings its own Redis, again if that is killed; Ctrl-C ends all of it and keeps what waits."""
    data = installation.root / "data"
    environ = {k: v for k, v in installation.environ.items() if k != "NOTIFIER_REDIS_URL"}
    environ["NOTIFIER_DATA"] = str(data)
    command = [sys.executable, "-m", "notifier", "up", "--flower-port", "0"]
    with (installation.root / "worker-up.log").open("wb") as log:
        up = subprocess.Popen(command, env=environ, stdout=log, stderr=log, start_new_session=True)
    installation.workers.append(up)
    installation.wait(lambda: running_url(data) is not None)

    published = publish("e1", environ)
    assert published.returncode == 0, published.stderr
    assert published.stdout.split() == ["e1"]
    installation.mail.wait_for(1)

    os.kill(int((data / "redis.pid").read_text()), signal.SIGKILL)
    installation.wait(lambda: publish("e2", environ).returncode == 0)
    installation.mail.wait_for(2)

    os.kill(up.pid, signal.SIGINT)
    assert up.wait(60) == 0
    output = (installation.root / "worker-up.log").read_text()
    assert "Stopped." in output
    assert "redis-cli -s" in output
    assert "[config]" not in output  # Celery's banner would bury where Redis and Flower are
    assert running_url(data) is None
    assert alive(str(installation.config)) == []
    assert (data / "flower-password").stat().st_mode & 0o777 == 0o600
    assert list(data.glob("appendonlydir/*"))


def test_demo_shows_everything_and_exits_0(tmp_path: Path) -> None:
    """Mails and SMS on the screen, one tried again, a dead letter and its replay; no process is left."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith("NOTIFIER_")}
    answer = subprocess.run(
        [sys.executable, "-m", "notifier", "demo"],
        env={**environ, "TMPDIR": str(tmp_path)}, text=True, capture_output=True, timeout=100, check=False,
    )  # fmt: skip

    assert answer.returncode == 0, answer.stdout + answer.stderr
    for words in ("Mail ", "SMS ", "Tried again", "451 4.7.1", "Dead letter", "550 5.1.1", "Replayed", "Flower"):
        assert words in answer.stdout
    assert alive(str(tmp_path)) == []
    assert list(tmp_path.iterdir()) == []
