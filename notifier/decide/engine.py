"""All conditions of a definition against an event: AND, three-valued, every one looked at so that all can be shown."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
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


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class CompiledCondition:
    """One condition of a definition, made ready; definitions that say the same share it."""

    condition: Condition
    value: Value
    expected: str
    test: Test


#: What conditions found out about one event.
Seen = dict[CompiledCondition, Check | ConditionError]
#: Conditions made ready, by name and value; may be weak: what uses one holds it.
Kept = MutableMapping[tuple[str, Value], CompiledCondition]


@dataclass(frozen=True, slots=True)
class CompiledConditions:
    """The conditions of one definition, made ready once."""

    on_unknown: OnUnknown
    #: In the order they are looked at (reference section 2.4), not the definition's.
    conditions: tuple[CompiledCondition, ...] = ()
    #: Condition and what is wrong with it; with any, the verdict is an error.
    errors: tuple[tuple[str, str], ...] = ()

    def evaluate(self, event: Event, seen: Seen | None = None) -> Verdict:
        """Look at every condition; any false one decides, then any unknown one by ``on_unknown``.

        Args:
            event: What happened.
            seen: What other definitions' conditions found out about the same event.

        Raises:
            ConditionError: a condition can't be decided in time.
        """
        if self.errors:
            return Verdict(VerdictKind.ERROR, error="; ".join(message for _, message in self.errors))
        seen = {} if seen is None else seen
        kind = VerdictKind.MATCHED
        checks = []
        for compiled in self.conditions:
            check = seen.get(compiled)
            if check is None:
                check = seen[compiled] = _look(compiled, event)
            if isinstance(check, ConditionError):
                raise check
            checks.append(check)
            result = self._decided(compiled, event) if check.result is Truth.UNKNOWN else check.result
            if result is Truth.FALSE:
                kind = VerdictKind.NOT_MATCHED
            elif result is Truth.UNKNOWN and kind is VerdictKind.MATCHED:
                kind = VerdictKind.UNKNOWN
        return Verdict(kind, checks)

    def _decided(self, compiled: CompiledCondition, event: Event) -> Truth:
        if self.on_unknown is OnUnknown.SKIP:
            return Truth.UNKNOWN
        try:
            holds = self.on_unknown is OnUnknown.MATCH or compiled.condition.missing(compiled.value, event)
        except PatternTooSlow as error:
            raise _undecided(compiled, error) from None
        return Truth.TRUE if holds else Truth.FALSE


def _look(compiled: CompiledCondition, event: Event) -> Check | ConditionError:
    try:
        result, actual = compiled.test(event)
    except PatternTooSlow as error:
        return _undecided(compiled, error)
    return Check(compiled.condition.name, compiled.expected, actual, result)


def _undecided(compiled: CompiledCondition, error: PatternTooSlow) -> ConditionError:
    return ConditionError(Reason.PATTERN_TOO_SLOW, f"condition {compiled.condition.name!r}: {error.detail}")


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
            made = kept.get((name, value))
            if made is None:
                made = CompiledCondition(condition, value, joined(value), condition.compile(value))
                kept[name, value] = made
            compiled.append(made)
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
