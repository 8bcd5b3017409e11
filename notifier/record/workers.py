"""Which workers run, and what each works with. Who says nothing for a while is gone."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from redis import Redis

from notifier.record.codec import to_milliseconds
from notifier.record.redis_outbox import PREFIX, Scripts

#: A worker speaks this often, and is forgotten after that long.
BEAT_SECONDS = 5.0
TIME_TO_LIVE = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Report:
    """The configuration that a worker works with, since when, and why not with a newer one."""

    version: str
    since: datetime
    error: str | None = None


class Workers:
    """Workers in Redis, by their Celery names."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis  # its annotations serve clients of str and of bytes alike
        self._run = Scripts(redis)

    def beat(self, name: str, report: Report, time_to_live: timedelta = TIME_TO_LIVE) -> None:
        """A worker is there."""
        fields = {**asdict(report), "since": report.since.isoformat(timespec="milliseconds")}
        self._run("beat", name, to_milliseconds(time_to_live), json.dumps(fields, ensure_ascii=False))

    def leave(self, name: str) -> None:
        """A worker ends."""
        self._redis.zrem(f"{PREFIX}workers", name)
        self._redis.delete(f"{PREFIX}worker:{name}")

    def reports(self) -> dict[str, Report]:
        """Those that are there, by name."""
        names = [name.decode() for name in self._redis.zrange(f"{PREFIX}workers", 0, -1)]
        texts = self._redis.mget([f"{PREFIX}worker:{name}" for name in names]) if names else []
        return {name: _report(text) for name, text in sorted(zip(names, texts, strict=True)) if text}


def _report(text: bytes) -> Report:
    fields = json.loads(text)
    return Report(fields["version"], datetime.fromisoformat(fields["since"]), fields["error"])
