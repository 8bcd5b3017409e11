"""Open connections that whoever has something to say may use itself.

A courier (`notifier.couriers`) waits for what may hang in many steps: names, connecting, TLS. On a connection that is
open there is one step to send and one to read, and a socket's time-out bounds those; so nobody needs to wait along,
which costs half as much as what Redis does.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError

#: So many are kept, and none that wasn't used for so long (seconds): something in between may have forgotten it.
MOST, FRESH = 32, 30.0


class Line:
    """One open connection, taken out of its client's pool."""

    def __init__(self, pool: Any) -> None:
        """May connect, and so may hang."""
        self._pool = pool
        self._connection = pool.get_connection()
        self.used = time.monotonic()

    def say(self, *command: str | bytes, seconds: float) -> Any:
        """The answer to one small command.

        Raises:
            redis.exceptions.ConnectionError: it isn't open any more; Redis may have heard it nevertheless.
            redis.exceptions.TimeoutError: nothing came within ``seconds``; Redis may have heard it.
        """
        connection, until = self._connection, time.monotonic() + seconds
        connection.bound(seconds)
        # Without a look at its health: that would connect anew.
        connection.send_command(*command, check_health=False)
        connection.bound(max(until - time.monotonic(), 0.001))
        answer = connection.read_response()
        self.used = time.monotonic()
        return answer

    def close(self) -> None:
        """The pool may connect anew in its place."""
        self._connection.disconnect()
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

    def say(self, *command: str | bytes, seconds: float) -> bool:
        """Have one of them say a small command.

        Returns:
            Whether it was answered; False: there is none, or it isn't open any more, so somebody has to connect.

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
            line.say(*command, seconds=seconds)
        except RedisConnectionError:
            line.close()
            return False
        except ResponseError:
            self._keep(line)
            raise
        except BaseException:  # a time-out; or a signal between question and answer, which belong together
            line.close()
            raise
        self._keep(line)
        return True

    def _keep(self, line: Line) -> None:
        if len(self._free) < MOST:
            self._free.append(line)
        else:
            line.close()
