"""Commands as processes: pipes that break, Ctrl-C, a worker that starts and stops."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from waiting import until

from notifier.cli import processes
from notifier.cli.processes import Household

Make = Callable[..., dict[str, Any]]


def start(desk: Any, *arguments: str, **more: Any) -> subprocess.Popen[bytes]:
    """A command as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "notifier", "--config", str(desk.config), *arguments],
        env={**os.environ, **desk.environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **more,
    )


def test_a_followed_log_is_published_line_by_line_until_ctrl_c(desk: Any, redis: Redis, make_event: Make) -> None:
    """Each event is in the stream while the pipe is open; Ctrl-C is exit 130 without a traceback."""
    process = start(desk, "publish", "-")
    assert process.stdin
    assert process.stdout

    for number in (1, 2):
        process.stdin.write(json.dumps(make_event(f"e{number}")).encode() + b"\n")
        process.stdin.flush()
        assert process.stdout.readline() == f"e{number}\n".encode()
        assert redis.xlen("token-events") == number
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)

    assert (process.returncode, out, err) == (130, b"", b"\n")


def test_a_reader_that_leaves_is_no_error_worth_a_word(desk: Any, make_event: Make) -> None:
    """``notifier dead list | head -1``."""
    desk.refuse(*(make_event(f"e{i}") for i in range(600)))

    with start(desk, "dead", "list") as process:
        assert process.stdout
        process.stdout.readline()
        process.stdout.close()

        assert process.stderr
        assert process.stderr.read() == b""


def test_a_worker_works_and_stops_when_told(desk: Any, make_event: Make) -> None:
    """What was published before it started is planned and tried; SIGTERM ends it with 0."""
    desk.publish(make_event("e1"))

    process = start(desk, "worker", "-c", "1", "-n", f"test{os.getpid()}@%h")
    try:
        until(lambda: desk.wiring.timeline.keys("e1") and desk.json("show", "e1")["deliveries"][0]["attempts"])
    finally:
        process.terminate()
        _, err = process.communicate(timeout=40)

    assert process.returncode == 0
    assert b"Traceback" not in err
    assert b"kim@example.com" not in err


def test_a_worker_without_redis_is_exit_75(desk: Any) -> None:
    """One line after the configuration's warnings, before Celery is even loaded."""
    desk.environ["NOTIFIER_REDIS_URL"] = "redis://127.0.0.1:1"

    process = start(desk, "worker")
    out, err = process.communicate(timeout=20)

    assert (process.returncode, out) == (75, b"")
    assert err.splitlines()[-1].startswith(b"notifier: Redis can't be reached")
    assert b"Traceback" not in err


def test_a_worker_over_unreadable_yaml_does_not_start(desk: Any) -> None:
    """The error with its line, then exit 1."""
    (desk.config / "handlers" / "bad.yaml").write_text("- name: [unclosed\n")

    process = start(desk, "worker")
    _, err = process.communicate(timeout=20)

    assert process.returncode == 1
    assert err.startswith(b"handlers/bad.yaml:")


def test_a_household_waits_for_an_attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who finishes a message after it was told to end isn't killed within the lease."""
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.2)
    finishes = "import signal, time; signal.signal(signal.SIGTERM, lambda *_: (time.sleep(1), exit(0)))"
    wait = f"{finishes}; print('ready', flush=True); signal.pause()"

    for lease, code in ((30.0, 0), (0.0, -signal.SIGKILL)):
        household = Household(tmp_path, "", tmp_path, lease=lease)
        child = household.add(f"child{lease:.0f}", [sys.executable, "-c", wait])
        process = child.process
        assert process
        until(lambda log=child.log: log.read_text())
        household.stop()
        assert process.returncode == code
