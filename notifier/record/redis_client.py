"""The one way a Redis client is made: bounded waits, so nobody hangs on a server that doesn't answer."""

from __future__ import annotations

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, ReadOnlyError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from notifier.errors import ConfigError, RedisUnreachable


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


#: Redis isn't there, doesn't answer, or can't take a write for the moment.
UNREACHABLE = (RedisConnectionError, RedisTimeoutError, OutOfMemoryError, ReadOnlyError)


def reach(url: str, *, seconds: float = 2.4) -> None:
    """Make sure that a server answers, within about ``seconds``.

    Raises:
        RedisUnreachable: it doesn't; the message has what Redis or the system said.
        ConfigError: that is no URL of a Redis.
    """
    tries = 3  # what one second try amounts to where a connection is opened, too
    try:
        client = connect(url, timeout=seconds / tries, connect_timeout=seconds / tries)
    except ValueError:
        raise ConfigError("the Redis URL must start with redis://, rediss:// or unix://") from None
    try:
        client.ping()
    except UNREACHABLE as error:
        raise unreachable(error) from error
    finally:
        client.close()


def unreachable(error: Exception) -> RedisUnreachable:
    """Our error for Redis's, saying what to do."""
    words = " ".join(str(error).split()).rstrip(".") or type(error).__name__
    return RedisUnreachable(
        f"Redis can't be reached ({words}): set NOTIFIER_REDIS_URL (or redis.url in notifier.yaml), "
        "or start `notifier up`"
    )
