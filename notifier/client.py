"""Publishing from Python: ``notifier.publish(event)`` costs one round trip to Redis."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from redis import Redis

from notifier.configuration import Settings
from notifier.errors import RedisUnreachable, UnreadableEvent
from notifier.intake.stream import Stream
from notifier.outcome import Unreadable
from notifier.record.redis_client import UNREACHABLE, connect, unreachable


def publish(
    event: Mapping[str, Any] | bytes | str,
    *,
    redis_url: str | None = None,
    stream: str = "token-events",
    timeout: float = 2.0,
) -> str:
    """Publish one event: a mapping, or its JSON text.

    Only its size and that it is a JSON object with an ``id`` are looked at; what else is wrong with it ends in
    quarantine, where `notifier quarantine list` tells why.

    Args:
        event: docs/events.md says what one looks like.
        redis_url: Where Redis is; NOTIFIER_REDIS_URL where it isn't given.
        stream: The stream's name, as in notifier.yaml.
        timeout: In seconds: how long to wait for Redis's answer. An unreachable host may take three times that.

    Returns:
        The event's id.

    Raises:
        UnreadableEvent: it is no JSON object with an id, or too large.
        RedisUnreachable: it was not published, or nobody knows; publishing it again is safe.
    """
    raw, ident = _checked(event)
    url = redis_url or os.environ.get("NOTIFIER_REDIS_URL")
    if not url:
        raise RedisUnreachable("no Redis: give redis_url, or set NOTIFIER_REDIS_URL")
    try:
        Stream(_client(url, timeout, os.getpid()), stream, "").append([raw])
    except UNREACHABLE as error:
        raise unreachable(error) from error
    return ident


@cache
def _client(url: str, timeout: float, process: int) -> Redis:  # noqa: ARG001 - a forked child opens its own connections
    return connect(url, timeout=timeout, connect_timeout=timeout)


def _checked(event: Mapping[str, Any] | bytes | str) -> tuple[bytes, str]:
    if isinstance(event, Mapping):
        raw = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    else:
        raw = event.encode() if isinstance(event, str) else event
        event = _object(raw)
    limit = Settings().max_event_size
    if len(raw) > limit:
        raise UnreadableEvent(Unreadable.TOO_LARGE, f"{len(raw)} bytes; the limit is {limit}")
    ident = event.get("id")
    if not isinstance(ident, str) or not ident:
        raise UnreadableEvent(Unreadable.MISSING_FIELD, "id: a text, required")
    return raw, ident


def _object(raw: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise UnreadableEvent(Unreadable.NOT_JSON, "the message is not JSON") from None
    if not isinstance(found, dict):
        raise UnreadableEvent(Unreadable.NOT_AN_OBJECT, "the message is JSON, but not an object")
    return found
