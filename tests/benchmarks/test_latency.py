"""What a user waits for: from XADD to the SMTP server's yes. Printed, never asserted on."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import yaml_text
from installation import Installation, installed

EVENTS, RATE = 200, 20


@pytest.mark.timeout(300)
def test_latency_at_twenty_events_a_second(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """XADD by a bare Redis client, 20 a second; p50 and p99 until the mail is accepted."""
    with installed(tmp_path) as found:
        found.start_worker("-Q", "events", "-c", "1")
        found.start_worker("-Q", "mail", "-c", "2")
        found.publish("warm-up")
        found.mail.wait_for(1)
        milliseconds = sorted(measure(found))
    p50, p99 = statistics.median(milliseconds), milliseconds[int(len(milliseconds) * 0.99) - 1]
    with capsys.disabled():
        print(f"\nXADD to accepted, {EVENTS} events at {RATE}/s: p50 {p50:.1f} ms, p99 {p99:.1f} ms, "
              f"max {milliseconds[-1]:.1f} ms")  # fmt: skip


def measure(found: Installation) -> list[float]:
    client = found.wiring.redis
    took: list[float] = []
    tick = threading.Event()
    began = time.perf_counter()
    for number in range(EVENTS):
        ident = f"b{number}"
        owner = {"email": f"{ident}@example.com"}
        raw = json.dumps(yaml_text.event(ident, **owner))
        tick.wait(max(began + number / RATE - time.perf_counter(), 0))
        before = len(found.mail.messages)
        at = time.perf_counter()
        client.execute_command("XADD", "token-events", "*", "event", raw)
        found.mail.wait_for(before + 1)
        took.append((time.perf_counter() - at) * 1000)
    return took


@pytest.mark.timeout(300)
def test_drain_of_a_backlog(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """2,000 events, one mail each, published before the workers start."""
    count = 2000
    with installed(tmp_path) as found:
        found.publish(*(f"e{i}" for i in range(count)))
        found.start_worker("-Q", "events", "-c", "1")
        found.start_worker("-Q", "mail", "-c", "2")
        found.mail.wait_for(1, 60)
        began = time.perf_counter()
        found.mail.wait_for(count, 120)
        took = time.perf_counter() - began
    with capsys.disabled():
        print(f"\n{count} mails from a filled stream: {count / took:.0f} a second")


def test_start_of_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    """`notifier --version`, five times."""
    took = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "notifier", "--version"], check=True, capture_output=True)
        took.append(time.perf_counter() - began)
    with capsys.disabled():
        print(f"\nnotifier --version: {statistics.median(took) * 1000:.0f} ms")
