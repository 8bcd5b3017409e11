"""The one way a Redis client is made: bounded waits, so nobody hangs on a server that doesn't answer."""

from __future__ import annotations

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def connect(url: str, *, timeout: float = 5.0, connect_timeout: float = 2.0) -> Redis:
    """A client for ``redis://``, ``rediss://`` or ``unix://``; connects when first used.

    One immediate second try covers a kept connection that a restarted server no longer knows. RESP2, because
    the shape of XREADGROUP's answer depends on the protocol.
    """
    return Redis.from_url(
        url,
        protocol=2,
        socket_timeout=timeout,
        socket_connect_timeout=connect_timeout,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 1),
    )
