"""What can't be read: kept whole, with the reason, until an operator lets it in again or discards it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from redis import Redis

from notifier.record.redis_client import discreet

PREFIX = "nt:{0}:"


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One unreadable message. ``id`` is its stream entry's."""

    id: str
    reason: str
    detail: str
    at: str
    size: int


class Quarantine:
    """Unreadable input in Redis."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis  # its annotations serve clients of str and of bytes alike

    def add(self, entry_id: str, raw: bytes, reason: str, detail: str) -> None:
        """Keep a message; twice is once."""
        now = datetime.fromtimestamp(int(entry_id.partition("-")[0]) / 1000, UTC)
        with discreet(), self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(
                f"{PREFIX}quarantine:{entry_id}",
                mapping={
                    "raw": raw,
                    "reason": reason,
                    "detail": detail,
                    "at": now.isoformat(timespec="milliseconds"),
                    "size": len(raw),
                },
            )
            pipe.zadd(f"{PREFIX}quarantine", {entry_id: now.timestamp() * 1000})
            pipe.execute()

    def __len__(self) -> int:
        return int(self._redis.zcard(f"{PREFIX}quarantine"))

    def __iter__(self) -> Iterator[Quarantined]:
        for i in self._redis.zrange(f"{PREFIX}quarantine", 0, -1):
            found = self.get(i.decode())
            if found:
                yield found

    def get(self, entry_id: str) -> Quarantined | None:
        """One message's label, or None."""
        row = self._redis.hmget(f"{PREFIX}quarantine:{entry_id}", "reason", "detail", "at", "size")
        if row[0] is None:
            return None
        reason, detail, at, size = [(field or b"").decode() for field in row]
        return Quarantined(entry_id, reason, detail, at, int(size or 0))

    def raw(self, entry_id: str) -> bytes | None:
        """The message as it came."""
        raw: bytes | None = self._redis.hget(f"{PREFIX}quarantine:{entry_id}", "raw")
        return raw

    def remove(self, entry_id: str) -> bool:
        """Forget a message (after it was let in again, or discarded); False when it isn't there."""
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.delete(f"{PREFIX}quarantine:{entry_id}")
            pipe.zrem(f"{PREFIX}quarantine", entry_id)
            return bool(pipe.execute()[1])
