"""The outbox in Redis: every change is one Lua call for a whole batch (`lua/`, key schema on top of plan.lua).

Redis's clock decides, so hosts whose clocks differ do no harm.
"""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from notifier.circuit import Health
from notifier.configuration import Rate, RetryPolicy
from notifier.model import Delivery
from notifier.record.codec import from_ms, to_milliseconds, to_ms
from notifier.record.flood import limit_words
from notifier.record.notes import encode_notes, implied
from notifier.record.outbox import Claim, Plan, Settlement, Way
from notifier.record.patience import PATIENCE, Patience
from notifier.record.rates import spelled
from notifier.record.redis_client import discreet
from notifier.record.replicas import NONE, Replicas, ReplicasBehind
from notifier.record.rows import (
    HANDLER,
    MESSAGE,
    TOO_LATE,
    delivery_of,
    failure_row,
    flat,
    health_words,
    rows_of,
    same_member,
    settlement_row,
    unreadable,
)
from notifier.retry import Again

PREFIX = "nt:{0}:"
#: Deliveries per call, and bytes: more would keep Redis from its other clients.
CHUNK, CHUNK_BYTES = 500, 4 << 20
LEASE = timedelta(seconds=20)
#: A lease outlives its provider's time-out by that much.
LEASE_MARGIN = timedelta(seconds=10)
#: A provider that answered within so many leases is known to work; another is approached by one worker at a time.
FRESH_LEASES = 2
#: A delivery that took that many workers with it is not tried again.
MOST_LOSSES = 5


#: A script that others begin with, and which.
SHARED = {
    "finish": ("plan", "settle", "desk", "recompose", "overflows"),
    "tried": ("settle", "reclaim"),
    "write": ("plan", "recompose", "tell"),
    "event": ("plan", "tell"),
    "flood": ("plan",),
    "circuit": ("claim", "settle", "bell", "divert", "glance", "overdue"),
    "home": ("settle", "desk", "divert"),
    "late": ("settle", "overdue"),
    "receipt": ("settle", "join"),
    "atwork": ("bell", "enter", "keep"),
    "rate": ("claim", "bell", "divert", "glance"),
}


@cache
def source(name: str) -> str:
    """The text of a script of ours, behind what it shares with others."""
    shared = [part for part, users in SHARED.items() if name in users]
    return "\n".join((files("notifier.record") / "lua" / f"{part}.lua").read_text() for part in (*shared, name))


class Scripts:
    """The scripts, loaded once a client; EVALSHA after that."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._scripts: dict[str, Any] = {}

    def __call__(self, name: str, *arguments: str | bytes | float) -> Any:
        """Run a script on the record's keys."""
        return self._script(name)(keys=[PREFIX], args=arguments)

    def _script(self, name: str) -> Any:
        if name not in self._scripts:
            self._scripts[name] = self._redis.register_script(source(name))
        return self._scripts[name]

    def replicated(self, replicas: Replicas, name: str, *arguments: str | bytes | float) -> Any:
        """Run a script, and wait for the replicas to have what it wrote.

        Raises:
            ReplicasBehind: they don't in time. What was written stays written.
        """
        if not replicas.count:
            return self(name, *arguments)
        with discreet(), self._redis.pipeline(transaction=False) as pipe:  # WAIT means what its own connection wrote
            self._script(name)(keys=[PREFIX], args=arguments, client=pipe)
            pipe.wait(replicas.count, to_milliseconds(replicas.timeout))
            answer, reached = pipe.execute()
        if int(reached) < replicas.count:
            raise ReplicasBehind(answer)
        return answer


class RedisOutbox:
    """See `notifier.record.outbox.Outbox`."""

    def __init__(
        self,
        redis: Redis,
        *,
        retention: timedelta,
        lease: timedelta = LEASE,
        time_out: Callable[[Way], float] = lambda _: 0.0,
        rates: Callable[[Way], Sequence[Rate]] = lambda _: (),
        patience: RetryPolicy = PATIENCE,
        roll: Callable[[], float] = lambda: 0.5,
        per_recipient: Rate | None = None,
        replicas: Replicas = NONE,
    ) -> None:
        self._redis: Any = redis  # its annotations serve clients of str and of bytes alike
        self._run = Scripts(redis)
        self._retention = max(to_milliseconds(retention), 1)
        self._patience = Patience(redis, patience, roll)
        self._roll = roll
        self._replicas = replicas
        self._time_out = time_out
        self._rates = rates
        self._per_recipient = per_recipient
        #: Tokens of claims that got no answer: what they leased, if they did, is the next claim's.
        self._unanswered: dict[Way, list[str]] = {}
        #: The shortest there is.
        self.lease = lease

    def lease_of(self, way: Way) -> timedelta:
        """It outlives whatever the provider may keep us waiting for at a time (`time_out`, seconds)."""
        seconds = self._time_out(way)
        return max(self.lease, timedelta(seconds=seconds) + LEASE_MARGIN) if seconds else self.lease

    def fresh(self, way: Way) -> timedelta:
        """For how long an answer shows that the provider works."""
        return FRESH_LEASES * self.lease_of(way)

    def rates_of(self, way: Way) -> str:
        """What it may be sent, as the scripts read it."""
        return spelled(self._rates(way))

    def plan(self, plans: Iterable[Plan]) -> Sequence[bool]:
        """Many small events in one call, a large one in several: neither a call nor what is in memory grows large."""
        answers: list[int] = []
        batch = _Batch()
        call = secrets.token_hex(4)
        for number, plan in enumerate(plans):
            if batch.full:
                answers += self._write(batch.closed)
                batch = _Batch()
            word = f"{call}.{number}"
            for row in rows_of(plan, limited=self._per_recipient is not None):
                if batch.full and not batch.continues(row):
                    answers += self._write(batch.closed)
                    self._write([batch.segment(plan, word, encode_notes(plan.notes))])  # more of it follows
                    batch = _Batch(split=True)
                batch.add(row)
            again = self._again(plan) if plan.deferred else 0
            if plan.deferred and not again:  # it has waited long enough
                plan.failures.extend(plan.deferred)
                for failure in plan.deferred:
                    batch.add(failure_row(plan, failure))
            batch.close(plan, word, final=self._retention, again=again)
        answers += self._write(batch.closed)
        return [answer == 1 for answer in answers]

    def _write(self, segments: Sequence[Sequence[str | bytes | int]]) -> list[int]:
        if not segments:
            return []
        head = len(segments), *limit_words(self._per_recipient)
        return list(self._run.replicated(self._replicas, "plan", *head, *flat(segments)))

    def _again(self, plan: Plan) -> int:
        return self._patience.again(f"{PREFIX}event:{plan.event.key}", "deferrals", "deferred_since")

    def claim(self, way: Way, limit: int) -> Claim:
        """Lease what is due. A lease that a fail-over would forget is none: then it is handed back untouched.

        What can't be read is settled here, alone; if nothing else was found there may be more behind it.
        """
        lease = self.lease_of(way)
        try:
            token = self._unanswered.setdefault(way, []).pop()
        except IndexError:
            token = secrets.token_hex(8)
        arguments = str(way), limit, to_milliseconds(lease), token, to_milliseconds(self.fresh(way)), self.rates_of(way)
        try:
            claim, unread = self._claim(way, token, lease, self._run.replicated(self._replicas, "claim", *arguments))
        except ReplicasBehind as error:
            claim, _ = self._claim(way, token, lease, error.answer)
            self.settle(
                claim, [Settlement(d.id, None, Again(claim.now, counted=False)) for d in claim.deliveries], None
            )
            raise
        except (RedisConnectionError, RedisTimeoutError):
            self._unanswered[way].append(token)
            raise
        return self.claim(way, limit) if unread and not claim.deliveries else claim

    def _claim(self, way: Way, token: str, lease: timedelta, answer: Sequence[Any]) -> tuple[Claim, int]:
        """The claim as a script answered it, and how many of its rows couldn't be read."""
        now, failures, fresh, *rows = answer
        deliveries: list[Delivery] = []
        unread: list[Settlement] = []
        for row in rows:
            try:
                deliveries.append(delivery_of(row))
            except Exception as error:  # noqa: BLE001 - whatever is wrong with one record must not hold its fellows up
                unread.append(unreadable(row, error, from_ms(now), self._roll()))
        claim = Claim(way, token, from_ms(now), tuple(deliveries), int(failures), lease, bool(fresh))
        if unread:
            self.settle(claim, unread, None)
        return claim, len(unread)

    def settle(self, claim: Claim, settlements: Iterable[Settlement], health: Health | None) -> Sequence[str]:
        """Record outcomes and give the leases back."""
        rows = [settlement_row(claim, settlement) for settlement in settlements]
        seen = (*health_words(health), claim.provider_failures)
        arguments = [str(claim.way), claim.token, self._retention, *seen, len(rows), *flat(rows)]
        until = time.monotonic() + claim.lease.total_seconds()
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

    def renew(self, claim: Claim) -> bool:
        """Prolong the leases of a claim whose attempts are still running; False: they are somebody else's by now."""
        ids = [delivery.id for delivery in claim.deliveries]
        return bool(self._run("renew", str(claim.way), claim.token, to_milliseconds(claim.lease), *ids) == len(ids))

    def divert(self, fallbacks: Iterable[tuple[Way, Way | None]], most: int = CHUNK) -> Counter[Way]:
        """Let due deliveries go where they can be sent: while a provider's circuit is open, to its fallback, and home.

        Args:
            fallbacks: Who takes over from whom (None, or not there: nobody; others' deliveries that are there go home).
            most: No more of one provider.

        Returns:
            Where deliveries went, and how many.
        """
        named = [(str(way), str(fallback or ""), self.rates_of(way)) for way, fallback in fallbacks]
        answer = iter(self._run("divert", most, *flat(named)))
        return Counter({Way.parse(way.decode()): int(count) for way, count in zip(answer, answer, strict=True)})

    def reclaim(self, most: int = 1000) -> int:
        """Take back deliveries whose worker is gone; how many."""
        return int(self._run("reclaim", most, MOST_LOSSES))

    def expire(self, most: int = CHUNK) -> int:
        """Give up what is past its deadline and queues for a provider that isn't well; how many.

        Args:
            most: No more of one provider are looked at.
        """
        return int(self._run("overdue", most, TOO_LATE))


class _Batch:
    """Events for one call: the closed ones, and the deliveries of the one being taken."""

    def __init__(self, *, split: bool = False) -> None:
        #: Deliveries of the one being taken were written before.
        self._split = split
        self.closed: list[list[str | bytes | int]] = []
        self._rows: list[list[str | int]] = []
        self._count = self._bytes = 0

    @property
    def full(self) -> bool:
        """It is enough for one call."""
        return self._count >= CHUNK or self._bytes >= CHUNK_BYTES

    def continues(self, row: list[str | int]) -> bool:
        """It is for the same member of a realm as the row before: all of one member is written, or nothing."""
        return bool(self._rows) and same_member(self._rows[-1], row)

    def add(self, row: list[str | int]) -> None:
        """One more delivery."""
        self._rows.append(row)
        self._count += 1
        self._bytes += len(str(row[MESSAGE]))

    def segment(self, plan: Plan, word: str, notes: str, *, final: int = 0, again: int = 0) -> list[str | bytes | int]:
        """The event with the deliveries taken so far; ``word`` is its evaluation's own."""
        event = plan.event
        moment, arrived = to_ms(event.time), to_ms(plan.arrived or event.time)
        head = [event.key, event.id, event.source, event.type, event.position, event.raw, moment, notes]
        version = plan.configuration_version
        return [*head, final, again, arrived, version, word, len(self._rows), *flat(self._rows)]

    def close(self, plan: Plan, word: str, *, final: int, again: int) -> None:
        """The event is complete."""
        short = not self._split and implied(plan.notes, (str(row[HANDLER]) for row in self._rows))
        notes = "" if short else encode_notes(plan.notes)
        self.closed.append(self.segment(plan, word, notes, final=final, again=again))
        self._split = False
        self._bytes += len(plan.event.raw)
        self._rows = []
