"""Publishing from Python: one Redis round trip, and never a longer wait than the time-out."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from notifier.errors import NotifierError, RedisUnreachable, UnreadableEvent
from notifier.outcome import Unreadable
from notifier.record.redis_client import connect


@cache
def _client(url: str, timeout: float) -> Redis:
    return connect(url, timeout=timeout, connect_timeout=timeout)


def publish(
    event: Mapping[str, Any] | str | bytes,
    *,
    redis_url: str | None = None,
    stream: str = "token-events",
    timeout: float = 2.0,
) -> str:
    """Publish one token event (docs/events.md); when this returns, it is accepted.

    Args:
        event: The CloudEvent as a mapping, or its JSON text.
        redis_url: ``redis://``, ``rediss://`` or ``unix://``; else the environment's NOTIFIER_REDIS_URL.
        stream: The stream's name, where it was configured to be another.
        timeout: In seconds, for connecting and for the answer.

    Returns:
        The stream entry's id.

    Raises:
        UnreadableEvent: it can't be written as JSON.
        RedisUnreachable: Redis doesn't answer in time, or no URL is known.
        NotifierError: Redis refuses (full, read-only, no permission).
    """
    url = redis_url or os.environ.get("NOTIFIER_REDIS_URL")
    if not url:
        raise RedisUnreachable("no Redis: give redis_url, or set NOTIFIER_REDIS_URL")
    if isinstance(event, Mapping):
        try:
            event = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        except (TypeError, ValueError) as error:
            raise UnreadableEvent(Unreadable.NOT_JSON, f"not JSON: {type(error).__name__}") from None
    try:
        entry: Any = _client(url, timeout).xadd(stream, {"event": event})
    except (RedisConnectionError, RedisTimeoutError) as error:
        raise RedisUnreachable(f"Redis can't be reached ({type(error).__name__}); the event was not accepted") from None
    except RedisError as error:
        raise NotifierError(f"Redis refused the event: {error}") from None
    return entry.decode() if isinstance(entry, bytes) else str(entry)
