"""Doubts about ``>5`` and ``key OP value``: what can't be understood, and what never holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress

from notifier.decide.comparators import anchored, listed
from notifier.decide.doubts.patterns import slow
from notifier.decide.doubts.values import Doubts, nearest
from notifier.decide.grammar import BASIC, INTEGER_NAMED, NAMED, Comparison, parse, whole
from notifier.decide.moments import ANY_MONTH, duration, iso, lenient, replace_now
from notifier.model import Value

_UNDERSTOOD = "==, !=, <, >, <=, >=, and in single quotes 'in', 'contains', 'string_contains', 'matches', 'date_before'"
_WORDS = {name.removeprefix("!") for name in NAMED if name[-1].isalpha()}
_ORDERS = ("equals", "!equals", "<", ">")


def number(*, least: int | None = 0) -> Doubts:
    """A condition on a number; ``least``: the fact is never less."""

    def doubts(value: Value) -> Iterator[str]:
        text = _text(value)
        found = parse(text, INTEGER_NAMED)
        right = whole(found.right) if found else None
        if found is None:
            yield "it is empty and never holds; write a number, such as 5 or >3"
        elif right is None:
            yield f"{text!r} is not understood and never holds; {_number_meant(text)}"
        elif least is not None and _below(found.comparator, right, least):
            yield f"{text!r} never holds, there is no count below {least}; write a larger number"

    return doubts


def within(value: Value) -> Iterator[str]:
    """A duration that something has to be within."""
    with suppress(ValueError):  # what is none is an error
        if not duration(_text(value)):
            yield "nothing is less than no time ago, it never holds; write a duration, such as 7d"


def keyed(*, now_tag: bool = False, lists: bool = True) -> Doubts:
    """A condition on a fact found by its key; ``lists``: which may be one."""

    def doubts(value: Value) -> Iterator[str]:
        text = _text(value)
        if not isinstance(value, str) and len(value) > 1:
            yield f"a list is read as {text!r}; write one comparison"
        found = parse(text)
        if found is None or not found.left:
            yield f"{text!r} is not understood and never holds; {_comparison_meant(text)}"
            return
        if found.comparator in ("contains", "!contains") and not lists:
            yield "'contains' asks for a list, which this never is, and never holds; write 'string_contains'"
        with suppress(ValueError):  # what can never work is an error
            yield from _of_right(found, now_tag=now_tag)

    return doubts


def counter(value: Value) -> Iterator[str]:
    """A condition on a named counter, which is a whole number and not below 0."""
    found = parse(_text(value))
    yield from keyed()(value)
    if found is None or not found.left:
        return
    word, right = found.comparator.removeprefix("!"), whole(found.right)
    if word in _WORDS - {"equals", "in"}:
        yield f"{found.comparator!r} never holds, a counter is a number; write ==, !=, < or >"
    elif word in (*_ORDERS, "!equals") and right is None:
        yield f"a counter is never {found.right!r}; write a whole number"
    elif right is not None and _below(found.comparator, right, 0):
        yield f"{_text(value)!r} never holds, there is no count below 0; write a larger number"


def _below(comparator: str, right: int, least: int) -> bool:
    """No number from ``least`` on makes it hold."""
    return (comparator == "<" and right <= least) or (comparator in ("equals", "<=") and right < least)


def _number_meant(text: str) -> str:
    digits = re.search(r"-?\d{1,18}", text)
    if re.search(r"\d[.,]\d", text) and digits:
        return f"write a whole number, such as {digits[0]}"
    if digits and ("<>" in text or "~" in text):
        return f"did you mean !={digits[0]}?"
    if digits and (word := _bare_word(text)):
        return _quoted(word) + f", or just {digits[0]}"
    return "write a whole number, such as 5 or >3"


def _comparison_meant(text: str) -> str:
    if word := _bare_word(text):
        return _quoted(word)
    if (odd := re.search(r"'\s*(!?\w+)\s*'", text)) and odd[1] not in NAMED:
        return nearest(odd[1], NAMED) or f"understood are {_UNDERSTOOD}"
    if sum(text.count(sign) for sign in BASIC):
        if text.strip().startswith(BASIC) or text.strip().startswith("'"):
            return "write the key in front, such as class == vip"
        return "write one comparator, in single quotes where the values hold others: a '==' b"
    return f"write key, comparator and value, such as class == vip; understood are {_UNDERSTOOD}"


def _bare_word(text: str) -> str:
    """A comparator without its quotes."""
    found = re.search(rf"(?:^|\s)(!?(?:{'|'.join(sorted(_WORDS))}))\s", text)
    return found[1] if found else ""


def _quoted(word: str) -> str:
    return f"write the comparator in single quotes: '{word}'"


def _of_right(found: Comparison, *, now_tag: bool) -> Iterator[str]:
    right, word = found.right, found.comparator
    if "{now" in right and not now_tag:
        yield "{now} is only a text here; write the date itself"
    now = replace_now(right, ANY_MONTH) if now_tag else right
    if now != right and word in (*_ORDERS, "date_before", "date_after") and lenient(now, ANY_MONTH) is None:
        yield f"{right!r} is no date; write {{now}}, {{now}}-7d or {{now}}+12h, with s, m, h or d"
    elif word in ("date_before", "date_after") and iso(now) is None:
        yield f"{right!r} can't be read as a date, it never holds; write 2026-11-24 or 2026-11-24T12:00+01:00"
    elif word in ("<=", ">=") and whole(right) is None:
        instead = f"write {word[0]} for dates and texts" if not right[:1].isdigit() or iso(now) else "write a whole one"
        yield f"{word} compares whole numbers only and never holds for {right!r}; {instead}"
    elif word in _ORDERS and right[:1] and right[0] in "=<>!~":
        yield f"it compares with the text {right!r}; {_order_meant(right)}"
    elif word.endswith("date_within_last") and not duration(right):
        yield "nothing is less than no time ago; write a duration, such as 7d"
    elif word.removeprefix("!") == "in":
        yield from _of_items(listed(right))
    elif word.removeprefix("!") == "matches" and "{now" not in right:
        yield from slow(anchored(right))


def _order_meant(right: str) -> str:
    rest = right.lstrip("=<>!~ ")
    return f"did you mean != {rest}?" if right[0] in ">~!" else f"did you mean == {rest}?"


def _of_items(items: Sequence[str] | None) -> Iterator[str]:
    if items is None:
        yield "the list can't be read and never holds; write values with commas between them, odd ones in double quotes"
    elif not any(items):
        yield "nothing is listed; write values with commas between them"
    for item in items or ():
        if item != item.rstrip():
            yield f"{item!r} ends with a blank that counts; write {item.rstrip()!r}, and the comma at once"


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ",".join(value)
