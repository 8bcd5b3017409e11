"""Flower: what an operator sees there, and what nobody may."""

from __future__ import annotations

import base64
import json
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest
import yaml_text
from installation import Installation

CONFIG = Path(__file__).parents[2] / "config" / "flowerconfig.py"
SECRETS = ("kim@example.com", "+4916012", "s3cret-c0de", "Hello", "Kim")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def flower(installation: Installation) -> Iterator[str]:
    """Flower over the installation's Redis, with a user."""
    port = free_port()
    command = [sys.executable, "-m", "celery", "-A", "notifier.worker", "flower", f"--conf={CONFIG}", f"--port={port}"]
    environ = {**installation.environ, "NOTIFIER_FLOWER_AUTH": "ops:pa55"}
    with (installation.root / "worker-flower.log").open("wb") as log:
        process = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
    installation.workers.append(process)
    installation.wait(lambda: reachable(port))
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait()


def reachable(port: int) -> bool:
    try:
        urlopen(f"http://127.0.0.1:{port}/healthcheck", timeout=2).close()
    except (URLError, OSError):
        return False
    return True


def get(url: str, user: str | None = "ops:pa55") -> str:
    request = Request(url)  # noqa: S310 - our own address
    if user:
        request.add_header("Authorization", "Basic " + base64.b64encode(user.encode()).decode())
    with urlopen(request, timeout=10) as answer:  # noqa: S310
        text: str = answer.read().decode()
        return text


def test_tasks_are_readable_and_no_datum_is(installation: Installation, flower: str) -> None:
    """Names, provider and counts are there; no address, number, code or text is, on any page."""
    installation.start_worker()
    installation.publish("e1")
    installation.send_task("notifier.handle_event", yaml_text.event("e2"))
    installation.mail.wait_for(2)

    def succeeded() -> bool:
        # What goes on beside a task is told by the next one, and here anything may be slow.
        installation.publish(secrets.token_hex(8))
        tasks = json.loads(get(f"{flower}/api/tasks")).values()
        done = [t for t in tasks if t["state"] == "SUCCESS"]
        delivered = any("accepted" in (t["result"] or "") for t in done)
        return delivered and {"notifier.evaluate", "notifier.handle_event"} <= {t["name"] for t in done}

    installation.wait(succeeded)
    tasks = json.loads(get(f"{flower}/api/tasks"))

    sent = [t for t in tasks.values() if t["name"] == "notifier.sendmail"]
    assert any("relay1" in t["args"] for t in sent)
    assert any("relay1: " in (t["result"] or "") for t in sent)
    pages = [get(f"{flower}/{page}") for page in ("api/tasks", "api/workers?refresh=1", "tasks", "workers")]
    pages += [get(f"{flower}/task/{ident}") for ident in tasks]
    for secret in SECRETS:
        assert not any(secret in page for page in pages), secret


def test_nobody_looks_without_a_password(flower: str) -> None:
    """Pages and API answer 401."""
    for page in ("", "api/tasks", "workers"):
        with pytest.raises(HTTPError, match="401") as refusal:
            get(f"{flower}/{page}", user=None)
        refusal.value.close()


def test_flower_refuses_to_start_without_a_user(installation: Installation) -> None:
    """One line that names the variable."""
    command = [sys.executable, "-m", "celery", "-A", "notifier.worker", "flower", f"--conf={CONFIG}"]
    answer = subprocess.run(command, env=installation.environ, capture_output=True, text=True, timeout=60, check=False)

    assert answer.returncode != 0
    assert "NOTIFIER_FLOWER_AUTH" in answer.stderr
