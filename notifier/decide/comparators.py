"""``key OP value``: how conditions compare (reference section 2.2)."""

from __future__ import annotations

import csv
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from notifier.decide.moments import duration, iso, lenient, replace_now, with_zone

#: In this order the first separator that splits a condition into exactly two pieces wins.
_NAMED = (
    "equals", "!equals", "contains", "!contains", "matches", "!matches", "in", "!in", "<", ">", "date_before",
    "date_after", "date_within_last", "!date_within_last", "string_contains", "!string_contains",
)  # fmt: skip
_BASIC = ("==", "!=", "<=", "=<", ">=", "=>", "<", ">", "=")
_INTEGER_NAMED = ("equals", "!equals", "<", ">")
_CANONICAL = {"==": "equals", "=": "equals", "!=": "!equals", "=<": "<=", "=>": ">="}

_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "equals": operator.eq,
    "!equals": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


def is_true(value: object) -> bool:
    """Exactly ``1``, ``"1"``, ``True``, ``"True"``, ``"true"``, ``"TRUE"``."""
    return value in (1, "1", "True", "true", "TRUE") if isinstance(value, (int, str)) else False


@dataclass(frozen=True, slots=True)
class Comparison:
    """A condition, taken apart."""

    left: str
    comparator: str
    right: str


def parse(text: str, named: tuple[str, ...] = _NAMED) -> Comparison | None:
    """Take a condition apart; None for an empty one."""
    text = text.strip()
    if not text:
        return None
    for separator in (*(f"'{n}'" for n in named), *(f"'{b}'" for b in _BASIC), *_BASIC):
        pieces = text.split(separator)
        if len(pieces) == 2:
            word = separator.strip("'")
            return Comparison(pieces[0].strip(), _CANONICAL.get(word, word), pieces[1].strip())
    return Comparison("", "equals", text)


def integer(text: str) -> Callable[[int], bool]:
    """A condition on a number: ``5``, ``>3``, ``!=0``. What can't be understood never holds."""
    found = parse(text, _INTEGER_NAMED)
    right = _int(found.right) if found else None
    if found is None or right is None:
        return lambda _: False
    compare = _ORDER[found.comparator]
    return lambda value: compare(value, right)


def generic(text: str, *, now_tag: bool) -> tuple[str, Callable[[Any, datetime], bool]]:
    """A condition ``key OP value``: the key, and the test of that key's value at an event's time."""
    found = parse(text)
    if found is None or not found.left:
        return "", lambda _value, _now: False
    comparator, right = found.comparator, found.right
    if now_tag and "{now}" in right:
        return found.left, lambda value, now: compare(value, comparator, replace_now(right, now), now)
    return found.left, lambda value, now: compare(value, comparator, right, now)


def compare(left: Any, comparator: str, right: str, now: datetime) -> bool:
    """One comparison; what can't be compared doesn't hold, negated or not. An absent value never holds."""
    if left is None:
        return False
    if comparator in ("equals", "!equals", "<", ">"):
        return _ordered(left, _ORDER[comparator], right, now)
    if comparator in ("<=", ">="):
        a, b = _int(left if left != "" else 0), _int(right)
        return a is not None and b is not None and _ORDER[comparator](a, b)
    negated = comparator.startswith("!")
    answer = _WORDS[comparator.removeprefix("!")](left, right, now)
    return answer is not None and answer != negated


def _ordered(left: Any, order: Callable[[Any, Any], bool], right: str, now: datetime) -> bool:
    a, b = _int(left), _int(right)
    if a is not None and b is not None:
        return order(a, b)
    if isinstance(left, str):
        first = lenient(left, now)
        second = lenient(right, now) if first else None
        if first and second:
            return order(first, second)
    try:
        return order(left, right)
    except TypeError:
        return False


def _int(value: Any) -> int | None:
    if isinstance(value, (list, tuple, dict)):
        return None
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str] | None:
    flags = re.match(r"\(\?[aiLmsux]+\)", text)
    head, tail = (flags.group(), text[flags.end() :]) if flags else ("", text)
    try:
        return re.compile(f"{head}^{tail}$")
    except (re.error, OverflowError, RecursionError):
        return None


def _matches(left: Any, right: str, _: datetime) -> bool | None:
    pattern = _pattern(right)
    return None if pattern is None or not isinstance(left, str) else pattern.match(left) is not None


def _in(left: Any, right: str, _: datetime) -> bool | None:
    try:
        items = next(csv.reader([right], skipinitialspace=True, escapechar="\\"), [])
    except csv.Error:
        return None
    return str(left) in items


def _contains(left: Any, right: str, _: datetime) -> bool | None:
    return right in [str(item) for item in left] if isinstance(left, (list, tuple)) else None


def _string_contains(left: Any, right: str, _: datetime) -> bool | None:
    return right.lower() in left.lower() if isinstance(left, str) else None


def _date_order(order: Callable[[Any, Any], bool]) -> Callable[[Any, str, datetime], bool | None]:
    def compare_dates(left: Any, right: str, _: datetime) -> bool | None:
        a, b = iso(left), iso(right)
        if a is None or b is None or (a.tzinfo is None) != (b.tzinfo is None):
            return None
        return order(a, b)

    return compare_dates


def _within_last(left: Any, right: str, now: datetime) -> bool | None:
    moment = iso(left)
    try:
        span = duration(right)
    except ValueError:
        return None
    return None if moment is None else now - with_zone(moment) < span


_WORDS: Mapping[str, Callable[[Any, str, datetime], bool | None]] = {
    "matches": _matches,
    "in": _in,
    "contains": _contains,
    "string_contains": _string_contains,
    "date_before": _date_order(operator.lt),
    "date_after": _date_order(operator.gt),
    "date_within_last": _within_last,
}
