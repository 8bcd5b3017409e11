"""What a definition's conditions say of an event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from notifier.errors import ConditionError, DirectoryUnavailable

#: Why a condition can't be decided; the definition has to be told of, or to wait.
Failure = ConditionError | DirectoryUnavailable


class Truth(StrEnum):
    """Three values: a fact that isn't known makes a condition unknown, not false."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"


class VerdictKind(StrEnum):
    """How a definition meets an event."""

    MATCHED = "matched"
    NOT_MATCHED = "not_matched"
    UNKNOWN = "unknown"
    INACTIVE = "inactive"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Check:
    """One condition, looked at."""

    name: str
    #: As the definition says it.
    expected: str
    #: As the event says it; None where it isn't known.
    actual: str | None
    result: Truth
    #: What ``on_unknown`` made of an unknown one; None: it counts as what it is.
    counted: Truth | None = None
    #: Why it can't be told whether it holds; told where no other condition is false.
    failure: Failure | None = None

    @property
    def counts(self) -> Truth:
        """What it counts as for the definition."""
        return self.counted or self.result


@dataclass(frozen=True, slots=True)
class Verdict:
    """All conditions of a definition, joined by AND."""

    kind: VerdictKind
    checks: Sequence[Check] = ()
    error: str = ""

    @property
    def fires(self) -> bool:
        """The action is to be done."""
        return self.kind is VerdictKind.MATCHED
