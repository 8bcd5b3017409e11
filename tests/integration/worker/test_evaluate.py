"""What the task that evaluates sees to beside its events."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml_text
from redis import Redis

from notifier.embedded import EmbeddedRedis
from notifier.wiring import Wiring
from notifier.worker import tasks
from notifier.worker.permanent import Permanent


def test_definitions_are_kept_from_the_collector(
    tmp_path: Path, redis: Redis, redis_server: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan of many deliveries would walk through all of them otherwise, again and again."""
    del redis
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "all.yaml").write_text(yaml_text.HANDLERS)
    (tmp_path / "smtp_servers.yaml").write_text(yaml_text.smtp(1))
    (tmp_path / "sms_gateways.yaml").write_text(yaml_text.sms("http://127.0.0.1:1/"))
    wiring = Wiring(tmp_path, {"NOTIFIER_REDIS_URL": redis_server.url})
    wiring.stream.ensure_group()

    @contextmanager
    def at_work() -> Iterator[Wiring]:
        yield wiring

    threshold = gc.get_threshold()
    monkeypatch.setattr(tasks, "at_work", at_work)
    monkeypatch.setattr(tasks, "permanent", Permanent())
    try:
        tasks._take_in()

        assert not any(other is wiring.evaluator for other in gc.get_objects())
    finally:
        gc.unfreeze()
        gc.set_threshold(*threshold)
        wiring.keeper.close()
        wiring.close()
