"""Open connections that whoever has something to say may use itself.

A courier (`notifier.couriers`) waits for what may hang in many steps: names, connecting, TLS. On a connection that is
open there is one step to send and one to read, and both can be bounded; so nobody needs to wait along, which costs
half as much as what Redis does.
"""

from __future__ import annotations

import re
import time
from contextlib import suppress
from typing import Any

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

#: So many are kept, and none that wasn't used for so long (seconds): something in between may have forgotten it.
MOST, FRESH = 32, 30.0
#: Nobody waits longer (seconds) for one: what says nothing by then may be dead, and another way may not be.
LONGEST = 10.0
#: What XADD answers.
_ENTRY = re.compile(rb"\d+-\d+")


class Line:
    """One open connection, taken out of its client's pool."""

    def __init__(self, pool: Any) -> None:
        """May connect, and so may hang."""
        self._pool = pool
        self._connection = pool.get_connection()
        self.used = time.monotonic()

    def add(self, *command: str | bytes, seconds: float) -> None:
        """Say a small XADD.

        Raises:
            redis.exceptions.ConnectionError: it isn't open any more, or what came is no answer to that; Redis may have
                heard it nevertheless.
            redis.exceptions.TimeoutError: nothing came within ``seconds``; Redis may have heard it.
        """
        answer = self._connection.ask(*command, seconds=seconds)
        if not isinstance(answer, bytes) or not _ENTRY.fullmatch(answer):
            raise RedisConnectionError("that was no answer to an XADD")
        self.used = time.monotonic()

    def close(self) -> None:
        """The pool may connect anew in its place."""
        self._connection.disconnect()
        self._pool.release(self._connection)

    def give_back(self) -> None:
        """The pool has it again, open as it is."""
        self._connection.unbound()
        self._pool.release(self._connection)


class Lines:
    """Those of one process that nobody is using."""

    def __init__(self) -> None:
        self._free: list[Line] = []

    def lay(self, redis: Redis) -> None:
        """One more, if there is none; may hang."""
        if not self._free:
            with suppress(RedisError):  # what it was wanted for is done already
                self._free.append(Line(redis.connection_pool))

    def give_back(self) -> None:
        """Let the pool have them: it may be allowed no others."""
        self._each(Line.give_back)

    def add(self, *command: str | bytes, seconds: float) -> bool:
        """Have one of them say a small XADD.

        Returns:
            Whether it was taken; False: there is none, or it isn't fit for it any more, so somebody has to connect.

        Raises:
            RedisError: it was refused, or nothing came within ``seconds``.
        """
        try:
            line = self._free.pop()
        except IndexError:
            return False
        if time.monotonic() - line.used > FRESH:
            line.close()
            return False
        try:
            line.add(*command, seconds=min(seconds, LONGEST))
        except RedisConnectionError:
            line.close()
            return False
        except RedisTimeoutError:
            line.close()
            self._each(Line.close)  # what one waits for in vain, the others would, too
            if seconds <= LONGEST:
                raise
            return False
        except ResponseError:
            self._keep(line)
            raise
        except BaseException:  # a signal between question and answer, which belong together
            line.close()
            raise
        self._keep(line)
        return True

    def _keep(self, line: Line) -> None:
        if len(self._free) < MOST:
            self._free.append(line)
        else:
            line.give_back()

    def _each(self, work: Any) -> None:
        while True:
            try:
                line = self._free.pop()
            except IndexError:
                return
            work(line)
