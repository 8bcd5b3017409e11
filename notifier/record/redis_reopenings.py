"""Reopened letters in Redis: `lua/desk.lua` reopens, `lua/recompose.lua` ends it."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any

from redis import Redis

from notifier.configuration import RetryPolicy
from notifier.record.codec import decode_message, to_milliseconds
from notifier.record.label import labelled
from notifier.record.notes import encode_notes
from notifier.record.outbox import Plan, Way
from notifier.record.patience import PATIENCE, Patience
from notifier.record.recomposition import Recomposition
from notifier.record.redis_outbox import CHUNK, CHUNK_BYTES, PREFIX, Scripts
from notifier.record.reopening import Ended, Ending, Letter, Reopening
from notifier.record.replicas import NONE, Replicas
from notifier.record.rows import MESSAGE, delivery_row, flat, same_member

FIELDS = ("handler", "message", "member", "of")


class RedisReopenings:
    """See `notifier.record.reopening.Reopenings`."""

    def __init__(
        self,
        redis: Redis,
        *,
        retention: timedelta,
        patience: RetryPolicy = PATIENCE,
        roll: Callable[[], float] = lambda: 0.5,
        replicas: Replicas = NONE,
    ) -> None:
        self._redis: Any = redis  # its annotations serve clients of str and of bytes alike
        self._run = Scripts(redis)
        self._retention = max(to_milliseconds(retention), 1)
        self._patience = Patience(redis, patience, roll)
        self._replicas = replicas

    def of(self, event: str) -> Reopening | None:
        """Read once; what is reopened after that is another time's."""
        key = f"{PREFIX}event:{event}"
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.exists(key)
            pipe.hget(key, "delivery")
            pipe.smembers(f"{key}:asked")
            pipe.lrange(f"{key}:deliveries", 0, -1)
            pipe.hgetall(f"{key}:stands")
            there, first, asked, ids, stands = pipe.execute()
        if not there:
            return None
        planned = [i.decode() for i in ([first] if first else []) + ids]
        known = {i: i for i in planned} if asked else {}
        known |= {did.decode(): letter.decode() for did, letter in stands.items()}
        return Reopening(event, self._letters([i for i in known if i.encode() in asked]), known)

    def _letters(self, ids: Iterable[str]) -> list[Letter]:
        """In the order they were planned in."""
        wanted = list(ids)
        with self._redis.pipeline(transaction=False) as pipe:
            for i in wanted:
                pipe.hmget(f"{PREFIX}delivery:{i}", FIELDS)
            rows = pipe.execute()
        texts = [labelled(dict(zip(FIELDS, [(field or b"").decode() for field in row], strict=True))) for row in rows]
        return [_letter(i, row) for i, row in zip(wanted, texts, strict=True)]

    def recompose(self, reopening: Reopening, plan: Plan) -> Counter[Way]:
        """Write while the deliveries are taken, in calls of a bounded size; the letters' endings come with the last."""
        matching = Recomposition(reopening, plan)
        ways: Counter[Way] = Counter()
        rows: list[list[str | int]] = []
        size, word = 0, secrets.token_hex(4)
        last: list[str | int] = []
        for letter, delivery in matching.deliveries():
            row = delivery_row(delivery)
            full = len(rows) >= CHUNK or size >= CHUNK_BYTES
            if full and not same_member(last, row):
                ways += self._write(plan, word, rows)
                rows, size = [], 0
            last = row
            rows.append([letter.id, int(not letter.composed), *row])
            size += len(str(row[MESSAGE]))
        again = self._again(plan) if plan.deferred else 0
        if not again:  # it has waited long enough
            plan.failures.extend(plan.deferred)
        endings = list(matching.endings())
        while len(endings) > CHUNK:
            ways += self._write(plan, word, rows, endings[:CHUNK])
            rows, endings = [], endings[CHUNK:]
        return ways + self._write(plan, word, rows, endings, again=again, notes=encode_notes(plan.notes))

    def give_back(self, event: str, reason: str, detail: str) -> int:
        """The event can't be read."""
        letters = [i.decode() for i in self._redis.smembers(f"{PREFIX}event:{event}:asked")]
        for start in range(0, len(letters), CHUNK):
            rows = [(letter, Ending.BACK, reason, detail, "") for letter in letters[start : start + CHUNK]]
            self._run("recompose", event, "", self._retention, "", 0, "", 0, len(rows), *flat(rows))
        return len(letters)

    def _again(self, plan: Plan) -> int:
        return self._patience.again(f"{PREFIX}event:{plan.event.key}", "asked_deferrals", "asked_since")

    def _write(
        self,
        plan: Plan,
        word: str,
        rows: Sequence[list[str | int]],
        ends: Sequence[Ended] = (),
        *,
        again: int = 0,
        notes: str = "",
    ) -> Counter[Way]:
        endings = [(e.letter, e.ending, e.reason, e.detail, e.definition_version) for e in ends]
        head = [plan.event.key, plan.configuration_version, self._retention, notes, again, word]
        arguments = [*flat([head]), len(rows), *flat(rows), len(endings), *flat(endings)]
        answer = self._run.replicated(self._replicas, "recompose", *arguments)
        return Counter(Way.parse(way.decode()) for way in answer)


def _letter(ident: str, fields: dict[str, str]) -> Letter:
    message, member = fields["message"], fields["member"]
    to = decode_message(message).to if message and not member else ()
    return Letter(ident, fields["handler"], bool(message), member, to)
