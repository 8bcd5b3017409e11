"""On an open connection a publish needs nobody who waits along; whatever becomes of it, the promises hold."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from redis import Redis

from notifier.errors import RedisRefused, RedisUnreachable
from notifier.producer import Producer
from notifier.record import lines
from notifier.record.redis_client import connect


@pytest.fixture
def client(own_redis: Any) -> Iterator[Redis]:
    """As a producer has it: it waits for long."""
    found = connect(own_redis.url, timeout=30, connect_timeout=30)
    yield found
    found.close()


@pytest.fixture
def publish(client: Redis, make_event: Callable[..., dict[str, Any]]) -> Callable[..., list[str]]:
    """Publish an event by its id, through one producer; the first connects."""
    producer = Producer(lambda: client, stream="token-events")

    def run(ident: str, seconds: float = 10.0, **more: Any) -> list[str]:
        return producer.publish([json.dumps(make_event(ident, **more)).encode()], seconds)

    run("first")
    return run


def test_nobody_waits_along(own_redis: Any, publish: Any, client: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a connection is open, the client that may connect isn't asked; the events are there, in order."""
    monkeypatch.setattr(client, "execute_command", None)
    monkeypatch.setattr(client, "pipeline", None)

    for ident in ("a", "b"):
        publish(ident)

    assert own_redis.ids() == ["first", "a", "b"]


def test_a_frozen_redis_costs_the_timeout(own_redis: Any, publish: Any) -> None:
    """It says that nobody knows; the event may be there later."""
    own_redis.signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(RedisUnreachable, match="no answer within 0.3"):
            publish("a", 0.3)
        assert 0.2 < time.monotonic() - began < 5
    finally:
        own_redis.signal(signal.SIGCONT)

    publish("b")

    assert own_redis.ids()[-1] == "b"


def test_a_restarted_redis_is_found_again(own_redis: Any, publish: Any) -> None:
    """The connection is dead, and the next publish goes another way: nobody notices."""
    own_redis.stop()
    with pytest.raises(RedisUnreachable):
        publish("lost")
    own_redis.start()

    for ident in ("a", "b", "c"):
        publish(ident)

    assert own_redis.ids() == ["first", "a", "b", "c"]


def test_a_restart_between_two_publishes(own_redis: Any, publish: Any) -> None:
    """The first one after it doesn't fail either."""
    own_redis.stop()
    own_redis.start()

    publish("a")

    assert own_redis.ids() == ["first", "a"]


def test_a_refusal_is_told_and_the_connection_stays(own_redis: Any, publish: Any, client: Redis) -> None:
    """The stream's key holds something else: Redis's own words, without the event's."""
    client.rename("token-events", "kept")
    client.set("token-events", "x")

    with pytest.raises(RedisRefused, match="WRONGTYPE") as caught:
        publish("a", subject="a secret")

    assert "secret" not in repr(caught.value.__cause__)
    client.rename("kept", "token-events")
    publish("b")
    assert own_redis.ids() == ["first", "b"]


def test_an_idle_connection_is_not_trusted(publish: Any, own_redis: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A firewall may have forgotten it, and nothing would ever come back."""
    monkeypatch.setattr(lines, "FRESH", -1.0)
    own_redis.stop()
    own_redis.start()

    publish("a")

    assert own_redis.ids() == ["first", "a"]


def test_threads_do_not_get_each_others_answers(publish: Any, own_redis: Any) -> None:
    """Each has a connection of its own while it speaks; all events are there once."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(publish, (f"e{number}" for number in range(400))))

    assert sorted(own_redis.ids()) == sorted(["first", *(f"e{number}" for number in range(400))])


def test_a_large_event_goes_the_other_way(publish: Any, own_redis: Any) -> None:
    """It may not fit into a socket at once."""
    publish("a", subject="x" * 100_000)

    assert own_redis.ids() == ["first", "a"]
