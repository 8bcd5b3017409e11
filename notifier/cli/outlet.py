"""Where `notifier publish` sends events: into the stream, or with a spool behind it."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click
from redis import Redis
from redis.exceptions import RedisError

from notifier.cli.selection import plural
from notifier.cli.spool import flush_all
from notifier.errors import RedisUnreachable, SpoolUnusable
from notifier.model import Event
from notifier.producer import Producer, SpoolingProducer
from notifier.record.redis_client import client_of, reach
from notifier.spool.directory import Spool

if TYPE_CHECKING:
    from notifier.wiring import Wiring


class Outlet(Protocol):
    """A way out for events."""

    def publish(self, events: Sequence[Event]) -> None:
        """Accept them all, or raise."""
        ...

    def end(self) -> Mapping[str, Sequence[str]]:
        """Where the accepted ones are by now: the place, and their ids."""
        ...


class StreamOutlet:
    """Into the stream or not at all."""

    def __init__(self, wiring: Wiring, seconds: float) -> None:
        self._wiring = wiring
        self._seconds = seconds
        self._client: Redis | None = None
        self._producer = Producer(self._redis, stream=wiring.stream_name)
        self._published: list[str] = []

    def publish(self, events: Sequence[Event]) -> None:
        """One batch."""
        self._producer.publish([event.raw for event in events], self._seconds)
        self._published += [event.id for event in events]

    def end(self) -> Mapping[str, Sequence[str]]:
        """All of them are in the stream."""
        return {"published": self._published}

    def _redis(self) -> Redis:
        if self._client is None:
            self._client = client_of(self._wiring.redis_url, timeout=self._seconds, connect_timeout=self._seconds)
        return self._client


class SpoolOutlet:
    """Into the stream, or into the spool while Redis is away."""

    def __init__(self, wiring: Wiring, directory: Path, seconds: float) -> None:
        self._wiring = wiring
        self._seconds = seconds
        self._spool = Spool(directory.absolute(), writer=secrets.token_hex(8), clock=time.time_ns)
        self._producer = SpoolingProducer(self._redis, self._spool, stream=wiring.stream_name)
        self._client: Redis | None = None
        self._accepted: list[tuple[str, str]] = []
        self._told = self._begun = False
        logging.getLogger("notifier.producer").addHandler(logging.NullHandler())  # told here, in words for people

    def publish(self, events: Sequence[Event]) -> None:
        """One batch; before the first, all that waits."""
        if not self._begun:
            self._begun = True
            self._catch_up()
        names = self._producer.publish([event.raw for event in events], self._seconds)
        self._accepted += zip((event.id for event in events), names, strict=True)
        if any(names) and not self._told:
            why = self._producer.failure or "older events wait there"
            click.echo(f"notifier: {why}; events go to the spool {self._spool.directory}", err=True)
        self._told = any(names)

    def end(self) -> Mapping[str, Sequence[str]]:
        """What waits is flushed where Redis is back; nobody waits for it a second time."""
        if not self._producer.failure:
            self._catch_up()
        ends: dict[str, list[str]] = {"published": [], "spooled": []}
        for ident, name in self._accepted:
            ends["spooled" if name and self._spool.holds(name) else "published"].append(ident)
        if ends["spooled"]:
            events = plural(len(ends["spooled"]), "event")
            click.echo(
                f"notifier: {events} in the spool; the next publish, or `notifier spool flush`, goes on", err=True
            )
        return ends

    def _catch_up(self) -> None:
        try:
            if self._spool.waiting():
                reach(self._wiring.redis_url, seconds=self._seconds)
                flush_all(self._producer.flusher, self._spool)
        except (RedisError, RedisUnreachable) as error:
            self._producer.failed(error)
        except SpoolUnusable as error:
            click.echo(f"notifier: {error}", err=True)

    def _redis(self) -> Redis:
        if self._client is None:
            self._client = client_of(self._wiring.redis_url, timeout=5.0, connect_timeout=2.0)
        return self._client
