"""The page about adding a channel: its package, installed as it stands there, works."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

HANDLERS = """\
- name: tell the team
  event: token_init
  action: sendsms
  options: {smsconfig: team, To: tokenowner, body: "Token {serial}"}
"""


def blocks(page: str, language: str) -> list[str]:
    """What the page shows in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


@pytest.fixture
def site(repository: Path, tmp_path: Path) -> Path:
    """A folder for PYTHONPATH with the package in it, as pip would leave it."""
    page = (repository / "docs" / "adding-a-channel.md").read_text()
    module, test = blocks(page, "python")
    (project,) = map(tomllib.loads, blocks(page, "toml"))
    site = tmp_path / "site"
    info = site / f"notifier_chat-{project['project']['version']}.dist-info"
    info.mkdir(parents=True)
    (site / "notifier_chat.py").write_text(module)
    (site / "test_notifier_chat.py").write_text(test)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: notifier-chat\nVersion: 1.0\n")
    groups = project["project"]["entry-points"]
    lines = [f"[{g}]\n" + "".join(f"{name} = {value}\n" for name, value in rows.items()) for g, rows in groups.items()]
    (info / "entry_points.txt").write_text("\n".join(lines))
    return site


@pytest.fixture
def config(repository: Path, tmp_path: Path) -> Path:
    """A configuration with the entry that the page shows."""
    config = tmp_path / "config"
    (config / "handlers").mkdir(parents=True)
    (entry,) = blocks((repository / "docs" / "adding-a-channel.md").read_text(), "yaml")
    (config / "sms_gateways.yaml").write_text(entry)
    (config / "handlers" / "team.yaml").write_text(HANDLERS)
    return config


def run(site: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A command with the package at hand."""
    environment = {**os.environ, "PYTHONPATH": str(site), "CHAT_TOKEN": "s3cret-token"}
    return subprocess.run(
        [sys.executable, "-m", *command], env=environment, cwd=site, capture_output=True, text=True, check=False
    )


def test_its_tests_pass(site: Path) -> None:
    """Every outcome that the page promises."""
    done = run(site, "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "test_notifier_chat.py")

    assert done.returncode == 0, done.stdout
    assert "8 passed" in done.stdout


def test_check_knows_it(site: Path, config: Path) -> None:
    """Clean as shown; a wrong option stands at its place."""
    fine = run(site, "notifier", "check", "--strict", "--config", str(config))
    entry = (config / "sms_gateways.yaml").read_text()
    (config / "sms_gateways.yaml").write_text(entry.replace("TOKEN:", "TOKN:"))
    wrong = run(site, "notifier", "check", "--config", str(config))

    assert fine.returncode == 0, fine.stdout
    assert wrong.returncode == 1
    assert re.search(r"sms_gateways\.yaml:3:\d+: the option TOKN is unknown \(there are URL, TOKEN and", wrong.stdout)
    assert "s3cret" not in wrong.stdout


def test_a_package_that_can_t_be_loaded(site: Path, config: Path) -> None:
    """Is named by check, and harms nothing else."""
    (site / "notifier_chat.py").write_text("import nothing_of_that_name\n")

    done = run(site, "notifier", "check", "--config", str(config))

    assert done.returncode == 1
    assert "provider 'chat' is registered, and can't be loaded" in done.stdout
    assert "nothing_of_that_name" in done.stdout


def test_without_the_package(tmp_path: Path, config: Path) -> None:
    """It is a provider that nobody knows."""
    done = run(tmp_path, "notifier", "check", "--config", str(config))

    assert done.returncode == 1
    assert "unknown provider 'chat'" in done.stdout
