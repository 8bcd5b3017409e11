"""Case 15 of the reference, section 7: what happened can't be recorded for a while."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
import yaml_text
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from notifier.embedded import EmbeddedRedis
from notifier.intake.stream import Entry, Stream
from notifier.pipeline import Intake
from notifier.record.keeper import LeaseKeeper
from notifier.record.outbox import Plan
from notifier.record.redis_outbox import RedisOutbox
from notifier.wiring import Wiring, now


class Interrupted(RedisOutbox):
    """An outbox whose Redis goes away before it answers the first time."""

    broken = True

    def plan(self, plans: Iterable[Plan]) -> Sequence[bool]:
        if self.broken:
            self.broken = False
            raise RedisConnectionError
        return super().plan(plans)


class Impatient(Stream):
    """Takes at once what another reader left."""

    def abandoned(self, count: int, idle_ms: int = 0) -> list[Entry]:
        return super().abandoned(count, idle_ms)


def test_15_what_cannot_be_recorded_stays_in_the_stream(
    redis: Redis, redis_server: EmbeddedRedis, tmp_path: Path
) -> None:
    """Case 15, decided otherwise: the event isn't done with until its record is written; then it's planned once."""
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "all.yaml").write_text(yaml_text.HANDLERS)
    wiring = Wiring(tmp_path, {"NOTIFIER_REDIS_URL": redis_server.url})
    stream = Impatient(redis, "token-events", "w1")
    intake = Intake(
        stream=stream,
        quarantine=wiring.quarantine,
        outbox=Interrupted(redis, retention=timedelta(days=1)),
        keeper=LeaseKeeper(timedelta(seconds=5)),
        evaluator=wiring.evaluator,
        recomposer=wiring.recomposer,
        policies=wiring.policies,
        observe=lambda _: None,
    )
    stream.append([json.dumps(yaml_text.event("e1")).encode()])

    with pytest.raises(RedisConnectionError):
        intake.take_in(10, now)

    assert stream.backlog() == (0, 1)
    assert [intake.take_in(10, now).planned for _ in range(2)] == [1, 0]
    assert stream.backlog() == (0, 0)
    assert [d["handler"] for d in wiring.timeline.show("e1")["deliveries"]] == ["tell the owner"]
