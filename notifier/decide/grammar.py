"""How a condition is taken apart: ``key OP value`` (reference section 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: In this order the first separator that splits a condition into exactly two pieces wins.
NAMED = (
    "equals", "!equals", "contains", "!contains", "matches", "!matches", "in", "!in", "<", ">", "date_before",
    "date_after", "date_within_last", "!date_within_last", "string_contains", "!string_contains",
)  # fmt: skip
BASIC = ("==", "!=", "<=", "=<", ">=", "=>", "<", ">", "=")
#: The only words that a condition on a number knows.
INTEGER_NAMED = ("equals", "!equals", "<", ">")
_CANONICAL = {"==": "equals", "=": "equals", "!=": "!equals", "=<": "<=", "=>": ">="}
TRUE = ("1", "True", "true", "TRUE")

#: How each comparator is best written, and what it asks for.
INTEGERS: Mapping[str, str] = {
    "==": "the number is this one; so does the number alone",
    "!=": "it is another",
    "<": "it is smaller",
    ">": "it is larger",
    "<=": "it is smaller or the same",
    ">=": "it is larger or the same",
}
KEYED: Mapping[str, str] = {
    "==": "the same number, the same date, else the same text",
    "!=": "another one",
    "<": "smaller, earlier, else before it in the order of characters",
    ">": "larger, later, else behind it",
    "<=": "a whole number that is smaller or the same",
    ">=": "a whole number that is larger or the same",
    "'in'": "one of these, separated by commas; '!in': none of them",
    "'contains'": "a list with this among its items; '!contains': without it",
    "'string_contains'": "a text with this in it, in upper or lower case; '!string_contains': without it",
    "'matches'": "a text that this regular expression matches as a whole; '!matches': one that it doesn't match",
    "'date_before'": "a date before this one, 2026-11-24 or 2026-11-24T12:00+01:00",
    "'date_after'": "a date after it",
    "'date_within_last'": "a date less than this time ago, 12h or 7d; '!date_within_last': longer ago",
}


def is_true(value: object) -> bool:
    """Exactly ``1``, ``"1"``, ``True``, ``"True"``, ``"true"``, ``"TRUE"``."""
    return value in (1, *TRUE) if isinstance(value, (int, str)) else False


def whole(value: Any) -> int | None:
    """A whole number, or a text that is one."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A condition, taken apart."""

    left: str
    #: A word of `NAMED`, or ``<=`` or ``>=``.
    comparator: str
    right: str


def parse(text: str, named: tuple[str, ...] = NAMED) -> Comparison | None:
    """Take a condition apart; None for an empty one."""
    text = text.strip()
    if not text:
        return None
    for separator in (*(f"'{n}'" for n in named), *(f"'{b}'" for b in BASIC), *BASIC):
        pieces = text.split(separator)
        if len(pieces) == 2:
            word = separator.strip("'")
            return Comparison(pieces[0].strip(), _CANONICAL.get(word, word), pieces[1].strip())
    return Comparison("", "equals", text)
