"""Conditions on named counters, on challenges and on the one container."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from notifier.decide.comparators import generic, is_true
from notifier.decide.conditions.base import condition, exact, items, joined, regex
from notifier.decide.conditions.general import BOOLEANS
from notifier.decide.conditions.token import any_or_none, boolean, keyed
from notifier.decide.moments import duration, lenient, with_zone
from notifier.model import Challenge, Container, Event, Value

STATES = ("active", "disabled", "lost", "damaged")


def _counters(event: Event) -> Any:
    return event.facts.counters


def _counter(expected: Value) -> Callable[[Any, Event], bool]:
    key, holds = generic(joined(expected), now_tag=False)
    # A counter nobody has counted yet stands at 0.
    return lambda counters, event: bool(key) and holds(counters.get(key, 0), event.time)


def _challenge(event: Event) -> Any:
    """The challenges, where they can be judged: with two or more nobody knows which is meant."""
    challenge = event.facts.challenge
    if challenge is None or challenge.count is None or challenge.count > 1:
        return None
    if challenge.count == 1 and challenge.session is None and challenge.expired is None:
        return None
    return challenge


def _session(expected: Value) -> Callable[[Any, Event], bool]:
    pattern = regex(joined(expected))

    def holds(challenge: Challenge, _: Event) -> bool:
        return challenge.count == 0 or pattern.match(challenge.session or "") is not None

    return holds


def _expired(expected: Value) -> Callable[[Any, Event], bool]:
    wanted = is_true(joined(expected))
    return lambda challenge, _: challenge.count == 0 or bool(challenge.expired) == wanted


def _no_challenge(_: Value, event: Event) -> bool:
    challenge = event.facts.challenge
    return challenge is None or (challenge.count or 0) < 2


def _of(name: str) -> Callable[[Event], Any]:
    def get(event: Event) -> Any:
        return getattr(event.facts.container, name, None)

    return get


def _container(event: Event) -> Any:
    return event.facts.container


def _all_states(expected: Value) -> Callable[[Any, Event], bool]:
    wanted = frozenset(items(expected))
    return lambda states, _: wanted.issubset(states)


def _exact_states(expected: Value) -> Callable[[Any, Event], bool]:
    wanted = items(expected)
    return lambda states, _: len(states) == len(wanted) and set(wanted) <= set(states)


def _resolvers(event: Event) -> Any:
    owners = _of("owners")(event)
    return None if owners is None else tuple(o.resolver for o in owners if o.resolver)


def _within(name: str) -> Callable[[Value], Callable[[Any, Event], bool]]:
    """Within the duration, although the manual of the system taken over says older (reference section 2.3)."""

    def make(expected: Value) -> Callable[[Any, Event], bool]:
        span = duration(joined(expected))

        def holds(container: Container, event: Event) -> bool:
            moment = lenient(getattr(container, name) or "", event.time) if getattr(container, name) else None
            return moment is not None and event.time - with_zone(moment) < span

        return holds

    return make


def _zero(expected: Value, event: Event) -> bool:
    return _counter(expected)({}, event)


CONDITIONS = (
    condition(
        "counter", "str", "counter", "A named counter of the server: enrolments > 2.",
        _counters, _counter, missing=_zero,
    ),
    condition(
        "challenge_session", "regexp", "challenge", "A regular expression that matches from the session's start.",
        _challenge, _session, missing=_no_challenge,
    ),
    condition(
        "challenge_expired", "str", "challenge", "The challenge has expired, or hasn't.",
        _challenge, _expired, missing=_no_challenge, value=BOOLEANS,
    ),
    condition(
        "container_state", "multi", "container", "The container has all of these states, others allowed.",
        _of("states"), _all_states, missing=True, value=STATES,
    ),
    condition(
        "container_exact_state", "multi", "container", "The container has these states and no other.",
        _of("states"), _exact_states, missing=True, value=STATES,
    ),
    condition(
        "container_type", "str", "container", "The container's type.",
        _of("type"), exact, missing=True, value=("generic", "smartphone", "yubikey"),
    ),
    condition(
        "container_has_owner", "str", "container", "The container has a user, or hasn't.",
        _of("owners"), boolean, missing=True, value=BOOLEANS,
    ),
    condition(
        "container_has_token", "str", "container", "The container has a token, or hasn't.",
        _of("tokens"), boolean, missing=True, value=BOOLEANS,
    ),
    condition(
        "container_realm", "multi", "container", "One of the container's realms is listed; one without realms passes.",
        _of("realms"), any_or_none, missing=True,
    ),
    condition(
        "container_resolver", "multi", "container", "One of the owners' resolvers is listed; without owner it passes.",
        _resolvers, any_or_none, missing=True,
    ),
    condition(
        "container_info", "str", "container", "A container info: registration_state == registered.",
        _of("info"), lambda expected: keyed(expected, now_tag=False), missing=True,
    ),
    condition(
        "container_last_authentication", "str", "container", "The last authentication is within this time: 1d.",
        _container, _within("last_auth"), missing=True,
    ),
    condition(
        "container_last_synchronization", "str", "container", "The last synchronisation is within this time: 1d.",
        _container, _within("last_sync"), missing=True,
    ),
)  # fmt: skip
