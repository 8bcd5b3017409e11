"""What Python's collector isn't to look at."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from notifier.worker.permanent import MORE, Permanent


class Definition:
    """Something that refers to itself, as configurations do here and there."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)


def _looked_at(one: object) -> bool:
    return any(other is one for other in gc.get_objects())


def test_a_configuration_is_not_looked_at_again() -> None:
    """However many definitions there are, a collection has none of them to walk through."""
    definitions = [Definition() for _ in range(1000)]
    assert _looked_at(definitions[0])

    Permanent().keep("1")

    assert gc.get_freeze_count() > len(definitions)
    assert not _looked_at(definitions[0])
    assert not _looked_at(definitions[-1])


def test_what_comes_later_is_garbage_as_ever() -> None:
    """An event's own objects are collected; asking for the same version again changes nothing."""
    permanent = Permanent()
    permanent.keep("1")
    event = Definition()
    permanent.keep("1")
    assert _looked_at(event)
    gone = weakref.ref(event)

    del event
    gc.collect()

    assert gone() is None


def test_a_replaced_configuration_is_let_go() -> None:
    """Its circles, too: a process that reloads for ever doesn't grow."""
    permanent, old = Permanent(), Definition()
    permanent.keep("1")
    gone = weakref.ref(old)

    del old
    gc.collect()
    assert gone() is not None
    permanent.keep("2")

    assert gone() is None


def test_a_large_plan_does_not_set_the_collector_going() -> None:
    """It would go through what is all needed, more often the larger the plan."""
    looked: list[str] = []
    Permanent().keep("1")
    gc.collect()

    def look(phase: str, _: dict[str, int]) -> None:
        looked.append(phase)

    gc.callbacks.append(look)
    try:
        plan = [[number] for number in range(MORE // 2)]
    finally:
        gc.callbacks.remove(look)

    assert len(plan) == MORE // 2
    assert looked == []
