"""PostgreSQL with a time-out: the driver itself waits for an answer for ever. Needs psycopg."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import Any

import psycopg


class BoundedConnection(psycopg.Connection[Any]):
    """Every answer must come within so many seconds; else the connection is closed."""

    seconds = 5.0

    def wait(self, gen: Generator[Any, Any, Any], *args: Any, **options: Any) -> Any:
        """As psycopg waits, but not for ever."""
        try:
            return super().wait(_within(gen, self.seconds), *args, **options)
        except psycopg.errors.ConnectionTimeout:
            # Its answer may come yet, to the next question.
            self.close()
            raise


def connect_within(seconds: float) -> Callable[..., BoundedConnection]:
    """What SQLAlchemy connects with."""

    def connect(_: object, __: object, args: tuple[Any, ...], options: dict[str, Any]) -> BoundedConnection:
        connection = BoundedConnection.connect(*args, **options)
        connection.seconds = seconds
        return connection

    return connect


def _within(gen: Generator[Any, Any, Any], seconds: float) -> Generator[Any, Any, Any]:
    """The same conversation, ended when it takes too long: psycopg looks in every tenth of a second."""
    until = time.monotonic() + seconds
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if not ready and time.monotonic() > until:
                raise psycopg.errors.ConnectionTimeout("time-out")
            wanted = gen.send(ready)
    except StopIteration as end:
        return end.value
