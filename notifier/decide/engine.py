"""All conditions of a definition against an event: AND, three-valued, every one looked at so that all can be shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from difflib import get_close_matches

from notifier.decide.conditions import REGISTRY
from notifier.decide.conditions.base import Condition, Test
from notifier.decide.conditions.facts import Getter
from notifier.decide.conditions.kinds import joined
from notifier.decide.doubts.together import contradictions
from notifier.decide.seen import Seen
from notifier.decide.verdict import Check, Failure, Truth, Verdict, VerdictKind
from notifier.errors import ConditionError, DirectoryUnavailable, PatternTooSlow
from notifier.model import Event, OnUnknown, Value
from notifier.outcome import Reason

# An enum's members are found slowly, and these are asked for a thousand times an event.
_TRUE, _FALSE, _UNKNOWN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN


@dataclass(frozen=True, slots=True)
class Listed:
    """A fact, and its only values that a condition holds for: with another one, known, it is false."""

    fact: Getter
    values: frozenset[str]


class CompiledCondition:
    """One condition under one ``on_unknown``, made ready; definitions that say the same share it."""

    __slots__ = ("__weakref__", "_last", "_missing", "_of_owner", "_test", "expected", "listed", "name")

    def __init__(
        self,
        name: str,
        expected: str,
        test: Test,
        missing: Callable[[Event], bool] | None,
        *,
        of_owner: bool,
        listed: Listed | None = None,
    ) -> None:
        """Made by `compile_conditions`.

        Args:
            name: Which condition.
            expected: As the definition says it.
            test: What it finds in an event.
            missing: What ``on_unknown`` makes of a fact that isn't known; None: it stays unknown.
            of_owner: What the event lacks the directory may know.
            listed: The facts that it holds for, where they can be listed.
        """
        self.name = name
        self.expected = expected
        self._test = test
        self._missing = missing
        self._of_owner = of_owner
        self.listed = listed
        self._last = Check(name, expected, None, _UNKNOWN)

    def look(self, event: Event, seen: Seen) -> Check:
        """What it finds; the same check again where the last event gave the same."""
        counted = None
        try:
            result, actual = self._test(event)
            if result is _UNKNOWN:
                if self._of_owner:
                    event = seen.whole(event)
                    result, actual = self._test(event)
                if result is _UNKNOWN and self._missing is not None:
                    counted = _TRUE if self._missing(event) else _FALSE
        except PatternTooSlow as error:
            return self._undecided(ConditionError(Reason.PATTERN_TOO_SLOW, f"condition {self.name!r}: {error.detail}"))
        except DirectoryUnavailable as error:
            return self._undecided(error)
        except Exception as error:  # noqa: BLE001 - a bug that one condition meets doesn't outweigh another that is false
            detail = f"{type(error).__name__} in condition {self.name!r}"
            return self._undecided(ConditionError(Reason.INTERNAL_ERROR, detail))
        last = self._last
        if last.result is result and last.actual == actual and last.counted is counted:
            return last
        self._last = check = Check(self.name, self.expected, actual, result, counted)
        return check

    def _undecided(self, failure: Failure) -> Check:
        return Check(self.name, self.expected, None, _UNKNOWN, failure=failure)


#: Conditions made ready, by name, value and ``on_unknown``; may be weak: what uses one holds it.
Kept = MutableMapping[tuple[str, Value, OnUnknown], CompiledCondition]


class CompiledConditions:
    """The conditions of one definition, made ready once."""

    __slots__ = ("_last", "conditions", "errors")

    def __init__(
        self, conditions: tuple[CompiledCondition, ...] = (), errors: tuple[tuple[str, str], ...] = ()
    ) -> None:
        #: In the order they are looked at (reference section 2.4), not the definition's.
        self.conditions = conditions
        #: Condition and what is wrong with it; with any, the verdict is an error.
        self.errors = errors
        self._last = Verdict(VerdictKind.MATCHED)

    def evaluate(self, event: Event, seen: Seen | None = None) -> Verdict:
        """Look at every condition; any false one decides, then any unknown one. The last verdict again if all is alike.

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
        known = seen.checks
        checks = []
        for compiled in self.conditions:
            check = known.get(compiled)
            if check is None:
                check = known[compiled] = compiled.look(event, seen)
            checks.append(check)
        last = self._last
        if last.checks == checks:
            return last
        kind, failure = _joined(checks)
        if failure is not None:
            raise failure.with_traceback(None)  # it's shared: of each raising it would keep the frames
        self._last = verdict = Verdict(kind, checks)
        return verdict


def _joined(checks: Iterable[Check]) -> tuple[VerdictKind, Failure | None]:
    """All together; why it can't be told where that matters."""
    kind, failure = VerdictKind.MATCHED, None
    for check in checks:
        counts = check.counted or check.result
        if counts is _FALSE:
            return VerdictKind.NOT_MATCHED, None
        if counts is _UNKNOWN:
            kind = VerdictKind.UNKNOWN
        failure = failure or check.failure
    return kind, failure


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
    reading, test = condition.reading, condition.compile(value)
    listed = Listed(reading.fact, reading.listed(value)) if reading.fact and reading.listed else None
    missing: Callable[[Event], bool] | None = None
    if on_unknown is OnUnknown.MATCH:
        missing = _holds
    elif on_unknown is OnUnknown.PRIVACYIDEA:
        missing = condition.missing(value)
        if reading.ignored is not None:
            test, listed = _unless(reading.ignored, test), None
    return CompiledCondition(condition.name, joined(value), test, missing, of_owner=reading.of_owner, listed=listed)


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
