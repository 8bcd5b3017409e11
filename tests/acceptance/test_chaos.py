"""The experiment's short form; `make chaos` is the long one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BROKEN = ("lost", "unrecorded", "wrong", "leaks")


@pytest.mark.timeout(400)
def test_nothing_is_lost_and_nothing_sent_twice_in_silence(repository: Path, tmp_path: Path) -> None:
    """200 deliveries through ten kills, a restart of Redis and an emptied queue: all final, all accounted for."""
    sizes = "--deliveries 200 --kills 10 --restarts 1 --freezes 0 --purges 1 --seconds 10".split()
    tests = repository / "tests"
    experiment = subprocess.run(
        [sys.executable, "-m", "chaos", *sizes, "--json", "--keep", str(tmp_path / "chaos")],
        env={**os.environ, "PYTHONPATH": f"{tests}:{tests / 'support'}"},
        capture_output=True,
        text=True,
        timeout=380,
        check=False,
    )

    assert experiment.stdout, experiment.stderr
    report = json.loads(experiment.stdout)
    findings = report["findings"]
    assert {kind: findings[kind] for kind in BROKEN} == {kind: [] for kind in BROKEN}, experiment.stdout
    assert experiment.returncode == 0
    assert report["kills"] >= 10
    assert findings["deliveries"] >= 200 - report["open"] * 2
    assert findings["duplicates"] > 0, "the peers hung up on nobody: the experiment proves nothing"
