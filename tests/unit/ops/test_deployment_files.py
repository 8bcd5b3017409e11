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


def test_nothing_is_writable_or_privileged_without_need(services: dict[str, Any]) -> None:
    """Root file systems and the configuration are read-only, no process gains rights."""
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
    for name in (*WORKERS, "flower"):
        assert "./config:/etc/notifier:ro" in services[name]["volumes"], name


def test_a_stop_is_given_time(services: dict[str, Any]) -> None:
    """What is being delivered is finished."""
    for name in (*WORKERS, "redis"):
        assert services[name]["stop_grace_period"] == "90s", name


def test_who_needs_another_waits_for_its_health(services: dict[str, Any]) -> None:
    """Each dependency is a service, and being started is not enough."""
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            assert needed in services, name
            assert how["condition"] == "service_healthy", name


def test_no_secret_stands_in_the_compose_file(services: dict[str, Any]) -> None:
    """Passwords are required variables; a URL has no other."""
    environment = {name: v for service in services.values() for name, v in service.get("environment", {}).items()}
    assert environment["REDIS_PASSWORD"].startswith("${NOTIFIER_REDIS_PASSWORD:?")
    assert environment["NOTIFIER_FLOWER_AUTH"].startswith("${NOTIFIER_FLOWER_AUTH:?")
    assert environment["NOTIFIER_REDIS_URL"].startswith("redis://:${NOTIFIER_REDIS_PASSWORD:?")
    assert not [v for name, v in environment.items() if re.search("PASS|AUTH|TOKEN|SECRET", name) and "${" not in v]


def test_the_image_runs_without_privileges() -> None:
    """A user of its own, and nothing but the package."""
    text = (ROOT / "Dockerfile").read_text()
    assert re.search(r"^USER notifier$", text, re.MULTILINE)


def test_the_image_can_ask_every_kind_of_store() -> None:
    """A directory in LDAP or SQL doesn't need an image of one's own."""
    assert "'.[ldap,postgresql,mysql]'" in (ROOT / "Dockerfile").read_text()


def test_the_procfile_has_the_processes_of_the_compose_file(services: dict[str, Any]) -> None:
    """The same workers for the same queues, as wide, and Flower; each process has a name of its own."""
    text = (ROOT / "Procfile").read_text()
    lines = dict(line.split(": ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert set(lines) == {"events", "mail", "sms", "flower"}
    for name in WORKERS:
        words = lines[name.removeprefix("worker-")].split()
        # All but the name: on one host `%h` alone would not tell several from one another.
        assert words[:6] == services[name]["command"][:6], name
        assert "$PORT" in words[7], name
    assert lines["flower"].split()[:4] == services["flower"]["command"][:4]
