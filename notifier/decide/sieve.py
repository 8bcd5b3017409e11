"""Which definitions an event may concern, found by its facts: with a thousand bound to it, few have to be looked at.

A condition that lists the values it holds for (a realm, a token's type) is false for every other value. So each
definition stands under the values of one of its conditions, the one whose values the fewest others list; what stands
under other values than the event's can't fire, and needn't be asked why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from notifier.decide.conditions.facts import Getter
from notifier.decide.engine import CompiledCondition, CompiledConditions
from notifier.model import Event


class Sieve:
    """Definitions by number, in running order."""

    def __init__(self, definitions: Iterable[CompiledConditions | None]) -> None:
        """The conditions of each; None: it is always likely."""
        found = [_listing(conditions) for conditions in definitions]
        popular = Counter(
            (c.name, value) for listing in found for c in listing if c.listed for value in c.listed.values
        )
        #: By which condition each is held back, where it is; empty: it never is.
        self.by: list[str] = []
        self._always: list[int] = []
        self._facts: dict[str, Getter] = {}
        #: By condition and value; and all of a condition, for events that don't tell.
        self._under: dict[str, dict[Any, list[int]]] = {}
        self._all: dict[str, list[int]] = {}
        for number, listing in enumerate(found):
            rarest = min(listing, key=lambda c: sum(popular[c.name, v] for v in _values(c)), default=None)
            self.by.append(rarest.name if rarest else "")
            if rarest:
                self._put(number, rarest)
            else:
                self._always.append(number)

    def _put(self, number: int, condition: CompiledCondition) -> None:
        if condition.listed:
            self._facts[condition.name] = condition.listed.fact
            self._all.setdefault(condition.name, []).append(number)
            under = self._under.setdefault(condition.name, {})
            for value in condition.listed.values:
                under.setdefault(value, []).append(number)

    def likely(self, event: Event) -> list[int]:
        """Those whose conditions may hold; of all others at least one is false."""
        found = [*self._always]
        for name, fact in self._facts.items():
            value = fact(event)
            # What the event doesn't tell isn't false: the directory may know, or `on_unknown` decides.
            found += self._all[name] if value is None else self._under[name].get(value, ())
        found.sort()
        return found


def _listing(conditions: CompiledConditions | None) -> list[CompiledCondition]:
    """The conditions that list their values; none where the definition has to be looked at in any case."""
    if conditions is None or conditions.errors:
        return []
    return [condition for condition in conditions.conditions if condition.listed is not None]


def _values(condition: CompiledCondition) -> Iterable[str]:
    return condition.listed.values if condition.listed else ()
