"""Every error we raise on purpose. The docstring is the default message: it says what to do.

Outcomes of a delivery are values (`notifier.outcome`), not errors; errors are for the edge and for bugs.
"""

from __future__ import annotations

from dataclasses import dataclass
from inspect import cleandoc


class NotifierError(Exception):
    """Something went wrong; the log names the place."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or cleandoc(type(self).__doc__ or ""))


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong with the configuration, where it stands, and what to do about it."""

    file: str
    line: int
    column: int
    message: str
    #: What to write instead, or where to look; may be empty.
    hint: str = ""
    #: A warning doesn't make `notifier check` fail.
    warning: bool = False

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.file}:{self.line}:{self.column}: {self.message}{hint}"


class ConfigError(NotifierError):
    """The configuration can't be used. `notifier check` lists every error with its place."""

    def __init__(self, message: str | None = None, *, problems: tuple[Problem, ...] = ()) -> None:
        self.problems = problems
        super().__init__(message or "\n".join(map(str, problems)) or None)


class UnreadableEvent(NotifierError):
    """The message is not a token event. docs/events.md says what one looks like."""

    def __init__(self, reason: str, detail: str) -> None:
        #: One of `notifier.outcome.Unreadable`: metric label, log word and CLI column.
        self.reason = reason
        #: One line for a human; never a value out of the event.
        self.detail = detail
        super().__init__(f"{reason}: {detail}")


class ComposeError(NotifierError):
    """The message can't be written. `notifier explain` shows which definition and why."""

    def __init__(self, reason: str, detail: str) -> None:
        #: One of `notifier.outcome.Reason`.
        self.reason = reason
        #: One line for a human; never a value out of the event.
        self.detail = detail
        super().__init__(f"{reason}: {detail}")


class PatternTooSlow(NotifierError):
    """A regular expression took too long for a text. `notifier check` names those that may."""

    def __init__(
        self, detail: str = "the regular expression took longer than 0.1 s; nested repetitions such as (a+)+ do that"
    ) -> None:
        #: One line for a human; never the text it was to match.
        self.detail = detail
        super().__init__(detail)


class ConditionError(NotifierError):
    """A condition can't be decided. `notifier explain` shows which definition and why."""

    def __init__(self, reason: str, detail: str) -> None:
        #: One of `notifier.outcome.Reason`.
        self.reason = reason
        #: One line for a human; never a value out of the event.
        self.detail = detail
        super().__init__(f"{reason}: {detail}")


class DirectoryUnavailable(NotifierError):
    """A store of the directory doesn't answer. Its events wait and are evaluated again."""

    def __init__(self, store: str, detail: str) -> None:
        #: The store's name in directory.yaml.
        self.store = store
        #: One line for a human; never a value out of the event, never a secret.
        self.detail = detail
        super().__init__(f"the store {store!r} of the directory doesn't answer: {detail}")


class RedisUnreachable(NotifierError):
    """Redis can't be reached. Set NOTIFIER_REDIS_URL (or redis.url in notifier.yaml), or start `notifier up`."""


class RedisRefused(RedisUnreachable):
    """Redis answers, and refuses: the name of the stream, or what its user may do, isn't right."""


class TookTooLong(NotifierError):
    """It took longer than it may; whether it is done yet, nobody knows."""


class SpoolUnusable(NotifierError):
    """The spool directory can't be used; `notifier spool list` tells why."""


class TaskFailed(NotifierError):
    """A task met a bug of ours. Nothing is lost: the sweep rings again."""


class UnknownId(NotifierError):
    """Nothing is known under this id: it never arrived here, or its retention is over."""


class MissingExtra(NotifierError):
    """An optional part isn't installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs an extra: pip install 'token-notifier[{extra}]'")
