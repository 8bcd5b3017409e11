"""What handler modules make of definitions once, and keep as long as the definition."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Generic, TypeVar

from notifier.model import HandlerDefinition

T = TypeVar("T")


class Ready(Generic[T]):
    """Makes something of each definition once; a definition nobody has any more takes it along.

    By object identity: definitions aren't hashable, and comparing two costs more than making it anew. What is made
    must not hold the definition.
    """

    def __init__(self, make: Callable[[HandlerDefinition], T]) -> None:
        self._make = make
        self._made: dict[int, tuple[weakref.ref[HandlerDefinition], T]] = {}

    def of(self, definition: HandlerDefinition) -> T:
        """What was made of this definition."""
        ident = id(definition)
        known = self._made.get(ident)
        if known is None:
            gone = weakref.ref(definition, lambda _: self._made.pop(ident, None))
            known = self._made[ident] = gone, self._make(definition)
        return known[1]

    def __len__(self) -> int:
        """Of how many definitions something is kept."""
        return len(self._made)
