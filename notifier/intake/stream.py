"""The Redis Stream events come in by: appended by anybody, read by our consumer group, gone once planned."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from redis import Redis
from redis.exceptions import ResponseError

from notifier.record.redis_client import discreet

GROUP = "notifier"
FIELD = "event"
#: When an event that comes back came in first (ms).
ARRIVED = b"arrived"
#: The event came back for its reopened letters (its key).
ASKED = b"asked"
#: Beside it a word that only we know (kept in Redis): no producer can pass an event off as one that came back.
MARK = b"mark"
MARK_KEY = "nt:{0}:mark"
#: An entry whose reader has been silent this long is given to another.
ABANDONED_MS = 15_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One stream entry: its id, its fields as they came, and how often it was handed out."""

    id: str
    fields: dict[bytes, bytes]
    handed_out: int = 1

    @property
    def raw(self) -> bytes | None:
        """The event's text, or None where the field is missing."""
        return self.fields.get(FIELD.encode())

    @property
    def whole(self) -> bytes:
        """Everything that came: the event's text, or all fields as JSON where there is none."""
        if self.raw is not None:
            return self.raw
        fields = {k.decode(errors="replace"): v.decode(errors="replace") for k, v in self.fields.items()}
        return json.dumps(fields, ensure_ascii=False).encode()

    @property
    def asked(self) -> str:
        """The key of an event whose reopened letters meet their definitions again; empty: it meets all."""
        return self.fields.get(ASKED, b"").decode(errors="replace")

    @property
    def arrived(self) -> datetime:
        """When Redis took it, the first time."""
        taken = int(self.id.partition("-")[0])
        first = self.fields.get(ARRIVED, b"")
        return datetime.fromtimestamp((min(taken, int(first)) if first.isdigit() else taken) / 1000, UTC)


class Stream:
    """``token-events`` and its consumer group."""

    def __init__(self, redis: Redis, name: str, consumer: str) -> None:
        self._redis: Any = redis  # its annotations serve clients of str and of bytes alike
        self.name = name
        self._consumer = consumer

    def append(self, raws: Iterable[bytes], *, all_or_none: bool = False) -> list[str]:
        """Add events; their entries' ids. One round trip for all."""
        with discreet(), self._redis.pipeline(transaction=all_or_none) as pipe:
            for raw in raws:
                pipe.xadd(self.name, {FIELD: raw})
            return [i.decode() for i in pipe.execute()]

    def put_back(self, raw: bytes, arrived: bytes, asked: str = "") -> None:
        """Add an event that has been here before; with its key ``asked`` only for its reopened letters."""
        fields: dict[bytes | str, bytes | str] = {FIELD: raw}
        fields |= {ARRIVED: arrived} if arrived else {}
        fields |= {ASKED: asked, MARK: self._mark()} if asked else {}
        with discreet():
            self._redis.xadd(self.name, fields)

    def is_ours(self, entry: Entry) -> bool:
        """We put it back for its event's letters: it is nothing new, even if the record has forgotten the event."""
        mark = entry.fields.get(MARK)
        return bool(entry.asked and mark) and mark == self._redis.get(MARK_KEY)

    def _mark(self) -> bytes:
        mark: bytes | None = self._redis.get(MARK_KEY)
        if mark is None:
            self._redis.set(MARK_KEY, secrets.token_hex(16), nx=True)
            mark = self._redis.get(MARK_KEY)
        return mark or b""

    def ensure_group(self) -> None:
        """Make stream and group where they aren't there; what was added before the group is read too."""
        try:
            self._redis.xgroup_create(self.name, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise

    def read(self, count: int) -> list[Entry]:
        """Up to ``count`` new entries, now ours until acknowledged."""
        try:
            answer = self._redis.xreadgroup(GROUP, self._consumer, {self.name: ">"}, count=count)
        except ResponseError as error:
            if not str(error).startswith("NOGROUP"):
                raise
            self.ensure_group()
            answer = self._redis.xreadgroup(GROUP, self._consumer, {self.name: ">"}, count=count)
        return [Entry(i.decode(), fields) for _, rows in answer or () for i, fields in rows if fields]

    def abandoned(self, count: int, idle_ms: int = ABANDONED_MS) -> list[Entry]:
        """Entries whose reader is gone, now ours."""
        try:
            _, rows, *_ = self._redis.xautoclaim(self.name, GROUP, self._consumer, idle_ms, "0-0", count=count)
        except ResponseError as error:
            if not str(error).startswith("NOGROUP"):
                raise
            return []  # nobody has read yet
        rows = [(i, fields) for i, fields in rows if fields]
        if not rows:
            return []
        pending = self._redis.xpending_range(
            self.name, GROUP, min=rows[0][0], max=rows[-1][0], count=len(rows) * 2, consumername=self._consumer
        )
        times = {p["message_id"]: p["times_delivered"] for p in pending}
        return [Entry(i.decode(), fields, times.get(i, 1)) for i, fields in rows]

    def keep(self, ids: Sequence[str]) -> None:
        """Say that these entries of ours are being worked on: nobody takes them for abandoned."""
        if ids:
            self._redis.xclaim(self.name, GROUP, self._consumer, 0, list(ids), justid=True)

    def acknowledge(self, ids: Sequence[str]) -> None:
        """Planned or in quarantine: done with. The record holds them now, so the stream lets go."""
        if ids:
            with self._redis.pipeline(transaction=True) as pipe:
                pipe.xack(self.name, GROUP, *ids)
                pipe.xdel(self.name, *ids)
                pipe.execute()

    def wait(self, after: str, block_ms: int) -> str | None:
        """Block until something is added after entry ``after``; its id, or None after ``block_ms``."""
        answer = self._redis.xread({self.name: after}, count=1, block=block_ms)
        return answer[0][1][0][0].decode() if answer else None

    def last_id(self) -> str:
        """The newest entry's id, ``0-0`` where there is none."""
        newest = self._redis.xrevrange(self.name, count=1)
        return newest[0][0].decode() if newest else "0-0"

    def backlog(self) -> tuple[int, int]:
        """How many entries nobody has read yet, and how many are being worked on."""
        try:
            groups = self._redis.xinfo_groups(self.name)
        except ResponseError:  # no such stream yet
            return 0, 0
        total = int(self._redis.xlen(self.name))
        pending = next((int(g["pending"]) for g in groups if g["name"] in (GROUP, GROUP.encode())), 0)
        return max(total - pending, 0), pending

    def find(self, wanted: bytes, most: int = 10_000) -> Entry | None:
        """The first waiting entry whose text holds ``wanted``; looks at the oldest ``most`` only."""
        low = "-"
        for _ in range(0, most, 500):
            rows = self._redis.xrange(self.name, min=low, count=500)
            for i, fields in rows:
                if wanted in fields.get(FIELD.encode(), b""):
                    return Entry(i.decode(), fields)
            if len(rows) < 500:
                return None
            low = b"(" + rows[-1][0]
        return None
