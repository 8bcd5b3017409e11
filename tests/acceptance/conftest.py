"""A whole installation for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml_text
from installation import Installation

from notifier.embedded import EmbeddedRedis
from notifier.testing import SmsSink, SmtpSink


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """An installation whose example definition mails the token owner."""
    with SmtpSink() as mail, SmsSink() as sms, EmbeddedRedis(tmp_path / "redis") as redis:
        found = Installation(tmp_path, redis, mail, sms)
        found.write("notifier.yaml", yaml_text.NOTIFIER)
        found.write("smtp_servers.yaml", yaml_text.smtp(mail.port))
        found.write("sms_gateways.yaml", yaml_text.sms(sms.url))
        found.write("handlers/all.yaml", yaml_text.HANDLERS)
        try:
            yield found
        finally:
            found.stop()
