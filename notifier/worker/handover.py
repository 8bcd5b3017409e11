"""An event that came as a Celery message goes to the stream, however long Redis refuses it meanwhile."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from typing import Any

from celery.exceptions import Reject
from redis.exceptions import RedisError

from notifier.observe.log import write
from notifier.worker.signals import ending

#: So long it is tried here (seconds): after 300 s the message is handed out again, and the task's time is over.
PATIENCE_SECONDS = 250.0
PAUSE_SECONDS = 1.0


def hand_over(
    event: Any,
    append: Callable[[list[bytes]], object],
    *,
    patience: float = PATIENCE_SECONDS,
    pause: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
    asked: Callable[[], bool] = ending.is_asked,
) -> None:
    """Append it. Not by `Task.retry`, which needs the same Redis: a full one would have it thrown away.

    Raises:
        Reject: Redis refused it to the end, or the process has to end; the message returns.
    """
    raw = (event if isinstance(event, str) else json.dumps(event, ensure_ascii=False)).encode(errors="surrogatepass")
    until = clock() + patience
    while True:
        try:
            append([raw])
        except RedisError as error:
            if asked() or clock() >= until:
                write(logging.ERROR, "event.refused", id=_ident(event), error=type(error).__name__)
                raise Reject("the stream can't be reached", requeue=True) from None
            pause(PAUSE_SECONDS)
        else:
            return


def _ident(event: Any) -> str:
    """Its id, by which the producer finds it; nothing else of it."""
    if isinstance(event, str):
        try:
            event = json.loads(event)
        except (ValueError, RecursionError):
            return ""
    ident = event.get("id") if isinstance(event, dict) else None
    return ident[:200] if isinstance(ident, str) else ""
