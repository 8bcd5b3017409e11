"""How a worker ends, as its supervisor sees it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import yaml_text

from notifier.embedded import EmbeddedRedis

#: A worker whose start fails late, as Celery's does when one of its processes is killed meanwhile.
FALLS = """
from celery import bootsteps

from notifier.cli import main
from notifier.worker import app


class Falls(bootsteps.StartStopStep):
    requires = ("celery.worker.components:Pool",)

    def start(self, parent):
        raise RuntimeError("as told")


app.steps["worker"].add(Falls)
main()
"""


def test_a_worker_that_falls_says_so(redis_server: EmbeddedRedis, tmp_path: Path) -> None:
    """A supervisor that restarts on failure must see one: the exit code isn't 0."""
    (tmp_path / "notifier.yaml").write_text(yaml_text.NOTIFIER)

    fallen = subprocess.run(
        [sys.executable, "-c", FALLS, "worker"],
        env={**os.environ, "NOTIFIER_REDIS_URL": redis_server.url, "NOTIFIER_CONFIG": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "as told" in fallen.stderr
    assert fallen.returncode == 1
