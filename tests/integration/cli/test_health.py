"""`notifier health`: what a supervisor asks."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from notifier.cli import cli
from notifier.record.workers import Report
from notifier.wiring import now
from tests.integration.cli.conftest import Desk

HERE = f"mail@{socket.gethostname()}"


def beat(desk: Desk, name: str) -> None:
    """A worker gives a sign of life."""
    desk.wiring.workers.beat(name, Report("v", now()))


def test_a_worker_of_this_host_that_beats_is_live(desk: Desk) -> None:
    """One of another host doesn't count, unless it is asked for by name."""
    nobody = desk.run("health", "live")
    beat(desk, "mail@elsewhere")
    elsewhere = desk.run("health", "live")
    by_name = desk.run("health", "live", "--worker", "mail@elsewhere")
    beat(desk, HERE)
    here = desk.json("health", "live")

    assert nobody.exit_code == elsewhere.exit_code == 1
    assert "start `notifier worker`" in nobody.output
    assert by_name.exit_code == 0
    assert here == {"ok": True, "why": f"{HERE} works", "workers": [HERE]}


def test_it_is_ready_when_redis_configuration_and_a_worker_are(desk: Desk) -> None:
    """The first that is missing is named."""
    lonely = desk.run("health", "ready")
    beat(desk, "mail@elsewhere")
    ready = desk.run("health", "ready")
    (desk.config / "notifier.yaml").write_text("timezone: [\n")
    unusable = desk.run("health", "ready")

    assert lonely.exit_code == unusable.exit_code == 1
    assert "any worker" in lonely.output
    assert (ready.exit_code, ready.output) == (0, "ok: mail@elsewhere works\n")
    assert "the configuration can't be used" in unusable.output


@pytest.mark.parametrize(("probe", "code"), [("live", 0), ("ready", 1)])
def test_without_redis_nothing_is_ready_and_no_restart_would_help(tmp_path: Path, probe: str, code: int) -> None:
    """A supervisor that restarted all workers while Redis is away would make it worse."""
    environ = {"NOTIFIER_REDIS_URL": "redis://127.0.0.1:1/0"}

    result = CliRunner(env=environ).invoke(cli, ["health", probe, "--json", "--config", str(tmp_path)])

    assert result.exit_code == code
    assert json.loads(result.stdout)["ok"] is (code == 0)
    assert "127.0.0.1:1" in result.stdout
