"""The one way a Redis client is made: bounded waits, so nobody hangs on a server that doesn't answer."""

from __future__ import annotations

import re
import select
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import (
    ClusterDownError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from notifier.configuration import REDIS_SCHEMES
from notifier.couriers import Couriers
from notifier.errors import ConfigError, RedisRefused, RedisUnreachable, TookTooLong

#: A server that says so can't take a write now: it lost its replicas, its disk, or its master.
NOT_NOW = ("NOREPLICAS", "MISCONF", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "UNBLOCKED")

#: Hosts with or without a port.
PLACE = re.compile(r"(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::\d+)?(?:,(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::\d+)?)*")


def connect(url: str, *, timeout: float = 5.0, connect_timeout: float = 2.0) -> Redis:
    """A client for ``redis://``, ``rediss://``, ``unix://`` or ``sentinel://``; connects when first used.

    One immediate second try covers a kept connection that a restarted server no longer knows, or one to a server
    that is no master any more. RESP2, because the shape of XREADGROUP's answer depends on the protocol.

    Raises:
        ValueError: that is no URL of a Redis.
    """
    options: dict[str, Any] = {
        "protocol": 2,
        "socket_timeout": timeout,
        "socket_connect_timeout": connect_timeout,
        "health_check_interval": 30,
        "retry": Retry(NoBackoff(), 1),
    }
    if url.startswith("sentinel://"):
        from notifier.record.sentinel import SentinelAddress  # noqa: PLC0415 - few have one

        client = SentinelAddress.parse(url).client(**options)
    else:
        client = Redis.from_url(url, **options)
    pool = client.connection_pool
    pool.connection_class = _leaving(pool.connection_class)
    return client


def leaving(kind: type[Any]) -> type[Any]:
    """A connection that leaves a server which can't take writes: behind the same name may be another by now."""

    class Leaving(kind):  # type: ignore[misc]
        def ask(self, *command: str | bytes, seconds: float) -> Any:
            """The answer to one small command on the open connection, all of it within ``seconds``.

            Raises:
                redis.exceptions.ConnectionError: it isn't open any more, or has something to say that nobody asked for.
                redis.exceptions.TimeoutError: the answer isn't there in time.
            """
            sock, until = self._sock, time.monotonic() + seconds
            if not isinstance(sock, socket.socket) or isinstance(sock, ssl.SSLSocket) or self.can_read(0):
                raise RedisConnectionError("the connection isn't fit for it")
            packed = b"".join(self.pack_command(*command))
            try:
                sock.settimeout(max(seconds, 0.001))  # of all of it, however many pieces it goes in
                sock.sendall(packed)
                while not _is_whole(sock, until):
                    _PAUSE.wait(0.001)  # the rest is on its way
                sock.settimeout(max(until - time.monotonic(), 0.001))
            except TimeoutError:
                raise RedisTimeoutError("no answer in time") from None
            except OSError as error:
                raise RedisConnectionError(str(error)) from error
            return self.read_response()

        def unbound(self) -> None:
            """Its socket waits as long as before, for whoever uses it next."""
            if self._sock is not None:
                self._sock.settimeout(self.socket_timeout)

        def read_response(self, *args: Any, **kwargs: Any) -> Any:
            try:
                return super().read_response(*args, **kwargs)
            except ReadOnlyError as error:
                self.disconnect()
                raise RedisConnectionError(f"it is a replica now: {error}") from error
            except ResponseError as error:
                # Some have a class in redis-py, and lose their first word by it.
                if isinstance(error, (ClusterDownError, TryAgainError)) or str(error).startswith(NOT_NOW):
                    self.disconnect()
                    raise RedisConnectionError(str(error)) from error
                raise

    return Leaving


_leaving = cache(leaving)
#: An answer to one small command; an error may be longer, and is whole where so much of it is there.
_ANSWER = 512
_PAUSE = threading.Event()


def _says_something(sock: socket.socket, seconds: float) -> bool:
    """There is something to read, or an end."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(max(seconds, 0) * 1000))


def _is_whole(sock: socket.socket, until: float) -> bool:
    """All of an answer is there to be read: whoever reads a part of one may wait for each byte of the rest.

    Raises:
        TimeoutError: nothing came.
    """
    left = until - time.monotonic()
    if left <= 0 or not _says_something(sock, left):
        raise TimeoutError
    seen = sock.recv(_ANSWER, socket.MSG_PEEK)
    # A bulk string has a line for its length (RESP2); an end is read as one.
    return not seen or len(seen) == _ANSWER or seen.count(b"\n") >= (2 if seen[:1] == b"$" else 1)


#: Redis isn't there, doesn't answer, or can't take a write for the moment.
UNREACHABLE = (RedisConnectionError, RedisTimeoutError, OutOfMemoryError, ReadOnlyError)


@contextmanager
def discreet() -> Iterator[None]:
    """Redis's own words for what goes wrong: redis-py puts the command before them, and with it an event's text."""
    try:
        yield
    except RedisError as error:
        words = str(error).rpartition(" of pipeline caused error: ")[2]
        error.args = (words, *error.args[1:])
        raise


def reach(url: str, *, seconds: float = 2.4, origin: str = "") -> None:
    """Make sure that a server answers within ``seconds``, however its name is resolved and its connection made.

    ``origin``: where the URL was written, for whoever has to mend it.

    Raises:
        RedisUnreachable: it doesn't; the message has what Redis or the system said.
        ConfigError: that is no URL of a Redis.
    """
    client = client_of(url, timeout=seconds, connect_timeout=seconds)
    try:
        Couriers(1).run(client.ping, seconds)
    except TookTooLong:
        raise unreachable(RedisTimeoutError(f"no answer within {seconds:g} s"), url, origin) from None
    except UNREACHABLE as error:
        raise unreachable(error, url, origin) from error
    finally:
        client.close()


def client_of(url: str, *, timeout: float, connect_timeout: float) -> Redis:
    """A client, for whoever was told the URL by somebody.

    Raises:
        ConfigError: that is no URL of a Redis.
    """
    try:
        return connect(url, timeout=timeout, connect_timeout=connect_timeout)
    except ValueError:
        raise ConfigError(f"the Redis URL must start with {', '.join(REDIS_SCHEMES)}, and be complete") from None


def no_answer(seconds: float) -> RedisUnreachable:
    """Our error where nobody had anything to say in time."""
    return unreachable(RedisTimeoutError(f"no answer within {seconds:g} s"))


def place_of(url: str) -> str:
    """Whom a URL names: its hosts and ports or its socket, never a user, a password or an option."""
    if url.startswith("unix://"):
        return url.removeprefix("unix://").partition("?")[0].rpartition("@")[2]
    place = urlsplit(url).netloc.rpartition("@")[2]
    # What isn't hosts and ports may be the first half of a password with a slash or a question mark.
    return place if PLACE.fullmatch(place) else ""


def unreachable(error: Exception, url: str = "", origin: str = "") -> RedisUnreachable:
    """Our error for Redis's, saying what to do."""
    words = _words(error)
    if origin:
        named = f" names {place}" if (place := place_of(url)) else " says where it is"
        return RedisUnreachable(f"Redis can't be reached ({words}): {origin}{named}; mend that, or start that Redis")
    return RedisUnreachable(
        f"Redis can't be reached ({words}): set NOTIFIER_REDIS_URL (or redis.url in notifier.yaml), "
        "or start `notifier up`"
    )


def not_taken(error: RedisError) -> RedisUnreachable:
    """Our error where a write failed, for whatever reason."""
    return unreachable(error) if isinstance(error, UNREACHABLE) else RedisRefused(f"Redis refused: {_words(error)}")


def _words(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
