"""All conditions of a definition against an event: AND, three-valued, every one looked at so that all can be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from notifier.decide.conditions import REGISTRY
from notifier.decide.conditions.base import Condition, Test, joined
from notifier.decide.verdict import Check, Truth, Verdict, VerdictKind
from notifier.model import Event, OnUnknown, Value


@dataclass(frozen=True, slots=True)
class _Row:
    condition: Condition
    expected: Value
    test: Test


@dataclass(frozen=True, slots=True)
class CompiledConditions:
    """The conditions of one definition, made ready once."""

    on_unknown: OnUnknown
    rows: Sequence[_Row]
    #: Condition and what is wrong with it; with any, the verdict is an error.
    errors: Sequence[tuple[str, str]]

    def evaluate(self, event: Event) -> Verdict:
        """Look at every condition; any false one decides, then any unknown one by ``on_unknown``."""
        if self.errors:
            return Verdict(VerdictKind.ERROR, error="; ".join(f"{name}: {why}" for name, why in self.errors))
        kind = VerdictKind.MATCHED
        checks = []
        for row in self.rows:
            result, actual = row.test(event)
            checks.append(Check(row.condition.name, joined(row.expected), actual, result))
            if result is Truth.UNKNOWN and self.on_unknown is not OnUnknown.SKIP:
                holds = self.on_unknown is OnUnknown.MATCH or row.condition.missing(row.expected, event)
                result = Truth.TRUE if holds else Truth.FALSE
            if result is Truth.FALSE:
                kind = VerdictKind.NOT_MATCHED
            elif result is Truth.UNKNOWN and kind is VerdictKind.MATCHED:
                kind = VerdictKind.UNKNOWN
        return Verdict(kind, checks)


def compile_conditions(conditions: Mapping[str, Value], on_unknown: OnUnknown) -> CompiledConditions:
    """Make a definition's conditions ready; what is wrong with them is in `CompiledConditions.errors`."""
    rows, errors = [], []
    for name in conditions:
        if name not in REGISTRY:
            close = get_close_matches(name, REGISTRY, n=1)
            errors.append((name, f"unknown condition {name!r}" + (f"; did you mean {close[0]!r}?" if close else "")))
    for name, condition in REGISTRY.items():
        if name in conditions:
            try:
                rows.append(_Row(condition, conditions[name], condition.compile(conditions[name])))
            except ValueError as error:
                errors.append((name, f"condition {name!r}: {error}"))
    return CompiledConditions(on_unknown, rows, errors)
