"""What a condition is: a name, a description, and a test made once from the definition's value.

Adding one is a `condition(...)` in the module of its group: where its fact is, which kind of value makes it hold, what
the system taken over does when the fact isn't known, and an example. `make reference` writes it into docs/reference/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from notifier.decide.comparators import generic
from notifier.decide.conditions.facts import ABSENT, Fact, Getter, Keyed
from notifier.decide.conditions.kinds import Kind, joined
from notifier.decide.doubts import comparisons, values
from notifier.decide.doubts.values import Doubts
from notifier.decide.grammar import KEYED
from notifier.decide.verdict import Truth
from notifier.model import Event, Value

#: Whether the condition holds for an event, and the fact it looked at (None: not known).
Test = Callable[[Event], tuple[Truth, str | None]]
#: From the definition's value to its test. Raises ValueError for a value that can never work.
Compiler = Callable[[Value], Test]
#: From the definition's value to what a condition answers where its fact isn't known; made once, too.
Missing = Callable[[Value], Callable[[Event], bool]]


#: How a value is written, in an administrator's words; the names are those of the handler module API.
TYPES: Mapping[str, str] = {
    "str": "one text",
    "multi": "a YAML list; or a text with commas between the items, in which blanks count",
    "regexp": "a regular expression",
    "text": "a text of several lines",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """How one condition reads the definition's value, and where it finds its fact."""

    compile: Compiler
    doubts: Doubts = values.none
    comparators: Mapping[str, str] = field(default_factory=dict)
    places: tuple[str, ...] = ()
    remark: str = ""
    #: Where the system taken over doesn't look at all, even if the fact is known: there as where it's missing.
    ignored: Callable[[Event], bool] | None = None
    #: A fact about the owner that the event lacks and the directory may know.
    of_owner: bool = False
    #: The one fact it looks at, and the only ones that the definition's value holds for, where they can be listed.
    fact: Getter | None = None
    listed: Callable[[Value], frozenset[str]] | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition, describing itself for the handler module API and for `notifier explain`."""

    name: str
    #: How its value is written: one of `TYPES`.
    type: str
    #: ``general``, ``user``, ``token``, ``counter``, ``challenge`` or ``container``.
    group: str
    desc: str
    reading: Reading
    #: What the system taken over answers when the fact isn't known (reference section 2.3).
    missing: Missing
    #: The same in words.
    missing_words: str
    #: A value that works.
    example: Value
    #: The values allowed, where they are few.
    value: tuple[str, ...] = ()

    def compile(self, value: Value) -> Test:
        """The test for one definition's value.

        Raises:
            ValueError: it can never work; the message says why.
        """
        return self.reading.compile(value)

    def doubts(self, value: Value) -> Iterable[str]:
        """What is doubtful about a value that compiles; each with what to write instead."""
        return self.reading.doubts(value)

    @property
    def comparators(self) -> Mapping[str, str]:
        """Comparator → what it asks for; empty where a value stands alone."""
        return self.reading.comparators

    @property
    def places(self) -> tuple[str, ...]:
        """Where its fact stands in ``data`` of an event."""
        return self.reading.places

    @property
    def remark(self) -> str:
        """What else is to be known of the places, such as what it means where one is absent."""
        return self.reading.remark


def condition(
    name: str,
    type_: str,
    group: str,
    desc: str,
    reading: Reading,
    *,
    missing: bool | tuple[Missing, str],
    example: Value,
    value: tuple[str, ...] = (),
) -> Condition:
    """A condition; ``missing`` is a constant answer, or one that depends, and on what."""
    if isinstance(missing, bool):
        answer: Missing = lambda _expected: lambda _event: missing  # noqa: E731 - a constant
        words = "holds" if missing else "doesn't hold"
    else:
        answer, words = missing[0], f"depends: {missing[1]}"
    return Condition(name, type_, group, desc, reading, answer, words, example, value)


def on(fact: Fact, kind: Kind) -> Reading:
    """The test of one fact: unknown where the fact isn't known, else what the predicate says."""
    get = fact.get

    def compiler(expected: Value) -> Test:
        holds = kind.make(expected)

        def test(event: Event) -> tuple[Truth, str | None]:
            found = get(event)
            if found is None:
                return Truth.UNKNOWN, None
            return (Truth.TRUE if holds(found, event) else Truth.FALSE), shown(found)

        return test

    return Reading(compiler, kind.doubts, kind.comparators, fact.places, fact.remark, fact=get, listed=kind.listed)


def on_key(facts: Keyed, *, now_tag: bool = False, doubts: Doubts | None = None) -> Reading:
    """The test of ``key OP value`` on what stands at the key."""
    look_up = facts.get

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

    return Reading(compiler, doubts or comparisons.keyed(now_tag=now_tag), KEYED, facts.places, facts.remark)


def shown(fact: Any) -> str:
    """A fact for a human. An object's content is nobody's business: an answer may carry credentials in one."""
    if isinstance(fact, str):
        return fact
    if isinstance(fact, (tuple, list)):
        return ", ".join(map(shown, fact))
    return "an object" if isinstance(fact, Mapping) else str(fact)
