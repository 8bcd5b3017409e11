"""Edits reach running workers; mistakes don't, and are shown."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml_text
from installation import Installation

TEMPLATED = """\
- name: tell the owner
  event: token_init
  action: sendmail
  options: {emailconfig: relay1, To: tokenowner, template: welcome}
"""


def definitions(subject: str) -> str:
    return yaml_text.HANDLERS.replace("Token {serial}", subject, 1)


def configuration(installation: Installation) -> dict[str, Any]:
    """What `status --json` says of the configuration."""
    answer = installation.notifier("status", "--json")
    assert answer.returncode == 0, answer.stderr
    found: dict[str, Any] = json.loads(answer.stdout)["configuration"]
    return found


def reports(installation: Installation) -> list[Any]:
    return list(installation.wiring.workers.reports().values())


def in_force(installation: Installation) -> None:
    """Wait until a worker says that it works with the files as they are."""
    version = installation.wiring.configuration.version
    installation.wait(lambda: [(r.version, r.error) for r in reports(installation)] == [(version, None)])


def refused(installation: Installation) -> str:
    """Wait until a worker says that it doesn't, and why."""
    installation.wait(lambda: any(r.error for r in reports(installation)))
    return str(reports(installation)[0].error)


def subject(installation: Installation, ident: str) -> str:
    """Publish one event; the subject of its mail."""
    count = len(installation.mail.messages)
    installation.publish(ident)
    content = installation.mail.wait_for(count + 1)[-1].content.decode()
    return next(line for line in content.splitlines() if line.startswith("Subject: ")).removeprefix("Subject: ")


def children(worker: subprocess.Popen[bytes]) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()]


@pytest.fixture
def worker(installation: Installation) -> subprocess.Popen[bytes]:
    """One worker with one child, at work."""
    found = installation.start_worker("-c", "1", "-l", "INFO")
    assert subject(installation, "before") == "Token OATH1"
    in_force(installation)
    return found


@pytest.mark.usefixtures("worker")
def test_an_edit_is_sent_a_mistake_is_not_and_its_mending_is(installation: Installation) -> None:
    """Edited: the new text. Broken: still that, and `status` has file, line and column. Mended: the newest."""
    installation.write("handlers/all.yaml", definitions("Second {serial}"))
    in_force(installation)
    assert subject(installation, "e2") == "Second OATH1"

    installation.write("handlers/all.yaml", definitions("Third {serail}"))
    place = refused(installation).partition(": ")[0]
    assert subject(installation, "e3") == "Second OATH1"
    assert place == "handlers/all.yaml:5:43"
    shown = configuration(installation)
    assert [row["error"].partition(": ")[0] for row in shown["workers"].values()] == [place]
    assert all(row["version"] != shown["version"] for row in shown["workers"].values())
    assert re.search(rf"works with .* because of {place}: .*serail", installation.notifier("status").stdout)

    installation.write("handlers/all.yaml", definitions("Fourth {serial}"))
    in_force(installation)
    assert subject(installation, "e4") == "Fourth OATH1"
    shown = configuration(installation)
    assert [row["version"] for row in shown["workers"].values()] == [shown["version"]]
    log = (installation.root / "worker0.log").read_text()
    assert [log.count(word) for word in ("configuration.changed", "configuration.refused")] == [2, 1]


@pytest.mark.usefixtures("worker")
def test_a_template_is_part_of_it(installation: Installation) -> None:
    """Its edit counts; half-written it doesn't, not even for a definition that was never asked before."""
    installation.write("templates/welcome/subject.txt", "Welcome {{ serial }}")
    installation.write("templates/welcome/body.txt", "Hello")
    installation.write("handlers/all.yaml", TEMPLATED)
    in_force(installation)

    installation.write("templates/welcome/subject.txt", "Welcome {{ serial")
    assert refused(installation).startswith("handlers/all.yaml:4:")
    assert subject(installation, "e1") == "Welcome OATH1"

    installation.write("templates/welcome/subject.txt", "Willkommen {{ serial }}")
    in_force(installation)
    assert subject(installation, "e2") == "Willkommen OATH1"


@pytest.mark.parametrize("edited", [False, True])
def test_a_killed_child_does_not_bring_a_mistake_in(
    installation: Installation, worker: subprocess.Popen[bytes], edited: bool
) -> None:
    """Its successor works with what its parent started with or approved of, and never reads a file itself."""
    good = "Second {serial}" if edited else "Token {serial}"
    installation.write("handlers/all.yaml", definitions(good))
    in_force(installation)
    (child,) = children(worker)

    installation.write("handlers/all.yaml", "- name: tell the owner\n  event: [token_in")
    os.kill(child, signal.SIGKILL)
    installation.wait(lambda: bool(children(worker)) and child not in children(worker))

    assert subject(installation, "e2") == good.format(serial="OATH1")
    assert refused(installation).startswith("handlers/all.yaml:2:")
    os.kill(children(worker)[0], signal.SIGKILL)
    assert subject(installation, "e3") == good.format(serial="OATH1")


@pytest.mark.usefixtures("worker")
def test_another_relay_without_a_restart(installation: Installation) -> None:
    """What waits for a relay that was mistyped goes out when the file is mended."""
    installation.write("smtp_servers.yaml", yaml_text.smtp(1))
    in_force(installation)
    installation.publish("e1")
    installation.wait(lambda: any(q.failures for q in installation.wiring.glance().queues))

    installation.write("smtp_servers.yaml", yaml_text.smtp(installation.mail.port))

    installation.mail.wait_for(2, 60)


def test_sighup_looks_and_does_not_restart(installation: Installation, worker: subprocess.Popen[bytes]) -> None:
    """`systemctl reload`: the same process and children, with what was edited."""
    before = children(worker)
    installation.write("handlers/all.yaml", definitions("Second {serial}"))

    worker.send_signal(signal.SIGHUP)

    in_force(installation)
    assert subject(installation, "e1") == "Second OATH1"
    assert worker.poll() is None
    assert children(worker) == before


def test_a_worker_that_is_gone_is_not_shown(installation: Installation, worker: subprocess.Popen[bytes]) -> None:
    """Killed, it is forgotten after a while; nobody has to clear up."""
    installation.kill_worker(worker)

    installation.wait(lambda: not reports(installation))

    assert configuration(installation)["workers"] == {}
    assert "no worker runs" in installation.notifier("status").stdout


def test_a_worker_that_is_stopped_says_so(installation: Installation, worker: subprocess.Popen[bytes]) -> None:
    """It isn't waited for."""
    worker.terminate()
    assert worker.wait(60) == 0

    assert reports(installation) == []
