"""The record in memory and in Redis behind one face, for what both have to do alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ageing import age
from redis import Redis

from notifier.circuit import Health, Well
from notifier.configuration import Policies
from notifier.model import Channel, Delivery, Event, Message, OnUnsure, delivery_id
from notifier.outcome import Outcome
from notifier.record.desk import DeadLetters, Desk
from notifier.record.flood import Floods
from notifier.record.glance import Comeback, Glance, Queue, glance, reopened, returned
from notifier.record.outbox import Claim, Note, Plan, Settlement, Way
from notifier.record.receipts import Receipts
from notifier.record.redis_floods import RedisFloods
from notifier.record.redis_outbox import RedisOutbox
from notifier.record.redis_receipts import RedisReceipts
from notifier.record.redis_reopenings import RedisReopenings
from notifier.record.reopening import Reopenings
from notifier.record.timeline import Timeline
from notifier.retry import Again, Step
from notifier.testing import (
    Clock,
    MemoryDesk,
    MemoryFloods,
    MemoryOutbox,
    MemoryReceipts,
    MemoryReopenings,
    MemoryTimeline,
)

WAY = Way(Channel.MAIL, "relay1")
#: Whose rates a look at the record knows.
WAYS = (WAY, Way(Channel.MAIL, "relay2"))
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass
class Record:
    """An outbox, what else looks at its record, and time that passes when a test says so."""

    outbox: MemoryOutbox | RedisOutbox
    desk: DeadLetters
    show: Callable[[str], dict[str, Any]]
    glance: Callable[[], Glance]
    reopenings: Reopenings
    #: The events to be put back into the stream.
    reopened: Callable[[], Sequence[Comeback]]
    returned: Callable[[Comeback], None]
    elapse: Callable[[timedelta], object]
    now: Callable[[], datetime]
    floods: Floods
    receipts: Receipts
    policies: Policies = field(default_factory=Policies)

    def event(self, ident: str) -> Event:
        """What happened."""
        return Event(ident, "/pi", "token_init", self.now(), raw=b'{"id":"%s"}' % ident.encode())

    def prepare(
        self,
        ident: str,
        *recipients: str,
        way: Way = WAY,
        lifetime: timedelta = DAY,
        expires: bool = False,
        unsure: OnUnsure = OnUnsure.RESEND,
        critical: bool = False,
    ) -> Plan:
        """An event with a delivery for each recipient."""
        event, now = self.event(ident), self.now()
        messages = [Message(way.channel, way.provider, (to,), "Hello", subject="Hi") for to in recipients]
        rules = now, now + lifetime, expires, unsure
        deliveries = [
            Delivery(delivery_id(event.key, "h", m), event.key, "h", m, *rules, critical=critical) for m in messages
        ]
        return Plan(event, deliveries, notes=[Note("h", "matched")])

    def plan(self, ident: str, *recipients: str, **rules: Any) -> bool:
        """Plan it; whether it was the first time."""
        (first,) = self.outbox.plan([self.prepare(ident, *recipients, **rules)])
        return first

    def settle(self, claim: Claim, step: Step, outcome: Outcome | None, health: Health | None = None) -> Sequence[str]:
        """All of a claim fared alike."""
        return self.outbox.settle(claim, [Settlement(d.id, outcome, step) for d in claim.deliveries], health)

    def attempt(self, step: Step, outcome: Outcome | None, health: Health | None = None, way: Way = WAY) -> str:
        """One delivery is tried; its id."""
        claim = self.outbox.claim(way, 1)
        (delivery,) = claim.deliveries
        assert self.settle(claim, step, outcome, health) == []
        return delivery.id

    def answers(self, way: Way = WAY) -> None:
        """The provider is known to work from now on; what it was found out with is handed back."""
        self.attempt(Again(self.now(), counted=False), None, Well(), way)

    def deliveries(self, ident: str) -> list[dict[str, Any]]:
        """How an event's deliveries stand."""
        found: list[dict[str, Any]] = self.show(ident)["deliveries"]
        return found

    def state(self, ident: str) -> str:
        """How an event stands."""
        found: str = self.show(ident)["event"]["state"]
        return found

    def queue(self, way: Way = WAY) -> Queue:
        """One provider's queue."""
        found = self.glance().of(way)
        assert found is not None
        return found


def memory_record(**options: Any) -> Record:
    """Over `notifier.testing.MemoryOutbox`."""
    clock = Clock()
    outbox = MemoryOutbox(clock, **{"retention": DAY, **options})
    timeline, reopenings = MemoryTimeline(outbox.record, outbox.rates), MemoryReopenings(outbox)
    return Record(
        outbox,
        MemoryDesk(outbox.record),
        timeline.show,
        timeline.glance,
        reopenings,
        reopenings.reopened,
        reopenings.returned,
        clock.advance,
        clock,
        MemoryFloods(outbox.record),
        MemoryReceipts(outbox.record),
    )


def _now() -> datetime:
    """Redis runs on this host. It counts milliseconds: a part of one more would be later than its now."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def redis_record(redis: Redis, **options: Any) -> Record:
    """Over a real Redis."""
    given: dict[str, Any] = {"retention": DAY, **options}
    outbox, rates = RedisOutbox(redis, **given), given.get("rates", lambda _: ())
    return Record(
        outbox,
        Desk(redis, retention=given["retention"], policies=Policies()),
        Timeline(redis).show,
        lambda: glance(redis, {way: outbox.rates_of(way) for way in WAYS if rates(way)}),
        RedisReopenings(redis, **{k: v for k, v in given.items() if k in ("retention", "patience", "roll")}),
        lambda: reopened(redis),
        lambda comeback: returned(redis, comeback),
        lambda span: age(redis, span),
        _now,
        RedisFloods(redis, retention=given["retention"]),
        RedisReceipts(redis),
    )
