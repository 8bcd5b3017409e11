"""The definitions by (event, position): an event only meets those bound to it, however many there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from notifier.errors import Problem
from notifier.model import HandlerDefinition


@dataclass(frozen=True, slots=True)
class BrokenDefinition:
    """A definition that can't be used, but whose events are known: they become dead letters, not silence."""

    name: str
    events: tuple[str, ...]
    position: str
    problem: Problem


class Index:
    """Definitions in running order, found without looking at the others."""

    def __init__(self, definitions: Iterable[HandlerDefinition], broken: Iterable[BrokenDefinition] = ()) -> None:
        bound: dict[tuple[str, str], list[HandlerDefinition]] = {}
        for definition in sorted(definitions, key=lambda d: d.ordering):  # stable: equal ones as written
            for event in dict.fromkeys(definition.events):
                bound.setdefault((event, definition.position), []).append(definition)
        self._bound = {key: tuple(found) for key, found in bound.items()}
        bad: dict[tuple[str, str], list[BrokenDefinition]] = {}
        for item in broken:
            for event in dict.fromkeys(item.events):
                bad.setdefault((event, item.position), []).append(item)
        self._broken = {key: tuple(found) for key, found in bad.items()}

    def bound(self, event_type: str, position: str) -> tuple[HandlerDefinition, ...]:
        """The definitions for an event, inactive ones included, in the order they run."""
        return self._bound.get((event_type, position), ())

    def broken(self, event_type: str, position: str) -> tuple[BrokenDefinition, ...]:
        """The definitions that would be for it if they could be read."""
        return self._broken.get((event_type, position), ())
