"""An event that came by Celery while Redis is full: kept until there is room, or given back."""

from __future__ import annotations

import pytest
import structlog
from celery.exceptions import Reject
from redis import Redis

from notifier.intake.stream import Stream
from notifier.worker.handover import hand_over

EVENT = {"id": "e1", "data": {"tokenowner": {"email": "kim@example.com"}}}


def test_it_waits_for_room(redis: Redis) -> None:
    """Refused twice, then there is room: it is in the stream, once."""
    stream, pauses = Stream(redis, "token-events", "test"), []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            redis.config_set("maxmemory", "0")

    redis.config_set("maxmemory", "1")
    try:
        hand_over(EVENT, stream.append, pause=pause, asked=lambda: False)
    finally:
        redis.config_set("maxmemory", "0")

    assert len(pauses) == 2
    assert redis.xlen("token-events") == 1


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize("event", [EVENT, '{"id": "e1", "email": "kim@example.com"}'])
def test_what_is_refused_to_the_end_returns(redis: Redis, event: object, *, asked: bool) -> None:
    """The message goes back to its queue; the log says the event's id, and nothing else of it."""
    stream, times = Stream(redis, "token-events", "test"), iter(range(0, 1000, 100))

    redis.config_set("maxmemory", "1")
    try:
        with structlog.testing.capture_logs() as lines, pytest.raises(Reject) as raised:
            hand_over(event, stream.append, pause=lambda _: None, clock=lambda: next(times), asked=lambda: asked)
    finally:
        redis.config_set("maxmemory", "0")

    assert raised.value.requeue
    assert [(line["event"], line["id"]) for line in lines] == [("event.refused", "e1")]
    assert "kim" not in str(lines)
    assert next(times) == (100 if asked else 400), "tried for 250 s"
