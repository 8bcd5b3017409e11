"""Publishing from Python: ``notifier.publish(event)`` costs one round trip to Redis."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from notifier.configuration import Settings
from notifier.errors import ConfigError, RedisUnreachable
from notifier.intake.identity import identified
from notifier.producer import Producer, SpoolingProducer
from notifier.record.redis_client import client_of
from notifier.spool.directory import Spool

#: A courier waits for Redis so long (seconds), whoever sent it; who sent it waits as long as it wants to.
ANSWER, CONNECTION = 10.0, 5.0

_producers: dict[tuple[str, str, str, int], Producer] = {}


class Receipt(str):
    """The id of an accepted event, and where it is."""

    __slots__ = ("spooled",)
    #: It waits on this machine for Redis to come back; False: it is in Redis.
    spooled: bool

    def __new__(cls, ident: str, *, spooled: bool = False) -> Self:
        """A text like any other."""
        receipt = super().__new__(cls, ident)
        receipt.spooled = spooled
        return receipt


def publish(
    event: Mapping[str, Any] | bytes | str,
    *,
    redis_url: str | None = None,
    stream: str = "token-events",
    timeout: float = 2.0,
    spool: str | os.PathLike[str] | None = None,
) -> Receipt:
    """Publish one event: a mapping, or its JSON text.

    Only its size and that it is a JSON object with an ``id`` are looked at; what else is wrong with it ends in
    quarantine, where `notifier quarantine list` tells why.

    With a spool, an event that Redis doesn't take is accepted nevertheless: it is on the disk when this returns, and
    the next publish after Redis is back, or `notifier spool flush`, takes it there.

    Args:
        event: docs/events.md says what one looks like.
        redis_url: Where Redis is; NOTIFIER_REDIS_URL where it isn't given.
        stream: The stream's name, as in notifier.yaml.
        timeout: In seconds: the call takes no longer, whatever hangs. With a spool, Redis has half of it.
        spool: A directory on a disk of this machine, made when it is needed; NOTIFIER_SPOOL where it isn't given.

    Returns:
        The event's id; its ``spooled`` tells whether it waits in the spool.

    Raises:
        UnreadableEvent: it is no JSON object with an id, or too large.
        RedisUnreachable: it was not accepted, or nobody knows; publishing it again is safe. It is a RedisRefused
            where Redis answers and waiting won't help: no permission, say.
        ConfigError: that is no URL of a Redis, or with a spool there is none: a mistake, and no outage.
    """
    raw, ident = identified(event, Settings().max_event_size)
    url = redis_url or os.environ.get("NOTIFIER_REDIS_URL")
    place = os.environ.get("NOTIFIER_SPOOL", "") if spool is None else os.fspath(spool)
    if not url and place:
        raise ConfigError("a spool leads to a Redis: give redis_url, or set NOTIFIER_REDIS_URL")
    if not url:
        raise RedisUnreachable("no Redis: give redis_url, or set NOTIFIER_REDIS_URL")
    producer = _producer(url, stream, os.path.abspath(place) if place else "")  # noqa: PTH100 - no paths here
    (kept,) = producer.publish([raw], timeout)
    return Receipt(ident, spooled=bool(kept))


def _producer(url: str, stream: str, place: str) -> Producer:
    """The process's own: a forked child has neither its parent's connections nor its couriers."""
    key = (url, stream, place, os.getpid())
    found = _producers.get(key)
    return found or _producers.setdefault(key, _make(url, stream, place))  # the first of two threads makes it


def _make(url: str, stream: str, place: str) -> Producer:
    redis = client_of(url, timeout=ANSWER, connect_timeout=CONNECTION)
    if not place:
        return Producer(lambda: redis, stream=stream)
    spool = Spool(Path(place), writer=secrets.token_hex(8), clock=time.time_ns)
    return SpoolingProducer(lambda: redis, spool, stream=stream)
