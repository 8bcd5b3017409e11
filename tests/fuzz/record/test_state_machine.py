"""The outbox, in memory and in Redis, does whatever happens in any order as the model says."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from outbox_machine import OPTIONS, Happening, OutboxMachine
from records import memory_record, redis_record
from redis import Redis

from notifier.record.redis_outbox import PREFIX
from notifier.testing import MemoryOutbox

#: A run is a story: some are long, and none is timed.
STORIES = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


class MemoryMachine(OutboxMachine):
    """Over the twin."""

    def __init__(self) -> None:
        super().__init__()
        self.record = memory_record(**OPTIONS)
        assert isinstance(self.record.outbox, MemoryOutbox)
        self.rows = self.record.outbox.record.events

    def open_of(self, key: str) -> int:
        return self.rows[key].open

    def check_ends(self, key: str, happening: Happening) -> None:
        assert (self.rows[key].forgotten_at is not None) == (happening.state == "final")


def test_the_twin_does_as_the_model_says() -> None:
    """Many long stories."""
    run_state_machine_as_test(MemoryMachine, settings=settings(STORIES, max_examples=100, stateful_step_count=50))


def test_redis_does_as_the_model_says(redis: Redis) -> None:
    """Fewer; and every key that is to end some day has an end."""

    class RedisMachine(OutboxMachine):
        """Over a real Redis."""

        def __init__(self) -> None:
            super().__init__()
            redis.flushall()
            self.record = redis_record(redis, **OPTIONS)

        def open_of(self, key: str) -> int:
            return int(redis.hget(f"{PREFIX}event:{key}", "open") or 0)

        def check_ends(self, key: str, happening: Happening) -> None:
            event, name = f"{PREFIX}event:{key}", self.record.show(key)["event"]["id"]
            keys = [event, f"{event}:deliveries", f"{PREFIX}ids:{name}"]
            keys += [f"{PREFIX}{kind}:{one}" for one in happening.deliveries for kind in ("delivery", "attempts")]
            ends = {redis.pttl(k) > timedelta(hours=1) / timedelta(milliseconds=1) for k in keys if redis.exists(k)}
            assert ends == {happening.state == "final"}

    # What fails here is found by the twin, too, or is Redis's own: told as it is, since making it short takes minutes.
    told = settings(STORIES, max_examples=60, stateful_step_count=40, phases=[Phase.reuse, Phase.generate])
    run_state_machine_as_test(RedisMachine, settings=told)
