"""The compose file, the Dockerfile and the Procfile say what they should."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[3]
WORKERS = ("worker-events", "worker-mail", "worker-sms")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """The services of docker-compose.yml, anchors and merges resolved."""
    found: dict[str, Any] = YAML(typ="safe").load((ROOT / "docker-compose.yml").read_text())["services"]
    return found


def test_every_service_is_watched_and_restarted(services: dict[str, Any]) -> None:
    """A health check and a restart policy each."""
    assert set(services) == {"redis", *WORKERS, "flower", "mail"}
    for name, service in services.items():
        assert service["healthcheck"]["test"], name
        assert service["restart"] == "unless-stopped", name


def test_redis_keeps_what_it_accepts_and_asks_for_a_password(services: dict[str, Any]) -> None:
    """Append-only file, nothing evicted, a password that has to be set."""
    command = services["redis"]["command"]
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
    assert "--requirepass" in command
    assert services["redis"]["volumes"]


def test_workers_can_be_scaled(services: dict[str, Any]) -> None:
    """No fixed name and no fixed port stand in the way of `--scale`."""
    for name in WORKERS:
        worker = services[name]
        assert worker["command"][:2] == ["notifier", "worker"]
        assert "container_name" not in worker
        assert "ports" not in worker
        assert worker["depends_on"]["redis"]["condition"] == "service_healthy"
        assert worker["read_only"] is True
    queues = {queue for name in WORKERS for queue in services[name]["command"][3].split(",")}
    assert queues == {"events", "mail", "sms", "file"}


def test_what_is_published_is_published_on_this_machine_only(services: dict[str, Any]) -> None:
    """Flower's metrics and the mail sink aren't for the network."""
    ports = [port for service in services.values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_no_secret_stands_in_the_compose_file() -> None:
    """Passwords are required variables."""
    text = (ROOT / "docker-compose.yml").read_text()
    for name in ("NOTIFIER_REDIS_PASSWORD", "NOTIFIER_FLOWER_AUTH"):
        assert re.search(rf"\$\{{{name}:\?", text)


def test_the_image_runs_without_privileges() -> None:
    """A user of its own, and nothing but the package."""
    text = (ROOT / "Dockerfile").read_text()
    assert re.search(r"^USER notifier$", text, re.MULTILINE)


def test_the_procfile_has_a_worker_for_each_queue_and_flower() -> None:
    """The same processes as in the compose file."""
    lines = dict(
        line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines() if not line.startswith("#")
    )
    assert set(lines) == {"events", "mail", "sms", "flower"}
    queues = {q for line in lines.values() for found in re.findall(r"-Q (\S+)", line) for q in found.split(",")}
    assert queues == {"events", "mail", "sms", "file"}
