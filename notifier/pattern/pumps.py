"""Texts made to bring a pattern to its knees: what it repeats, many times, and an end that doesn't fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from notifier.pattern.tree import ENDLESS, REPEATS, Node, inner

#: Often enough for what doubles each time, and for what grows with the third power.
_TIMES = (50, 500)
#: For what grows with the square.
_MANY = 16_000
_TAILS = ("\x00", "\n\n", "")
#: Texts tried, of whatever a pattern holds.
_MOST = 36
#: Alternatives looked into, and repetitions of a witness.
_FEW = 4
_SAMPLES = "aA0 -_.!\t\x00é"
_OF_CLASS = {"DIGIT": "0", "WORD": "a", "SPACE": " ", "NOT_DIGIT": "a", "NOT_WORD": "!", "NOT_SPACE": "a"}


def pumps(tree: Any, *, long: bool) -> Iterator[str]:
    """A handful of texts; with ``long`` also some that fill a page."""
    seen: dict[tuple[str, str], None] = {}
    for prefix, body in _loops(tree.data, ""):
        seen.setdefault((prefix, body))
        seen.setdefault((prefix, body[:1]))
    texts = [prefix + body * times + tail for prefix, body in seen if body for times in _TIMES for tail in _TAILS]
    if long:
        yield from islice((prefix + body * _MANY + _TAILS[0] for prefix, body in seen if body), _FEW)
    yield from texts[:_MOST]


def _loops(nodes: Sequence[Node], prefix: str) -> Iterator[tuple[str, str]]:
    """What leads to a repetition, and what is repeated there."""
    for node in nodes:
        name, value = str(node[0]), node[1]
        if name in REPEATS and value[1] > 1:
            yield from ((prefix, body) for body in _witnesses(value[2]))
        for part in inner(node):
            yield from _loops(part, prefix)
        prefix += next(iter(_of_node(node)), "")


def _witnesses(nodes: Iterable[Node]) -> list[str]:
    """Texts that match, one for each way through; what can't be known here (assertions, references) is left out."""
    found = [""]
    for node in nodes:
        found = [start + end for start in found for end in _of_node(node) or [""]][:_FEW]
    return found


def _of_node(node: Node) -> list[str]:
    name, value = str(node[0]), node[1]
    if name == "LITERAL":
        return [chr(value)]
    if name == "NOT_LITERAL":
        return [_other({chr(value)})]
    if name == "ANY":
        return ["a"]
    if name == "IN":
        return [_member(value)]
    if name in REPEATS:
        times = max(value[0], 1) if value[1] == ENDLESS else max(min(value[1], _FEW), value[0])
        return [text * min(times, _FEW) for text in _witnesses(value[2])]
    if name in ("ASSERT", "ASSERT_NOT"):
        return [""]
    return [text for part in inner(node) for text in _witnesses(part)][:_FEW] or [""]


def _member(items: Sequence[Node]) -> str:
    names = [str(op) for op, _ in items]
    if "NEGATE" in names:
        return _other({_of_item(str(op), value) for op, value in items if str(op) != "NEGATE"})
    return _of_item(names[0], items[0][1])


def _of_item(name: str, value: Any) -> str:
    if name == "CATEGORY":
        return _OF_CLASS[str(value).removeprefix("CATEGORY_")]
    return chr(value[0] if name == "RANGE" else value)


def _other(known: set[str]) -> str:
    return next(character for character in _SAMPLES if character not in known)
