"""What lint needs of a handler module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from notifier.model import HandlerDefinition


class Module(Protocol):
    """A handler module; places are those of `HandlerDefinition.locations` (``conditions.realm``, ``options.body``)."""

    @property
    def actions(self) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
        """Action → option → descriptor."""
        ...

    @property
    def events(self) -> Sequence[str]:
        """Known events."""
        ...

    def check(self, definition: HandlerDefinition) -> list[tuple[str, str]]:
        """What is wrong with a definition: place and message."""
        ...

    def doubts(self, definition: HandlerDefinition) -> list[tuple[str, str]]:
        """What can be used and can't be meant: place and message."""
        ...

    def rehearse(self, definition: HandlerDefinition) -> list[tuple[str, str, bool]]:
        """What fails on sample events: place, message, whether it's only a warning."""
        ...
