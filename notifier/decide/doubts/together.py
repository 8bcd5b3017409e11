"""Doubts about conditions of one definition that can't hold together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from notifier.decide.doubts.values import items
from notifier.model import Value


def contradictions(conditions: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    """Condition, and what it contradicts."""
    if "container_state" in conditions and "container_exact_state" in conditions:
        wanted, exact = _items(conditions["container_state"]), _items(conditions["container_exact_state"])
        if missing := [item for item in wanted if item not in exact]:
            yield (
                "container_state",
                f"{', '.join(missing)} isn't among the states of container_exact_state: both never hold; drop one",
            )


def _items(value: Value) -> list[str]:
    return [item.strip() for item in items(value)]
