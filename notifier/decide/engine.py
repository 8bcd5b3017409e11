"""All conditions of a definition against an event: AND, three-valued, every one looked at so that all can be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from notifier.decide.conditions import REGISTRY
from notifier.decide.conditions.base import Condition, Test
from notifier.decide.conditions.kinds import joined
from notifier.decide.doubts.together import contradictions
from notifier.decide.verdict import Check, Truth, Verdict, VerdictKind
from notifier.errors import ConditionError, PatternTooSlow
from notifier.model import Event, OnUnknown, Value
from notifier.outcome import Reason


@dataclass(frozen=True, slots=True)
class CompiledCondition:
    """One condition of a definition, made ready."""

    condition: Condition
    value: Value
    expected: str
    test: Test


@dataclass(frozen=True, slots=True)
class CompiledConditions:
    """The conditions of one definition, made ready once."""

    on_unknown: OnUnknown
    #: In the order they are looked at (reference section 2.4), not the definition's.
    conditions: tuple[CompiledCondition, ...] = ()
    #: Condition and what is wrong with it; with any, the verdict is an error.
    errors: tuple[tuple[str, str], ...] = ()

    def evaluate(self, event: Event) -> Verdict:
        """Look at every condition; any false one decides, then any unknown one by ``on_unknown``.

        Raises:
            ConditionError: a condition can't be decided in time.
        """
        if self.errors:
            return Verdict(VerdictKind.ERROR, error="; ".join(message for _, message in self.errors))
        kind = VerdictKind.MATCHED
        checks = []
        for compiled in self.conditions:
            try:
                result, actual = compiled.test(event)
                decided = self._decided(compiled, event) if result is Truth.UNKNOWN else result
            except PatternTooSlow as error:
                detail = f"condition {compiled.condition.name!r}: {error.detail}"
                raise ConditionError(Reason.PATTERN_TOO_SLOW, detail) from None
            checks.append(Check(compiled.condition.name, compiled.expected, actual, result))
            if decided is Truth.FALSE:
                kind = VerdictKind.NOT_MATCHED
            elif decided is Truth.UNKNOWN and kind is VerdictKind.MATCHED:
                kind = VerdictKind.UNKNOWN
        return Verdict(kind, checks)

    def _decided(self, compiled: CompiledCondition, event: Event) -> Truth:
        if self.on_unknown is OnUnknown.SKIP:
            return Truth.UNKNOWN
        holds = self.on_unknown is OnUnknown.MATCH or compiled.condition.missing(compiled.value, event)
        return Truth.TRUE if holds else Truth.FALSE


def compile_conditions(conditions: Mapping[str, Value], on_unknown: OnUnknown) -> CompiledConditions:
    """Make a definition's conditions ready; what is wrong with them is in `CompiledConditions.errors`."""
    compiled = []
    errors = [(name, _unknown(name)) for name in conditions if name not in REGISTRY]
    for name, condition in REGISTRY.items():
        if name not in conditions:
            continue
        value = conditions[name]
        try:
            compiled.append(CompiledCondition(condition, value, joined(value), condition.compile(value)))
        except ValueError as error:
            errors.append((name, f"condition {name!r}: {error}"))
    return CompiledConditions(on_unknown, tuple(compiled), tuple(errors))


def doubts(conditions: Mapping[str, Value]) -> list[tuple[str, str]]:
    """Condition, and what is doubtful about its value; of those that compile."""
    found: list[tuple[str, str]] = []
    for compiled in compile_conditions(conditions, OnUnknown.SKIP).conditions:
        found.extend((compiled.condition.name, doubt) for doubt in compiled.condition.doubts(compiled.value))
    found.extend(contradictions(conditions))
    return [(name, f"condition {name!r}: {doubt}") for name, doubt in found]


def _unknown(name: str) -> str:
    close = get_close_matches(name, REGISTRY, n=1)
    return f"unknown condition {name!r}" + (f"; did you mean {close[0]!r}?" if close else "")
