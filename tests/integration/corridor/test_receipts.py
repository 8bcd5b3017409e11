"""From an SMS to its receipts in the timeline: a simulated SMSC, a real Redis, and all that is between them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis import Redis
from waiting import until

from notifier.configuration import Policies, SmsGateway
from notifier.deliver.provider import Reporting
from notifier.deliver.registry import open_provider
from notifier.model import Channel, Delivery, Event, Message, delivery_id
from notifier.pipeline import Attempts
from notifier.record.keeper import LeaseKeeper
from notifier.record.outbox import Plan, Way
from notifier.record.redis_outbox import RedisOutbox
from notifier.record.redis_receipts import RedisReceipts
from notifier.record.timeline import Timeline
from notifier.testing import SmppReply, SmscSink

WAY = Way(Channel.SMS, "gateway")
DAY = timedelta(days=1)


@pytest.fixture
def sink() -> Iterator[SmscSink]:
    """An SMSC whose receipts write ids otherwise than its answers do."""
    with SmscSink(hexadecimal=True) as running:
        yield running


def worker(redis: Redis, sink: SmscSink) -> tuple[Attempts, Reporting]:
    """One worker process's second half of the corridor."""
    place = {"SMSC_HOST": "127.0.0.1", "SMSC_PORT": str(sink.port), "RECEIPTS": "yes", "RECEIPT_ID": "dec"}
    provider = open_provider(SmsGateway("gateway", "smpp", {**place, "TIMEOUT": "20"}))
    assert isinstance(provider, Reporting)
    provider.report_to(RedisReceipts(redis))
    attempts = Attempts(
        outbox=RedisOutbox(redis, retention=DAY),
        keeper=LeaseKeeper(timedelta(seconds=5)),
        providers=lambda _: nullcontext(provider),
        policies=Policies(),
        observe=lambda _: None,
        roll=lambda: 0.5,
    )
    return attempts, provider


def plan(redis: Redis, ident: str, body: str) -> None:
    """One SMS is due."""
    now = datetime.now(UTC)
    event = Event(ident, "/pi", "token_init", now, raw=b"{}")
    message = Message(WAY.channel, WAY.provider, ("+4915112345678",), body)
    delivery = Delivery(delivery_id(event.key, "h", message), event.key, "h", message, now, now + DAY)
    RedisOutbox(redis, retention=DAY).plan([Plan(event, [delivery])])


def receipts(redis: Redis, ident: str) -> list[dict[str, Any]]:
    """What its timeline shows."""
    found: list[dict[str, Any]] = Timeline(redis).show(ident)["deliveries"][0]["receipts"]
    return sorted(found, key=lambda receipt: receipt["part"])


def test_each_part_s_receipt_is_in_the_timeline(redis: Redis, sink: SmscSink) -> None:
    """Whichever process hears it: here the bind of another one."""
    plan(redis, "e1", "x" * 400)
    (sending, one), (listening, other) = worker(redis, sink), worker(redis, sink)
    assert sending.attempt(WAY, 5.0) == {"accepted": 1}
    one.close()
    plan(redis, "e2", "another")
    assert listening.attempt(WAY, 5.0) == {"accepted": 1}

    for ident in reversed(sink.messages[0].message_ids):
        sink.receipt(ident, "UNDELIV", "034")
        sink.receipt(ident, "UNDELIV", "034")
    until(lambda: len(receipts(redis, "e1")) == 3)
    sink.wait_until(lambda s: s.answers.count(("deliver_sm", 0)) == 6)

    assert [(r["part"], r["state"], r["error"]) for r in receipts(redis, "e1")] == [
        (part, "undeliverable", "034") for part in (1, 2, 3)
    ]
    assert receipts(redis, "e1")[0]["done"] == "2026-11-25 12:03:01"
    assert receipts(redis, "e2") == []
    other.close()


def test_a_receipt_before_the_answer_waits_for_it(redis: Redis, sink: SmscSink) -> None:
    """The SMSC was quicker than the settlement."""
    plan(redis, "e1", "Hello")
    sink.script(SmppReply(receipts=("DELIVRD",), early=True, delay=0.1))
    sending, provider = worker(redis, sink)
    sending.attempt(WAY, 5.0)
    until(lambda: receipts(redis, "e1"))

    assert [(r["part"], r["state"]) for r in receipts(redis, "e1")] == [(1, "delivered")]
    provider.close()
