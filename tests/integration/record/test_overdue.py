"""Nobody has to ask for the end of what is overdue."""

from __future__ import annotations

from pathlib import Path

from records import HOUR, redis_record
from redis import Redis

from notifier.circuit import Failed
from notifier.embedded import EmbeddedRedis
from notifier.outcome import Deferred, Reason
from notifier.retry import Again
from notifier.wiring import Wiring


def test_the_sweep_gives_up_what_is_overdue(redis: Redis, redis_server: EmbeddedRedis, tmp_path: Path) -> None:
    """While its provider fails, and it was tried or not."""
    record = redis_record(redis)
    record.plan("late", "a@x", "b@x", lifetime=-HOUR)
    record.attempt(Again(record.now(), counted=True), Deferred(Reason.CONNECTION_REFUSED), Failed(HOUR))

    Wiring(tmp_path, {"NOTIFIER_REDIS_URL": redis_server.url}).sweep()

    assert record.glance().dead == 2
