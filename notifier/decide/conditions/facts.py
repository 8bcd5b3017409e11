"""Facts: where a condition looks in an event, and what it finds there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from notifier.model import Event

#: A fact of an event; None where it isn't known.
Getter = Callable[[Event], Any]
#: The value of a key that is known not to be there.
ABSENT = object()
_NO_KEY = "a KEY that isn't among them doesn't hold, whatever the comparator"


@dataclass(frozen=True, slots=True)
class Fact:
    """What a condition looks at: where that stands in ``data`` of an event, and how it's read."""

    #: ``token.realms``; of several, all are looked at.
    places: tuple[str, ...]
    get: Getter
    #: What else is to be known of the places, such as what it means where one is absent; by itself: not known.
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Keyed:
    """The same for facts that have a key each; ``KEY`` stands for it in the places."""

    places: tuple[str, ...]
    #: None: not known; ``ABSENT``: known not to be there.
    get: Callable[[Event, str], Any]
    remark: str


def in_mapping(of: Fact) -> Keyed:
    """Look a key up in a mapping of facts, which as a whole may not be known."""
    get = of.get

    def look_up(event: Event, key: str) -> Any:
        facts: Mapping[str, Any] | None = get(event)
        if facts is None:
            return None
        fact = facts.get(key)
        return ABSENT if fact is None else fact

    return Keyed(tuple(f"{place}.KEY" for place in of.places), look_up, _NO_KEY)
