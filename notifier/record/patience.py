"""How long an event waits for the directory, and when it is tried in the meantime."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from redis import Redis

from notifier.configuration import RetryPolicy
from notifier.record.codec import to_milliseconds
from notifier.retry import delay

PATIENCE = RetryPolicy(timedelta(seconds=5), 2.0, timedelta(minutes=1), deadline=timedelta(days=1))


class Patience:
    """Reads how often and since when an event has waited (the scripts count), and says what follows."""

    def __init__(self, redis: Redis, policy: RetryPolicy, roll: Callable[[], float]) -> None:
        self._redis: Any = redis  # its annotations serve clients of str and of bytes alike
        self._policy = policy
        self._roll = roll

    def again(self, event: str, times: str, since: str) -> int:
        """When the event meets its definitions again (ms); 0: it has waited long enough.

        Args:
            event: Its key in Redis.
            times: The field that counts.
            since: The field that says since when.
        """
        count, began = self._redis.hmget(event, times, since)
        seconds, micros = self._redis.time()
        now = int(seconds) * 1000 + int(micros) // 1000  # as the scripts count: rounded up it would be later than now
        if began and now - int(began) >= to_milliseconds(self._policy.deadline):
            return 0
        return now + to_milliseconds(delay(int(count or 0) + 1, self._policy, 0.5 + self._roll() / 2))
