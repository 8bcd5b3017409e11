"""What happened to an event or a delivery, in order: what `notifier show` tells."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from redis import Redis

from notifier.errors import UnknownId
from notifier.model import event_key
from notifier.record.codec import iso
from notifier.record.home import home_of
from notifier.record.label import handler_of, labelled, named
from notifier.record.notes import decode_notes
from notifier.record.redis_outbox import PREFIX

EVENT_FIELDS = (
    "id",
    "source",
    "type",
    "position",
    "time",
    "planned",
    "notes",
    "open",
    "again",
    "deferrals",
    "version",
    "delivery",
)
DELIVERY_FIELDS = (
    "state", "handler", "channel", "name", "to", "reason", "detail", "created", "replays", "event", "provider",
    "definition_version", "configuration_version", "of", "attempt",
)  # fmt: skip


class Timeline:
    """Reads the record; changes nothing."""

    def __init__(self, redis: Redis) -> None:
        self._redis: Any = redis  # its annotations serve clients of str and of bytes alike

    def keys(self, word: str) -> list[str]:
        """Keys of the events meant by a producer's id, an event's key or a delivery's id."""
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.smembers(f"{PREFIX}ids:{word}")
            pipe.smembers(f"{PREFIX}sources")
            named, sources = pipe.execute()
        known = sorted({k.decode() for k in named} | {event_key(source.decode(), word) for source in sources})
        with self._redis.pipeline(transaction=False) as pipe:
            for key in known:
                pipe.exists(f"{PREFIX}event:{key}")
            if kept := [key for key, there in zip(known, pipe.execute(), strict=True) if there]:
                return kept
        if self._redis.exists(f"{PREFIX}event:{word}"):
            return [word]
        event = self._redis.hget(f"{PREFIX}delivery:{word}", "event")
        return [event.decode()] if event else []

    def show(self, word: str) -> dict[str, Any]:
        """The story of one event (or of one delivery, when its id is given).

        Raises:
            UnknownId: nothing is known under this id, or several events of different sources are.
        """
        keys = self.keys(word)
        if not keys:
            raise UnknownId(f"nothing is known under {word!r}: it never arrived, or its retention is over")
        if len(keys) > 1:
            raise UnknownId(f"{word!r} was sent by {len(keys)} sources; show one of {', '.join(keys)}")
        return self._event(keys[0], only=None if self._redis.exists(f"{PREFIX}event:{word}") else word)

    def raw(self, key: str) -> bytes | None:
        """The event as it came, while it is kept."""
        raw: bytes | None = self._redis.hget(f"{PREFIX}event:{key}", "raw")
        return raw

    def _event(self, key: str, *, only: str | None) -> dict[str, Any]:
        head = [(h or b"").decode() for h in self._redis.hmget(f"{PREFIX}event:{key}", EVENT_FIELDS)]
        ident, source, kind, position, time, planned, notes, left, again, deferrals, version, first = head
        ids = [first] if first else []
        ids += [i.decode() for i in self._redis.lrange(f"{PREFIX}event:{key}:deliveries", 0, -1)]
        deliveries = [self._delivery(i, version, planned) for i in ids if only in (None, ident, i)]
        stories = [
            dict(zip(("name", "verdict", "reason", "detail"), note, strict=True))
            for note in decode_notes(notes, () if notes else self._handlers(ids))
        ]
        skipped: list[dict[str, Any]] = [
            {"id": None, "state": "skipped", "handler": s["name"], "reason": s["reason"], "detail": s["detail"],
             "attempts": []}
            for s in stories
            if s["verdict"] == "matched" and s["reason"]
        ]  # fmt: skip
        state = "deferred" if again else "final" if planned and int(left or 0) <= 0 else "open"
        return {
            "event": {
                "key": key, "id": ident, "source": source or self._source(key, ident), "type": kind,
                "position": position or "post",
                "time": iso(time), "planned": iso(planned), "state": state,
                "again": iso(again), "deferrals": int(deferrals or 0),
                "handlers": stories,
            },
            "deliveries": deliveries + (skipped if only in (None, ident) else []),
        }  # fmt: skip

    def _handlers(self, ids: Iterable[str]) -> list[str]:
        with self._redis.pipeline(transaction=False) as pipe:
            for i in ids:
                pipe.hget(f"{PREFIX}delivery:{i}", "of")
            return [handler_of(label.decode()) for label in pipe.execute() if label]

    def _source(self, key: str, ident: str) -> str:
        """One of those that are known: the key is made of it."""
        sources = (source.decode() for source in self._redis.smembers(f"{PREFIX}sources"))
        return next((source for source in sources if event_key(source, ident) == key), "")

    def _delivery(self, delivery_id: str, version: str, planned: str) -> dict[str, Any]:
        row = self._redis.hmget(f"{PREFIX}delivery:{delivery_id}", DELIVERY_FIELDS)
        fields = labelled(named(DELIVERY_FIELDS, row))
        home = home_of(fields)
        further = self._redis.lrange(f"{PREFIX}attempts:{delivery_id}", 0, -1)
        attempts = [json.loads(a) for a in (fields["attempt"], *further) if a]
        receipts = [json.loads(r) for r in self._redis.lrange(f"{PREFIX}receipts:{delivery_id}", 0, -1)]
        due = self._redis.zscore(f"{PREFIX}due:{fields['provider']}", delivery_id)
        return {
            "id": delivery_id,
            "state": fields["state"] or "queued",
            "handler": fields["handler"],
            "channel": home.channel,
            "provider": home.provider,
            "via": home.via,
            "to": fields["to"],
            "reason": fields["reason"],
            "detail": fields["detail"],
            "created": iso(fields["created"] or planned),
            "due": iso(int(due)) if due is not None else None,
            "replays": int(fields["replays"] or 0),
            "definition_version": fields["definition_version"],
            "configuration_version": fields["configuration_version"] or version,
            "attempts": [
                {"at": iso(a["at"]), **{k: a.get(k, "") for k in ("outcome", "reason", "detail", "provider")}}
                for a in attempts
            ],
            "receipts": [
                {"at": iso(r["at"]), **{k: r[k] for k in ("part", "state", "error", "done")}} for r in receipts
            ],
        }
