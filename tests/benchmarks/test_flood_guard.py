"""What the flood guard costs an event that is planned: off, on, and where most is held back. Nothing is asserted."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from notifier.configuration import Rate
from notifier.embedded import EmbeddedRedis
from notifier.model import Channel, Delivery, Event, Message, delivery_id
from notifier.record.outbox import Plan
from notifier.record.redis_client import connect
from notifier.record.redis_outbox import RedisOutbox

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
EVENTS = 5000


def plans(recipients: int) -> list[Plan]:
    now = datetime.now(UTC)
    found = []
    for number in range(EVENTS):
        event = Event(f"e{number}", "/b", "token_init", now, raw=b"{}" * 300)
        to = f"user{number % recipients}@example.com"
        message = Message(Channel.MAIL, "relay1", (to,), "Hello " * 40, subject="Token", sender="tokens@example.com")
        ident = delivery_id(event.key, "h", message)
        found.append(Plan(event, [Delivery(ident, event.key, "h", message, now, now + DAY)]))
    return found


@pytest.mark.timeout(120)
def test_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Five thousand events with a delivery each, in batches as the worker makes them."""
    kinds = [
        ("guard off", None, EVENTS),
        ("guard on, all within the limit", Rate(5, HOUR), EVENTS),
        ("guard on, 10 recipients, most held", Rate(5, HOUR), 10),
    ]
    with EmbeddedRedis(tmp_path / "redis") as redis, capsys.disabled():
        client = connect(redis.url)
        print()
        for _ in range(2):  # the first round warms up
            for name, limit, recipients in kinds:
                client.flushall()
                outbox = RedisOutbox(client, retention=DAY, per_recipient=limit)
                there = plans(recipients)
                began = time.perf_counter()
                for start in range(0, EVENTS, 100):
                    outbox.plan(there[start : start + 100])
                took = (time.perf_counter() - began) / EVENTS * 1e6
                print(f"{name:36} {took:6.1f} µs an event")
        client.close()
