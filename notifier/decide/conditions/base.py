"""What a condition is: a name, a description, and a test made once from the definition's value.

Adding one is a `condition(...)` in the module of its group: where its fact is, what makes it hold, and what the
system taken over does when the fact isn't known.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from notifier.decide.verdict import Truth
from notifier.model import Event, Value

#: Whether the condition holds for an event, and the fact it looked at (None: not known).
Test = Callable[[Event], tuple[Truth, str | None]]
Getter = Callable[[Event], Any]
#: From the definition's value to a predicate on the fact. Raises ValueError for a value that can never work.
Maker = Callable[[Value], Callable[[Any, Event], bool]]
Missing = Callable[[Value, Event], bool]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition, describing itself for the handler module API and for `notifier explain`."""

    name: str
    type: str
    group: str
    desc: str
    get: Getter
    make: Maker
    #: What the system taken over answers when the fact isn't known (reference section 2.3).
    missing: Missing
    #: The values allowed, where they are few.
    value: tuple[str, ...] = ()

    def compile(self, expected: Value) -> Test:
        """The test for one definition.

        Raises:
            ValueError: the value can never work; the message says why.
        """
        get, holds = self.get, self.make(expected)

        def test(event: Event) -> tuple[Truth, str | None]:
            fact = get(event)
            if fact is None:
                return Truth.UNKNOWN, None
            return (Truth.TRUE if holds(fact, event) else Truth.FALSE), shown(fact)

        return test


def condition(
    name: str,
    type_: str,
    group: str,
    desc: str,
    get: Getter,
    make: Maker,
    *,
    missing: bool | Missing,
    value: tuple[str, ...] = (),
) -> Condition:
    """A condition; ``missing`` may be a constant answer."""
    answer: Missing = missing if callable(missing) else lambda _expected, _event: missing
    return Condition(name, type_, group, desc, get, make, answer, value)


def shown(fact: Any) -> str:
    """A fact for a human."""
    return ", ".join(map(str, fact)) if isinstance(fact, (tuple, list)) else str(fact)


def joined(expected: Value) -> str:
    """The value as the one text it was in the system taken over."""
    return expected if isinstance(expected, str) else ",".join(expected)


def items(expected: Value) -> tuple[str, ...]:
    """The items of a multi value; of the old comma text without trimming."""
    return tuple(expected.split(",")) if isinstance(expected, str) else expected


def regex(text: str) -> re.Pattern[str]:
    """A compiled pattern, or a ValueError that says what is wrong with it."""
    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}") from None


def element(expected: Value) -> Callable[[Any, Event], bool]:
    """The fact is an element of the list."""
    wanted = frozenset(items(expected))
    return lambda fact, _: fact in wanted


def exact(expected: Value) -> Callable[[Any, Event], bool]:
    """The fact is this text."""
    wanted = joined(expected)
    return lambda fact, _: fact == wanted
