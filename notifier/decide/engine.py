"""All conditions of a definition against an event: AND, three-valued, every one looked at so that all can be shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from difflib import get_close_matches

from notifier.decide.conditions import REGISTRY
from notifier.decide.conditions.base import Condition, Test
from notifier.decide.conditions.kinds import joined
from notifier.decide.doubts.together import contradictions
from notifier.decide.seen import Seen
from notifier.decide.verdict import Check, Failure, Truth, Verdict, VerdictKind
from notifier.errors import ConditionError, DirectoryUnavailable, PatternTooSlow
from notifier.model import Event, OnUnknown, Value
from notifier.outcome import Reason


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class CompiledCondition:
    """One condition under one ``on_unknown``, made ready; definitions that say the same share it."""

    name: str
    expected: str
    test: Test
    #: What ``on_unknown`` makes of a fact that isn't known; None: it stays unknown.
    missing: Callable[[Event], bool] | None
    #: What the event lacks the directory may know.
    of_owner: bool

    def look(self, event: Event, seen: Seen) -> Check:
        """What it finds."""
        try:
            result, actual = self.test(event)
            if result is Truth.UNKNOWN and self.of_owner:
                event = seen.whole(event)
                result, actual = self.test(event)
            counted = None
            if result is Truth.UNKNOWN and self.missing is not None:
                counted = Truth.TRUE if self.missing(event) else Truth.FALSE
        except PatternTooSlow as error:
            return self._undecided(ConditionError(Reason.PATTERN_TOO_SLOW, f"condition {self.name!r}: {error.detail}"))
        except DirectoryUnavailable as error:
            return self._undecided(error)
        return Check(self.name, self.expected, actual, result, counted)

    def _undecided(self, failure: Failure) -> Check:
        return Check(self.name, self.expected, None, Truth.UNKNOWN, failure=failure)


#: Conditions made ready, by name, value and ``on_unknown``; may be weak: what uses one holds it.
Kept = MutableMapping[tuple[str, Value, OnUnknown], CompiledCondition]


@dataclass(frozen=True, slots=True)
class CompiledConditions:
    """The conditions of one definition, made ready once."""

    #: In the order they are looked at (reference section 2.4), not the definition's.
    conditions: tuple[CompiledCondition, ...] = ()
    #: Condition and what is wrong with it; with any, the verdict is an error.
    errors: tuple[tuple[str, str], ...] = ()

    def evaluate(self, event: Event, seen: Seen | None = None) -> Verdict:
        """Look at every condition; any false one decides, then any unknown one.

        Args:
            event: What happened.
            seen: What other definitions' conditions found out about the same event.

        Raises:
            ConditionError: a condition can't be decided in time, and no other one is false.
            DirectoryUnavailable: the owner has to be looked up, the directory is down, and no other one is false.
        """
        if self.errors:
            return Verdict(VerdictKind.ERROR, error="; ".join(message for _, message in self.errors))
        seen = Seen() if seen is None else seen
        kind = VerdictKind.MATCHED
        failure: Failure | None = None
        checks = []
        for compiled in self.conditions:
            check = seen.checks.get(compiled)
            if check is None:
                check = seen.checks[compiled] = compiled.look(event, seen)
            checks.append(check)
            counts = check.counts
            if counts is Truth.FALSE:
                kind = VerdictKind.NOT_MATCHED
            elif counts is Truth.UNKNOWN and kind is VerdictKind.MATCHED:
                kind = VerdictKind.UNKNOWN
            failure = failure or check.failure
        if failure is not None and kind is not VerdictKind.NOT_MATCHED:
            raise failure.with_traceback(None)  # it's shared: of each raising it would keep the frames
        return Verdict(kind, checks)


def compile_conditions(
    conditions: Mapping[str, Value], on_unknown: OnUnknown, kept: Kept | None = None
) -> CompiledConditions:
    """Make a definition's conditions ready; what is wrong with them is in `CompiledConditions.errors`.

    Args:
        conditions: Condition → value.
        on_unknown: What a condition on a fact that isn't known means.
        kept: Conditions made before: the same one isn't made twice.
    """
    kept = {} if kept is None else kept
    compiled = []
    errors = [(name, _unknown(name)) for name in conditions if name not in REGISTRY]
    for name, condition in REGISTRY.items():
        if name not in conditions:
            continue
        value = conditions[name]
        try:
            made = kept.get((name, value, on_unknown))
            if made is None:
                made = kept[name, value, on_unknown] = _compiled(condition, value, on_unknown)
            compiled.append(made)
        except ValueError as error:
            errors.append((name, f"condition {name!r}: {error}"))
    return CompiledConditions(tuple(compiled), tuple(errors))


def _compiled(condition: Condition, value: Value, on_unknown: OnUnknown) -> CompiledCondition:
    test = condition.compile(value)
    missing: Callable[[Event], bool] | None = None
    if on_unknown is OnUnknown.MATCH:
        missing = _holds
    elif on_unknown is OnUnknown.PRIVACYIDEA:
        missing = condition.missing(value)
        if condition.reading.ignored is not None:
            test = _unless(condition.reading.ignored, test)
    return CompiledCondition(condition.name, joined(value), test, missing, condition.reading.of_owner)


def _holds(_: Event) -> bool:
    return True


def _unless(ignored: Callable[[Event], bool], test: Test) -> Test:
    return lambda event: (Truth.UNKNOWN, None) if ignored(event) else test(event)


def doubts(conditions: Mapping[str, Value]) -> list[tuple[str, str]]:
    """Condition, and what is doubtful about its value; of those that compile."""
    found: list[tuple[str, str]] = []
    for compiled in compile_conditions(conditions, OnUnknown.SKIP).conditions:
        name = compiled.name
        found.extend((name, doubt) for doubt in REGISTRY[name].doubts(conditions[name]))
    found.extend(contradictions(conditions))
    return [(name, f"condition {name!r}: {doubt}") for name, doubt in found]


def _unknown(name: str) -> str:
    close = get_close_matches(name, REGISTRY, n=1)
    return f"unknown condition {name!r}" + (f"; did you mean {close[0]!r}?" if close else "")
