"""A producer's way to Redis: never longer than it wants to wait, and through the spool while Redis is away."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from redis import Redis
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from notifier.couriers import Couriers
from notifier.errors import RedisUnreachable, SpoolUnusable, TookTooLong
from notifier.intake.stream import FIELD, Stream
from notifier.record.lines import Lines
from notifier.record.redis_client import discreet, no_answer, not_taken
from notifier.spool.directory import Spool
from notifier.spool.flush import Flusher
from notifier.spool.lookout import Look, Lookout
from notifier.spool.outage import Outage

#: A publish takes so many of those that wait along: a login shouldn't carry a night's backlog.
PORTION = 200
#: An event up to this size (bytes) fits into a socket's buffer: it doesn't wait for Redis to read it.
SMALL = 16 << 10
#: With a spool behind it, Redis has this part of the time to answer; the rest is the disk's.
FOR_REDIS = 0.5

_log = logging.getLogger(__name__)


class Producer:
    """One stream of one Redis, for all threads of a process."""

    def __init__(self, redis: Callable[[], Redis], *, stream: str) -> None:
        """Nothing is opened yet; ``redis`` is asked for when it is needed, and may raise RedisUnreachable."""
        self._redis = redis
        self._stream = stream
        self._couriers = Couriers()
        self._lines = Lines()

    def publish(self, raws: Sequence[bytes], seconds: float) -> list[str]:
        """Accept events. Takes no longer than ``seconds``.

        Returns:
            For each its name in the spool, or nothing where it is in Redis.

        Raises:
            RedisUnreachable: they were not accepted, or nobody knows.
        """
        until = time.monotonic() + seconds
        taken: list[bool] = []
        try:
            if not self._say(raws, seconds):
                self._couriers.run(lambda: self._connect_and_append(raws, taken), until - time.monotonic())
        except (TookTooLong, RedisTimeoutError):
            if taken:
                return [""] * len(raws)
            raise no_answer(seconds) from None
        except RedisError as error:
            raise not_taken(error) from error
        return [""] * len(raws)

    def _say(self, raws: Sequence[bytes], seconds: float) -> bool:
        """By ourselves, where a connection is open: a courier costs half as much again as the whole XADD."""
        if len(raws) != 1 or len(raws[0]) > SMALL:
            return False
        with discreet():
            return self._lines.add("XADD", self._stream, "*", FIELD, raws[0], seconds=seconds)

    def _connect_and_append(self, raws: Sequence[bytes], taken: list[bool]) -> None:
        self._lines.give_back()
        self._append(self._stream, raws)
        taken.append(True)
        self._lines.lay(self._redis())  # may connect, and hang: no longer the caller's time

    def _append(self, stream: str, raws: Sequence[bytes]) -> None:
        Stream(self._redis(), stream, "").append(raws, all_or_none=len(raws) > 1)


class SpoolingProducer(Producer):
    """The same with a spool behind it.

    While anything is in the spool, an event goes behind it: those of one process arrive as it published them.
    """

    def __init__(self, redis: Callable[[], Redis], spool: Spool, *, stream: str) -> None:
        super().__init__(redis, stream=stream)
        self.spool = spool
        #: Those who go to the disk: however many hang there, Redis has its own.
        self._porters = Couriers()
        self._lookout = Lookout(spool)
        self.flusher = Flusher(spool, self._append, stream=stream)
        #: What Redis said when it failed; empty while it doesn't.
        self.failure = ""
        self._outage = Outage()

    def publish(self, raws: Sequence[bytes], seconds: float) -> list[str]:
        """See `Producer.publish`."""
        until = time.monotonic() + seconds
        if not self._outage.worth_a_try(time.monotonic()):
            return self._keep(raws, until)
        try:
            if self._straight(raws, until):
                return [""] * len(raws)
        except RedisUnreachable as error:
            self.failed(error)
            return self._keep(raws, until)
        return self._behind(raws, until)

    def failed(self, error: Exception) -> None:
        """Redis failed: for a while nobody tries again."""
        self.failure = str(error)
        if self._outage.failed(time.monotonic()):
            _log.warning("events go to the spool: %s", error)

    def _straight(self, raws: Sequence[bytes], until: float) -> bool:
        """Into Redis where nothing waits. A spool that can't be looked into in time counts as empty."""
        if not self._lookout.hangs:
            look, seconds = self._lookout.look(), _share(until)
            try:
                return self._porters.run(lambda: self._unless_waiting(look, raws), seconds)
            except RedisError as error:
                raise not_taken(error) from error
            except TookTooLong:
                if not look.give_up():
                    raise no_answer(seconds) from None
                _log.warning("the disk of the spool %s doesn't answer: events go by it", self.spool.directory)
        super().publish(raws, _share(until))
        self._is_back()
        return True

    def _unless_waiting(self, look: Look, raws: Sequence[bytes]) -> bool:
        try:
            if look.waiting():
                return False
        except SpoolUnusable as error:  # no reason to turn away an event that Redis takes
            _log.warning("%s", error)
        self._append(self._stream, raws)
        return True

    def _behind(self, raws: Sequence[bytes], until: float) -> list[str]:
        """Older events wait: these go behind them, and a portion goes on to Redis where it is back."""
        try:
            names = self._keep(raws, until)
        except RedisUnreachable:  # the disk is full, say: where Redis is back, flushing makes room
            self._flush(until)
            if self._straight(raws, until):
                return [""] * len(raws)
            names = self._keep(raws, until)
        else:
            self._flush(until)
        try:
            return self._porters.run(
                lambda: [name if self.spool.holds(name) else "" for name in names], until - time.monotonic()
            )
        except (SpoolUnusable, TookTooLong):  # kept they are; nobody knows how far they went on
            return names

    def _keep(self, raws: Sequence[bytes], until: float) -> list[str]:
        try:
            return self._porters.run(lambda: self.spool.add(self._stream, raws), until - time.monotonic())
        except (SpoolUnusable, TookTooLong) as error:
            words = str(error) if isinstance(error, SpoolUnusable) else "the spool's disk didn't answer in time"
            raise RedisUnreachable(f"{self.failure or 'older events wait in the spool'}; and {words}") from error

    def _flush(self, until: float) -> None:
        """A portion, within the time. One that takes longer goes on by itself."""
        try:
            self._porters.run(lambda: self.flusher.flush(PORTION), until - time.monotonic())
        except TookTooLong:
            self.failed(RedisUnreachable("Redis, or the spool's disk, is slow"))
        except (RedisError, RedisUnreachable) as error:
            self.failed(error)
        except SpoolUnusable as error:
            _log.warning("%s", error)

    def _append(self, stream: str, raws: Sequence[bytes]) -> None:
        super()._append(stream, raws)
        self._is_back()

    def _is_back(self) -> None:
        if self._outage.over():
            self.failure = ""
            _log.info("Redis is back")


def _share(until: float) -> float:
    return round(max(until - time.monotonic(), 0) * FOR_REDIS, 3)
