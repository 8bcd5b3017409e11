"""The outbox in Redis: every change is one Lua call for a whole batch (`lua/`, key schema on top of plan.lua).

Redis's clock decides, so hosts whose clocks differ do no harm.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any, assert_never

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from notifier.model import Delivery, OnUnsure
from notifier.outcome import Reason
from notifier.record.codec import decode_message, encode_message, from_ms, to_ms
from notifier.record.masking import mask_all
from notifier.record.outbox import Claim, Failure, Plan, Settlement, Way
from notifier.retry import Again, Done, GiveUp, Hold, Step

PREFIX = "nt:{0}:"
#: Deliveries of one event per call: more would keep Redis from its other clients.
CHUNK = 500
LEASE = timedelta(seconds=20)
#: A delivery that took that many workers with it is not tried again.
MOST_LOSSES = 5


@cache
def source(name: str) -> str:
    """The text of a script of ours; those that end deliveries share how."""
    parts = ("finish", name) if name in ("settle", "desk") else (name,)
    return "\n".join((files("notifier.record") / "lua" / f"{part}.lua").read_text() for part in parts)


class Scripts:
    """The scripts, loaded once a client; EVALSHA after that."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._scripts: dict[str, Any] = {}

    def __call__(self, name: str, *arguments: str | bytes | float) -> Any:
        """Run a script on the record's keys."""
        script = self._scripts.get(name)
        if script is None:
            script = self._scripts[name] = self._redis.register_script(source(name))
        return script(keys=[PREFIX], args=arguments)


class RedisOutbox:
    """See `notifier.record.outbox.Outbox`."""

    def __init__(self, redis: Redis, *, retention: timedelta, lease: timedelta = LEASE) -> None:
        self._run = Scripts(redis)
        self._retention = max(to_milliseconds(retention), 1)
        self.lease = lease

    def plan(self, plans: Sequence[Plan]) -> Sequence[bool]:
        """One call for all events, more only where an event has over `CHUNK` deliveries."""
        whole: list[list[str | bytes | int]] = []
        answers: list[bool] = []
        for plan in plans:
            rows: Iterator[list[str | int]] = iter(
                [*map(_delivery_row, plan.deliveries), *(_failure_row(plan, f) for f in plan.failures)]
            )
            chunk = list(islice(rows, CHUNK))
            while following := list(islice(rows, CHUNK)):
                self._run("plan", 1, *_event_row(plan, 0, len(chunk)), *_flat(chunk))
                chunk = following
            whole.append([*_event_row(plan, self._retention, len(chunk)), *_flat(chunk)])
        if whole:
            answers = [answer == 1 for answer in self._run("plan", len(whole), *_flat(whole))]
        return answers

    def claim(self, way: Way, limit: int) -> Claim:
        """Lease what is due."""
        token = secrets.token_hex(8)
        now, failures, *rows = self._run("claim", str(way), limit, to_milliseconds(self.lease), token)
        return Claim(way, token, from_ms(now), tuple(map(_delivery, rows)), int(failures))

    def settle(self, claim: Claim, settlements: Iterable[Settlement], pause: timedelta | None) -> Sequence[str]:
        """Record outcomes and give the leases back."""
        rows = [_settlement_row(claim, settlement) for settlement in settlements]
        pause_ms = -1 if pause is None else to_milliseconds(pause)
        arguments = [str(claim.way), claim.token, self._retention, pause_ms, len(rows), *_flat(rows)]
        until = time.monotonic() + self.lease.total_seconds()
        while True:
            try:
                _, *stale = self._run("settle", *arguments)
                break
            except (RedisConnectionError, RedisTimeoutError):
                # The answers are known to nobody but us: while the lease may hold, they are worth waiting for.
                # Twice is once: a settled delivery has no lease any more.
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
        return [i.decode() for i in stale]

    def renew(self, claim: Claim) -> None:
        """Prolong the leases of a claim whose attempts are still running."""
        self._run("renew", str(claim.way), claim.token, to_milliseconds(self.lease), *(d.id for d in claim.deliveries))

    def reclaim(self, most: int = 1000) -> int:
        """Take back deliveries whose worker is gone; how many."""
        return int(self._run("reclaim", most, MOST_LOSSES))


def to_milliseconds(span: timedelta) -> int:
    """The span in whole milliseconds."""
    return round(span.total_seconds() * 1000)


def _flat(rows: Iterable[Iterable[Any]]) -> list[Any]:
    return [field for row in rows for field in row]


def _event_row(plan: Plan, final: int, count: int) -> list[str | bytes | int]:
    event = plan.event
    notes = json.dumps([[n.handler, n.verdict, n.reason, n.detail] for n in plan.notes], ensure_ascii=False)
    arrived = to_ms(event.time)
    return [event.key, event.id, event.source, event.type, event.position, event.raw, arrived, notes, final, count]


def _delivery_row(delivery: Delivery) -> list[str | int]:
    message = delivery.message
    return [
        delivery.id,
        delivery.handler,
        str(Way(message.channel, message.provider)),
        message.channel,
        message.provider,
        mask_all(message.to),
        encode_message(message),
        to_ms(delivery.created),
        to_ms(delivery.deadline),
        int(delivery.expires),
        delivery.on_unsure,
        "queued",
        "",
        "",
    ]


def _failure_row(plan: Plan, failure: Failure) -> list[str | int]:
    way = Way(failure.channel, failure.provider)
    now = to_ms(plan.event.time)
    fixed: list[str | int] = [str(way), failure.channel, failure.provider, "", "", now, now, 0, OnUnsure.RESEND]
    return [failure.id, failure.handler, *fixed, "dead", failure.reason, failure.detail]


def _delivery(row: Sequence[bytes]) -> Delivery:
    did, event, handler, message, created, deadline, expires, unsure, attempts = row
    return Delivery(
        id=did.decode(),
        event=event.decode(),
        handler=handler.decode(),
        message=decode_message(message),
        created=from_ms(created),
        deadline=from_ms(deadline),
        expires=expires == b"1",
        on_unsure=OnUnsure(unsure.decode()),
        attempts=int(attempts),
    )


def _settlement_row(claim: Claim, settlement: Settlement) -> list[str | int]:
    state, due, counted, reason = _state(settlement.step)
    outcome = settlement.outcome
    if outcome is None:
        return [settlement.delivery_id, state, due, 0, "", reason, "its time was over before it could be sent", ""]
    attempt = json.dumps(
        {
            "outcome": outcome.kind,
            "reason": outcome.reason,
            "detail": outcome.detail,
            "provider": claim.way.provider,
        },
        ensure_ascii=False,
    )
    shown = reason or outcome.reason
    return [settlement.delivery_id, state, due, counted, outcome.kind, shown, outcome.detail, attempt[1:]]


def _state(step: Step) -> tuple[str, int, int, str]:
    """State, due time (ms), whether an attempt was used up, and the reason where the step has its own."""
    match step:
        case Done():
            return "sent", 0, 1, ""
        case Again(at=at, counted=counted):
            return "retry", to_ms(at), int(counted), ""
        case Hold(reason=reason):
            return "held", 0, 1, reason
        case GiveUp(reason=reason):
            return "expired" if reason is Reason.EXPIRED else "dead", 0, 1, reason
        case _:
            assert_never(step)
