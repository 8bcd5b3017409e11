"""What a condition is: a name, a description, and a test made once from the definition's value.

Adding one is a `condition(...)` in the module of its group: where its fact is, what makes it hold, and what the
system taken over does when the fact isn't known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from notifier.decide.comparators import generic, integer, is_true
from notifier.decide.verdict import Truth
from notifier.model import Event, Value

#: Whether the condition holds for an event, and the fact it looked at (None: not known).
Test = Callable[[Event], tuple[Truth, str | None]]
#: A fact of an event; None where it isn't known.
Getter = Callable[[Event], Any]
#: From the definition's value to a predicate on a known fact. Raises ValueError for a value that can never work.
Maker = Callable[[Value], Callable[[Any, Event], bool]]
#: From the definition's value to its test. Raises ValueError for a value that can never work.
Compiler = Callable[[Value], Test]
Missing = Callable[[Value, Event], bool]

BOOLEANS = ("True", "False")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition, describing itself for the handler module API and for `notifier explain`."""

    name: str
    #: How its value is written: ``str``, ``multi``, ``text`` or ``regexp``.
    type: str
    #: ``general``, ``user``, ``token``, ``counter``, ``challenge`` or ``container``.
    group: str
    desc: str
    #: The test for one definition's value; raises ValueError, saying why, for a value that can never work.
    compile: Compiler
    #: What the system taken over answers when the fact isn't known (reference section 2.3).
    missing: Missing
    #: The values allowed, where they are few.
    value: tuple[str, ...] = ()


def condition(
    name: str,
    type_: str,
    group: str,
    desc: str,
    compiler: Compiler,
    *,
    missing: bool | Missing,
    value: tuple[str, ...] = (),
) -> Condition:
    """A condition; ``missing`` may be a constant answer."""
    answer: Missing = missing if callable(missing) else lambda _expected, _event: missing
    return Condition(name, type_, group, desc, compiler, answer, value)


def on(get: Getter, make: Maker) -> Compiler:
    """The test of one fact: unknown where the fact isn't known, else what the predicate says."""

    def compiler(expected: Value) -> Test:
        holds = make(expected)

        def test(event: Event) -> tuple[Truth, str | None]:
            fact = get(event)
            if fact is None:
                return Truth.UNKNOWN, None
            return (Truth.TRUE if holds(fact, event) else Truth.FALSE), shown(fact)

        return test

    return compiler


def on_key(look_up: Callable[[Event, str], Any], *, now_tag: bool = False) -> Compiler:
    """The test of ``key OP value`` on what ``look_up`` finds; None: not known, ``ABSENT``: known not to be there."""

    def compiler(expected: Value) -> Test:
        key, holds = generic(joined(expected), now_tag=now_tag)

        def test(event: Event) -> tuple[Truth, str | None]:
            fact = look_up(event, key)
            if fact is None:
                return Truth.UNKNOWN, None
            if fact is ABSENT:
                return Truth.FALSE, ""
            return (Truth.TRUE if holds(fact, event.time) else Truth.FALSE), shown(fact)

        return test

    return compiler


#: The value of a key that is known not to be there.
ABSENT = object()


def in_mapping(get: Getter) -> Callable[[Event, str], Any]:
    """Look a key up in a mapping of facts, which as a whole may not be known."""

    def look_up(event: Event, key: str) -> Any:
        facts: Mapping[str, Any] | None = get(event)
        if facts is None:
            return None
        fact = facts.get(key)
        return ABSENT if fact is None else fact

    return look_up


def shown(fact: Any) -> str:
    """A fact for a human. An object's content is nobody's business: an answer may carry credentials in one."""
    if isinstance(fact, str):
        return fact
    if isinstance(fact, (tuple, list)):
        return ", ".join(map(shown, fact))
    return "an object" if isinstance(fact, Mapping) else str(fact)


def joined(expected: Value) -> str:
    """The value as the one text it was in the system taken over."""
    return expected if isinstance(expected, str) else ",".join(expected)


def items(expected: Value) -> tuple[str, ...]:
    """The items of a multi value; of the old comma text without trimming."""
    return tuple(expected.split(",")) if isinstance(expected, str) else expected


def element(expected: Value) -> Callable[[Any, Event], bool]:
    """The fact is an element of the list."""
    wanted = frozenset(items(expected))
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
