"""The Procfile, started by honcho: an event becomes a mail, and everything ends on Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from installation import Installation

ROOT = Path(__file__).parents[2]


def test_the_procfile_starts_a_whole_installation(installation: Installation) -> None:
    """Workers per queue and Flower come up; SIGINT ends them all."""
    (installation.config / "flowerconfig.py").write_text((ROOT / "config" / "flowerconfig.py").read_text())
    environ = {
        **installation.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "NOTIFIER_FLOWER_AUTH": "ops:pa55",
        "NOTIFIER_FLOWER_PORT": "0",
    }
    command = [sys.executable, "-m", "honcho", "-f", str(ROOT / "Procfile"), "-d", str(installation.root), "start"]
    with (installation.root / "worker-honcho.log").open("wb") as log:
        honcho = subprocess.Popen(command, env=environ, stdout=log, stderr=log, start_new_session=True)
    installation.workers.append(honcho)

    installation.publish("e1")

    assert installation.mail.wait_for(1, 40)
    os.killpg(honcho.pid, signal.SIGINT)
    honcho.wait(40)
    output = (installation.root / "worker-honcho.log").read_text()
    for name in ("events", "mail", "sms", "flower"):
        assert f"{name}.1" in output
