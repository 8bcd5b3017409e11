"""The kinds of values: how the definition's is read, what may be doubtful about it, with which comparators."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from notifier.decide.comparators import integer
from notifier.decide.doubts import comparisons, patterns, values
from notifier.decide.doubts.values import Doubts
from notifier.decide.grammar import INTEGERS, is_true
from notifier.model import Event, Value
from notifier.pattern import compile_pattern

#: From the definition's value to a predicate on a known fact. Raises ValueError for a value that can never work.
Maker = Callable[[Value], Callable[[Any, Event], bool]]

BOOLEANS = ("True", "False")
#: The items of a multi value.
items = values.items


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to write and to read a value."""

    make: Maker
    doubts: Doubts = values.none
    #: Comparator → what it asks for.
    comparators: Mapping[str, str] = field(default_factory=dict)
    #: From the definition's value to the only facts that it holds for; None: they can't be listed.
    listed: Callable[[Value], frozenset[str]] | None = None


def joined(expected: Value) -> str:
    """The value as the one text it was in the system taken over."""
    return expected if isinstance(expected, str) else ",".join(expected)


def elements(expected: Value) -> frozenset[str]:
    """The elements of the list."""
    return frozenset(items(expected))


def element(expected: Value) -> Callable[[Any, Event], bool]:
    """The fact is an element of the list."""
    wanted = elements(expected)
    return lambda fact, _: fact in wanted


def any_or_none(expected: Value) -> Callable[[Any, Event], bool]:
    """One of the facts is listed, or there is none at all."""
    wanted = frozenset(items(expected))
    return lambda facts, _: not facts or not wanted.isdisjoint(facts)


def exact(expected: Value) -> Callable[[Any, Event], bool]:
    """The fact is this text."""
    wanted = joined(expected)
    return lambda fact, _: bool(fact == wanted)


def boolean(expected: Value) -> Callable[[Any, Event], bool]:
    """The fact is true, or isn't, as the definition says; only the old spellings of true are true."""
    wanted = is_true(joined(expected))
    return lambda fact, _: is_true(fact) is wanted


def literal_boolean(expected: Value) -> Callable[[Any, Event], bool]:
    """The fact is true, or isn't; here only the text ``True`` is true."""
    wanted = joined(expected) == "True"
    return lambda fact, _: fact is wanted


def number(expected: Value) -> Callable[[Any, Event], bool]:
    """A condition on a number: ``5``, ``>3``."""
    holds = integer(joined(expected))
    return lambda fact, _: holds(fact)


def matched(expected: Value) -> Callable[[Any, Event], bool]:
    """A regular expression matches from the fact's start."""
    pattern = compile_pattern(joined(expected))
    return lambda fact, _: pattern.match(fact)


def searched(expected: Value) -> Callable[[Any, Event], bool]:
    """A regular expression matches somewhere in the fact."""
    pattern = compile_pattern(joined(expected))
    return lambda fact, _: pattern.search(fact)


ELEMENT = Kind(element, values.multi(), listed=elements)
ANY_OR_NONE = Kind(any_or_none, values.multi())
BOOLEAN = Kind(boolean, values.boolean)
LITERAL_BOOLEAN = Kind(literal_boolean, values.literal_boolean)
NUMBER = Kind(number, comparisons.number(), INTEGERS)
#: A number that may be below 0.
ANY_NUMBER = Kind(number, comparisons.number(least=None), INTEGERS)
MATCHED = Kind(matched, patterns.pattern(search=False))
SEARCHED = Kind(searched, patterns.pattern(search=True))


def one_of(*allowed: str) -> Kind:
    """The fact is this text, one of a few."""
    return Kind(exact, values.one_of(allowed))
