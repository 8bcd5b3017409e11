"""What the wiring makes of the configuration's providers."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from notifier.model import Channel
from notifier.record.outbox import Way
from notifier.wiring import Wiring

SERVERS = """\
a: {server: h, fallback: b, timeout: 60}
b: {server: h, retry: {attempts: 3}}
c: {server: h, fallback: broken}
broken: {server: h, password: "${env:NOPE}"}
"""


def test_who_takes_over_and_which_policy_holds(tmp_path: Path) -> None:
    """A server that can't be used takes over from nobody; one without a fallback is there as somebody's."""
    (tmp_path / "smtp_servers.yaml").write_text(SERVERS)
    wiring = Wiring(tmp_path, {"NOTIFIER_REDIS_URL": "unix:///nowhere"})
    a, b, c, broken = (Way(Channel.MAIL, name) for name in ("a", "b", "c", "broken"))

    assert set(wiring.ways.fallbacks) == {(a, b), (b, None), (c, None), (broken, None)}
    assert [wiring.policies.of("mail", name).attempts for name in ("a", "b")] == [120, 3]
    assert wiring.policies.of("sms", "b").attempts == 60
    assert [wiring.outbox.lease_of(way) for way in (a, Way(Channel.FILE, "spool"))] == [
        timedelta(seconds=70),
        timedelta(seconds=20),
    ]


def test_no_time_limit_cuts_an_attempt_within_its_time_outs(tmp_path: Path) -> None:
    """Fifteen answers, each as late as it may be; nothing has less than five minutes."""
    environ = {"NOTIFIER_REDIS_URL": "unix:///nowhere"}
    assert Wiring(tmp_path, environ).ways.time_limit == 300
    assert Wiring(tmp_path, environ).longest_lease == timedelta(seconds=20)

    (tmp_path / "smtp_servers.yaml").write_text(SERVERS)

    assert Wiring(tmp_path, environ).ways.time_limit == 60 * 30
    assert Wiring(tmp_path, environ).longest_lease == timedelta(seconds=70)


def test_a_part_that_nobody_asks_for_is_not_loaded() -> None:
    """A short command doesn't wait for what others need."""
    parts = ("desk", "redis_floods", "redis_receipts", "redis_reopenings", "timeline")
    script = f"import sys, notifier.wiring; print([p for p in {parts!r} if f'notifier.record.{{p}}' in sys.modules])"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert result.stdout.strip() == "[]"
