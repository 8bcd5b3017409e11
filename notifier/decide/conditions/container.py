"""Conditions on the one container. Without one they hold in the system taken over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from notifier.decide.conditions.base import (
    BOOLEANS,
    any_or_none,
    boolean,
    condition,
    exact,
    in_mapping,
    items,
    joined,
    on,
    on_key,
)
from notifier.decide.moments import duration, lenient
from notifier.model import Event, Value

STATES = ("active", "disabled", "lost", "damaged")


def _of(name: str) -> Callable[[Event], Any]:
    def get(event: Event) -> Any:
        return getattr(event.facts.container, name, None)

    return get


def _has(name: str) -> Callable[[Event], bool | None]:
    def get(event: Event) -> bool | None:
        found = getattr(event.facts.container, name, None)
        return None if found is None else bool(found)

    return get


def _last(name: str) -> Callable[[Event], str | None]:
    """When something last happened to a known container; empty: never."""

    def get(event: Event) -> str | None:
        container = event.facts.container
        return None if container is None else getattr(container, name) or ""

    return get


def _all_states(expected: Value) -> Callable[[Any, Event], bool]:
    wanted = frozenset(items(expected))
    return lambda states, _: wanted.issubset(states)


def _exact_states(expected: Value) -> Callable[[Any, Event], bool]:
    wanted = items(expected)
    return lambda states, _: len(states) == len(wanted) and set(wanted) <= set(states)


def _resolvers(event: Event) -> tuple[str, ...] | None:
    owners = _of("owners")(event)
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


def _without_container(_: Value, event: Event) -> bool:
    return event.facts.container is None


CONDITIONS = (
    condition(
        "container_state", "multi", "container", "The container has all of these states, others allowed.",
        on(_of("states"), _all_states), missing=True, value=STATES,
    ),
    condition(
        "container_exact_state", "multi", "container", "The container has these states and no other.",
        on(_of("states"), _exact_states), missing=True, value=STATES,
    ),
    condition(
        "container_type", "str", "container", "The container's type.",
        on(_of("type"), exact), missing=True, value=("generic", "smartphone", "yubikey"),
    ),
    condition(
        "container_has_owner", "str", "container", "The container has a user, or hasn't.",
        on(_has("owners"), boolean), missing=True, value=BOOLEANS,
    ),
    condition(
        "container_has_token", "str", "container", "The container has a token, or hasn't.",
        on(_has("tokens"), boolean), missing=True, value=BOOLEANS,
    ),
    condition(
        "container_realm", "multi", "container", "One of the container's realms is listed; one without realms passes.",
        on(_of("realms"), any_or_none), missing=True,
    ),
    condition(
        "container_resolver", "multi", "container", "One of the owners' resolvers is listed; without owner it passes.",
        on(_resolvers, any_or_none), missing=True,
    ),
    condition(
        "container_info", "str", "container", "A container info: registration_state == registered.",
        on_key(in_mapping(_of("info"))), missing=_without_container,
    ),
    condition(
        "container_last_authentication", "str", "container", "The last authentication is within this time: 1d.",
        on(_last("last_auth"), _within), missing=True,
    ),
    condition(
        "container_last_synchronization", "str", "container", "The last synchronisation is within this time: 1d.",
        on(_last("last_sync"), _within), missing=True,
    ),
)  # fmt: skip
