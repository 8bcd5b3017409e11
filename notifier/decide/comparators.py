"""``key OP value``: how conditions compare (reference section 2.2).

Everything that doesn't depend on the event is done once, when the definitions are loaded.
"""

from __future__ import annotations

import csv
import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from notifier.decide.grammar import INTEGER_NAMED, parse, whole
from notifier.decide.moments import ANY_MONTH, duration, iso, lenient, replace_now
from notifier.pattern import compile_pattern

#: The fact and the event's time → does it hold; None: the two can't be compared.
Comparing = Callable[[Any, datetime], bool | None]
#: The same, decided: what can't be compared doesn't hold.
Holding = Callable[[Any, datetime], bool]
Order = Callable[[Any, Any], bool]

_ORDER: Mapping[str, Order] = {
    "equals": operator.eq,
    "!equals": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


def integer(text: str) -> Callable[[int], bool]:
    """A condition on a number: ``5``, ``>3``, ``!=0``. What can't be understood never holds."""
    found = parse(text, INTEGER_NAMED)
    right = whole(found.right) if found else None
    if found is None or right is None:
        return lambda _: False
    compare = _ORDER[found.comparator]
    return lambda value: compare(value, right)


def generic(text: str, *, now_tag: bool) -> tuple[str, Holding]:
    """A condition ``key OP value``: the key, and the test of that key's value at an event's time.

    An absent value (None) never holds, nor does a condition without a key.

    Args:
        text: The condition as the definition says it.
        now_tag: Whether ``{now}`` on the right means the event's time.

    Raises:
        ValueError: a regular expression or a duration on the right that can never work.
    """
    found = parse(text)
    if found is None or not found.left:
        return "", lambda _value, _now: False
    negated = found.comparator.startswith("!") and found.comparator not in _ORDER
    make = _MAKERS[found.comparator.removeprefix("!") if negated else found.comparator]
    if now_tag and "{now}" in found.right:
        return found.left, _decided(_at_now(make, found.right), negated=negated)
    return found.left, _decided(make(found.right), negated=negated)


def _decided(comparing: Comparing, *, negated: bool) -> Holding:
    """What can't be compared doesn't hold, negated or not."""

    def holds(value: Any, now: datetime) -> bool:
        answer = None if value is None else comparing(value, now)
        return answer is not None and answer is not negated

    return holds


def _at_now(make: Callable[[str], Comparing], right: str) -> Comparing:
    make(replace_now(right, ANY_MONTH))  # says now what can never work

    def comparing(value: Any, now: datetime) -> bool | None:
        try:
            return make(replace_now(right, now))(value, now)
        except ValueError:
            return None

    return comparing


def _ordering(order: Order) -> Callable[[str], Comparing]:
    """Numbers if both are, else dates if both are, else as they stand."""

    def make(right: str) -> Comparing:
        number = whole(right)
        maybe_date = lenient(right, ANY_MONTH) is not None

        def comparing(left: Any, now: datetime) -> bool | None:
            if number is not None and (mine := whole(left)) is not None:
                return order(mine, number)
            if maybe_date and isinstance(left, str):
                first = lenient(left, now)
                second = lenient(right, now) if first else None
                if first and second:
                    return order(first, second)
            try:
                return order(left, right)
            except TypeError:
                return None

        return comparing

    return make


def _integers(order: Order) -> Callable[[str], Comparing]:
    """``<=`` and ``>=``: numbers only; an empty text counts as 0."""

    def make(right: str) -> Comparing:
        number = whole(right)

        def comparing(left: Any, _: datetime) -> bool | None:
            mine = 0 if left == "" else whole(left)
            return None if mine is None or number is None else order(mine, number)

        return comparing

    return make


def anchored(right: str) -> str:
    """The pattern of ``'matches'``: the whole text has to match; flags stay in front."""
    flags = re.match(r"\(\?[aiLmsux]+\)", right)
    head, tail = (flags.group(), right[flags.end() :]) if flags else ("", right)
    return f"{head}^{tail}$"


def _matches(right: str) -> Comparing:
    pattern = compile_pattern(anchored(right))
    return lambda left, _: pattern.match(left) if isinstance(left, str) else None


def _in(right: str) -> Comparing:
    items = listed(right)
    return lambda left, _: None if items is None else str(left) in items


def listed(right: str) -> list[str] | None:
    """The items of ``'in'``, read as CSV; None where that can't be done."""
    try:
        return next(csv.reader([right], skipinitialspace=True, escapechar="\\"), [])
    except csv.Error:
        return None


def _contains(right: str) -> Comparing:
    return lambda left, _: right in map(str, left) if isinstance(left, (list, tuple)) else None


def _string_contains(right: str) -> Comparing:
    wanted = right.lower()
    return lambda left, _: wanted in left.lower() if isinstance(left, str) else None


def _dates(order: Order) -> Callable[[str], Comparing]:
    def make(right: str) -> Comparing:
        second = iso(right)

        def comparing(left: Any, _: datetime) -> bool | None:
            first = iso(left)
            return None if first is None or second is None else order(first, second)

        return comparing

    return make


def _within_last(right: str) -> Comparing:
    span = duration(right)

    def comparing(left: Any, now: datetime) -> bool | None:
        moment = iso(left)
        return None if moment is None else now - moment < span

    return comparing


_MAKERS: Mapping[str, Callable[[str], Comparing]] = {
    **{word: _ordering(_ORDER[word]) for word in ("equals", "!equals", "<", ">")},
    **{word: _integers(_ORDER[word]) for word in ("<=", ">=")},
    "matches": _matches,
    "in": _in,
    "contains": _contains,
    "string_contains": _string_contains,
    "date_before": _dates(operator.lt),
    "date_after": _dates(operator.gt),
    "date_within_last": _within_last,
}
