"""Conditions on the one container. Without one they hold in the system taken over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from notifier.decide.conditions.base import condition, on, on_key
from notifier.decide.conditions.facts import Fact, in_mapping
from notifier.decide.conditions.kinds import ANY_OR_NONE, BOOLEAN, BOOLEANS, Kind, items, joined, one_of
from notifier.decide.doubts import comparisons, values
from notifier.decide.moments import duration, lenient
from notifier.model import Event, Value

STATES = ("active", "disabled", "lost", "damaged")
TYPES = ("generic", "smartphone", "yubikey")


def _of(name: str) -> Fact:
    def get(event: Event) -> Any:
        return getattr(event.facts.container, name, None)

    return Fact((f"container.{name}",), get)


def _has(name: str) -> Fact:
    def get(event: Event) -> bool | None:
        found = getattr(event.facts.container, name, None)
        return None if found is None else bool(found)

    return Fact((f"container.{name}",), get)


def _last(name: str) -> Fact:
    """When something last happened to a known container; empty: never."""

    def get(event: Event) -> str | None:
        container = event.facts.container
        return None if container is None else getattr(container, name) or ""

    return Fact((f"container.{name}",), get, "a container without it was never used so: it doesn't hold")


def _all_states(expected: Value) -> Callable[[Any, Event], bool]:
    wanted = frozenset(items(expected))
    return lambda states, _: wanted.issubset(states)


def _exact_states(expected: Value) -> Callable[[Any, Event], bool]:
    wanted = items(expected)
    return lambda states, _: len(states) == len(wanted) and set(wanted) <= set(states)


def _resolvers(event: Event) -> tuple[str, ...] | None:
    owners = getattr(event.facts.container, "owners", None)
    known = None if owners is None else tuple(o.resolver for o in owners if o.resolver)
    # Owners whose resolvers aren't told differ from a container without owners.
    return known if known or not owners else None


def _within(expected: Value) -> Callable[[Any, Event], bool]:
    """Within the duration, although the manual of the system taken over says older (reference section 2.3)."""
    span = duration(joined(expected))

    def holds(last: str, event: Event) -> bool:
        moment = lenient(last, event.time) if last else None
        return moment is not None and event.time - moment < span

    return holds


def _without_container(_: Value) -> Callable[[Event], bool]:
    return lambda event: event.facts.container is None


_WITHIN = Kind(_within, comparisons.within)
_RESOLVERS = Fact(("container.owners",), _resolvers)

CONDITIONS = (
    condition(
        "container_state", "multi", "container", "The container has all of these states, others allowed.",
        on(_of("states"), Kind(_all_states, values.multi(STATES))), missing=True, example="lost", value=STATES,
    ),
    condition(
        "container_exact_state", "multi", "container", "The container has these states and no other.",
        on(_of("states"), Kind(_exact_states, values.states(STATES))), missing=True, example=("disabled", "lost"),
        value=STATES,
    ),
    condition(
        "container_type", "str", "container", "The container's type.",
        on(_of("type"), one_of(*TYPES)), missing=True, example="smartphone", value=TYPES,
    ),
    condition(
        "container_has_owner", "str", "container", "The container has a user, or hasn't.",
        on(_has("owners"), BOOLEAN), missing=True, example="True", value=BOOLEANS,
    ),
    condition(
        "container_has_token", "str", "container", "The container has a token, or hasn't.",
        on(_has("tokens"), BOOLEAN), missing=True, example="True", value=BOOLEANS,
    ),
    condition(
        "container_realm", "multi", "container", "One of the container's realms is listed; one without realms passes.",
        on(_of("realms"), ANY_OR_NONE), missing=True, example=("sales", "hr"),
    ),
    condition(
        "container_resolver", "multi", "container", "One of the owners' resolvers is listed; without owner it passes.",
        on(_RESOLVERS, ANY_OR_NONE), missing=True, example=("ad", "staff"),
    ),
    condition(
        "container_info", "str", "container", "A container info: registration_state == registered.",
        on_key(in_mapping(_of("info")), doubts=comparisons.keyed(lists=False)),
        missing=(_without_container, "holds without a container only"),
        example="registration_state == registered",
    ),
    condition(
        "container_last_authentication", "str", "container", "The last authentication is within this time: 1d.",
        on(_last("last_auth"), _WITHIN), missing=True, example="1d",
    ),
    condition(
        "container_last_synchronization", "str", "container", "The last synchronisation is within this time: 1d.",
        on(_last("last_sync"), _WITHIN), missing=True, example="12h",
    ),
)  # fmt: skip
