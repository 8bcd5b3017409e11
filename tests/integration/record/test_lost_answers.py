"""A connection lost while Redis answers a claim: nobody was told of the leases, so nobody tried anything."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from notifier.embedded import EmbeddedRedis
from notifier.model import Channel, Delivery, Event, Message, delivery_id
from notifier.record.codec import to_ms
from notifier.record.glance import glance
from notifier.record.outbox import Claim, Plan, Way
from notifier.record.redis_client import connect
from notifier.record.redis_outbox import PREFIX, RedisOutbox
from notifier.testing import FaultProxy, Towards

WAY = Way(Channel.MAIL, "relay1")
DAY = timedelta(days=1)


@pytest.fixture
def network(redis_server: EmbeddedRedis) -> Iterator[FaultProxy]:
    """The way to Redis."""
    with FaultProxy(Path(urlsplit(redis_server.url).path)) as proxy:
        yield proxy


@pytest.fixture
def outbox(network: FaultProxy, redis: Redis) -> Iterator[RedisOutbox]:
    """An outbox at the end of it, with four deliveries for a provider that works."""
    now = datetime.now(UTC)
    event = Event("e1", "/pi", "token_init", now, raw=b"{}")
    messages = [Message(Channel.MAIL, "relay1", (f"{i}@example.com",), "Hello") for i in range(4)]
    with connect(f"redis://127.0.0.1:{network.port}") as client:
        outbox = RedisOutbox(client, retention=DAY)
        outbox.claim(WAY, 1)  # Redis knows the script
        deliveries = [Delivery(delivery_id(event.key, "h", m), event.key, "h", m, now, now + DAY) for m in messages]
        outbox.plan([Plan(event, deliveries)])
        redis.hset(f"{PREFIX}provider:{WAY}", "answered_at", to_ms(now))
        yield outbox


def leased(redis: Redis) -> int:
    """How many deliveries somebody is to be trying."""
    return glance(redis).queues[0].leased


def ids(claim: Claim) -> set[str]:
    return {delivery.id for delivery in claim.deliveries}


def test_a_claim_that_is_repeated_leases_nothing_more(outbox: RedisOutbox, network: FaultProxy, redis: Redis) -> None:
    """The client asks again by itself: it gets what the first time has leased, and no other delivery is touched."""
    network.cut_after(1, Towards.CLIENT)

    claim = outbox.claim(WAY, 2)

    assert network.connections == 2
    assert (len(ids(claim)), leased(redis)) == (2, 2)
    assert not ids(claim) & ids(outbox.claim(WAY, 2))


def test_the_next_claim_gets_what_one_without_an_answer_leased(
    outbox: RedisOutbox, network: FaultProxy, redis: Redis
) -> None:
    """Redis was away for longer than the second try: what nobody was told of doesn't wait to be called unsure."""
    network.refuse()
    network.cut_after(1, Towards.CLIENT)
    with pytest.raises(RedisConnectionError):
        outbox.claim(WAY, 2)
    network.heal()
    assert leased(redis) == 2
    before = redis.zrange(f"{PREFIX}leased:{WAY}", 0, -1, withscores=True)

    claim = outbox.claim(WAY, 2)

    after = redis.zrange(f"{PREFIX}leased:{WAY}", 0, -1, withscores=True)
    assert ids(claim) == {member.decode() for member, _ in before} == {member.decode() for member, _ in after}
    assert min(score for _, score in after) > max(score for _, score in before)
    assert not ids(claim) & ids(outbox.claim(WAY, 2))
