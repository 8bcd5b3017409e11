"""Replicas of Redis: how many have to have a write before anything depends on it (docs/guarantees.md: the price)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from redis.exceptions import ConnectionError as RedisConnectionError


@dataclass(frozen=True, slots=True)
class Replicas:
    """How many of Redis's replicas have to have a write before it counts, and how long to wait for them."""

    count: int = 0
    timeout: timedelta = timedelta(seconds=1)


NONE = Replicas()


class ReplicasBehind(RedisConnectionError):
    """Too few replicas have what was written: what depends on it waits until they do."""

    def __init__(self, answer: Any) -> None:
        super().__init__("too few replicas answered in time (redis.replicas)")
        #: What the script answered nevertheless.
        self.answer = answer
