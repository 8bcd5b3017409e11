"""A worker's wiring with mails due."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import yaml_text
from redis import Redis

from notifier.embedded import EmbeddedRedis
from notifier.testing import SmtpSink
from notifier.wiring import Wiring, now


@pytest.fixture
def mailing(tmp_path: Path, redis: Redis, redis_server: EmbeddedRedis) -> Callable[..., AbstractContextManager[Wiring]]:
    """A context in which so many mails are due at a server whose entry says more."""
    del redis

    @contextmanager
    def mailing(sink: SmtpSink, more: str, mails: int) -> Iterator[Wiring]:
        entry = yaml_text.smtp(sink.port).rstrip().rstrip("}")
        (tmp_path / "handlers").mkdir()
        (tmp_path / "handlers" / "all.yaml").write_text(yaml_text.HANDLERS)
        (tmp_path / "smtp_servers.yaml").write_text(f"{entry}, {more}}}\n")
        (tmp_path / "sms_gateways.yaml").write_text(yaml_text.sms("http://127.0.0.1:1/"))
        wiring = Wiring(tmp_path, {"NOTIFIER_REDIS_URL": redis_server.url})
        assert wiring.check() == ()
        wiring.stream.ensure_group()
        wiring.stream.append(json.dumps(yaml_text.event(f"e{i}")).encode() for i in range(mails))
        while wiring.intake.take_in(100, now).entries:
            pass
        yield wiring
        wiring.keeper.close()
        wiring.close()

    return mailing
