"""How a command ends: exit codes (those of sysexits.h where one fits) and one line on standard error."""

from __future__ import annotations

import sys
from typing import IO, Any

import click

from notifier.errors import ConfigError, NotifierError, RedisRefused, RedisUnreachable, UnreadableEvent

#: Something is wrong, and the line says what.
ERROR = 1
#: The command line, or what it names, isn't right.
USAGE = 2
#: The input can't be read as an event.
BAD_DATA = 65
#: Redis can't be reached: try again later.
UNREACHABLE = 75
INTERRUPTED = 130


class Failure(click.ClickException):
    """The end of a command that couldn't do its work."""

    exit_code = ERROR

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))

    def show(self, file: IO[Any] | None = None) -> None:
        """One line on standard error."""
        click.echo(f"notifier: {self.message}", err=file is None, file=file)


class Misused(Failure):
    """What the command line names isn't right."""

    exit_code = USAGE


class Unreadable(Failure):
    """The input is no event."""

    exit_code = BAD_DATA


class Stopped(Failure):
    """Somebody pressed Ctrl-C, and what was under way was brought to an end."""

    exit_code = INTERRUPTED


class Unreachable(Failure):
    """Redis isn't there."""

    exit_code = UNREACHABLE


def expected_errors() -> tuple[type[Exception], ...]:
    """Errors that are no bugs. Redis's are among them only where somebody imported redis: it takes its time."""
    redis = sys.modules.get("redis.exceptions")
    return (NotifierError, redis.RedisError) if redis else (NotifierError,)


def failure(error: Exception) -> Failure:
    """How a command ends after an expected error."""
    if isinstance(error, RedisUnreachable) and not isinstance(error, RedisRefused):
        return Unreachable(str(error))
    if isinstance(error, UnreadableEvent):
        return Unreadable(str(error))
    if isinstance(error, ConfigError):
        for problem in error.problems:
            click.echo(str(problem), err=True)
        listed = str(error) == "\n".join(map(str, error.problems))
        return Failure("the configuration can't be used: mend the errors above" if listed else str(error))
    if isinstance(error, NotifierError):
        return Failure(str(error))
    from notifier.record import redis_client  # noqa: PLC0415 - redis is loaded by now

    if isinstance(error, redis_client.UNREACHABLE):
        return Unreachable(str(redis_client.unreachable(error)))
    return Failure(f"Redis refused: {error}")
