"""Conditions on the server's named counters and on challenges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from notifier.decide.comparators import generic
from notifier.decide.conditions.base import (
    BOOLEANS,
    Compiler,
    Maker,
    Test,
    boolean,
    condition,
    joined,
    on,
    on_key,
)
from notifier.decide.verdict import Truth
from notifier.model import Event, Value
from notifier.pattern import compile_pattern


def _count(event: Event, key: str) -> int | None:
    # A counter nobody has counted yet stands at 0.
    counters = event.facts.counters
    return None if counters is None else counters.get(key) or 0


def _at_zero(expected: Value, event: Event) -> bool:
    _, holds = generic(joined(expected), now_tag=False)
    return holds(0, event.time)


def _on_the_challenge(name: str, make: Maker) -> Compiler:
    """The test of the one challenge; with none it holds, with more nobody knows which is meant."""

    def get(event: Event) -> Any:
        challenge = event.facts.challenge
        return getattr(challenge, name) if challenge and challenge.count == 1 else None

    def compiler(expected: Value) -> Test:
        of_one = on(get, make)(expected)

        def test(event: Event) -> tuple[Truth, str | None]:
            challenge = event.facts.challenge
            if challenge is not None and challenge.count == 0:
                return Truth.TRUE, ""
            return of_one(event)

        return test

    return compiler


def _match(expected: Value) -> Callable[[Any, Event], bool]:
    pattern = compile_pattern(joined(expected))
    return lambda fact, _: pattern.match(fact)


def _not_several(_: Value, event: Event) -> bool:
    # Two open challenges mute the token in the system taken over.
    challenge = event.facts.challenge
    return challenge is None or (challenge.count or 0) < 2


CONDITIONS = (
    condition(
        "counter", "str", "counter", "A named counter of the server: enrolments > 2.",
        on_key(_count), missing=_at_zero,
    ),
    condition(
        "challenge_session", "str", "challenge", "A regular expression that matches from the session's start.",
        _on_the_challenge("session", _match), missing=_not_several,
    ),
    condition(
        "challenge_expired", "str", "challenge", "The challenge has expired, or hasn't.",
        _on_the_challenge("expired", boolean), missing=_not_several, value=BOOLEANS,
    ),
)  # fmt: skip
