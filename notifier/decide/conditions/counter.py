"""Conditions on the server's named counters and on challenges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from notifier.decide.comparators import generic
from notifier.decide.conditions.base import Reading, Test, condition, on, on_key
from notifier.decide.conditions.facts import Fact, Keyed
from notifier.decide.conditions.kinds import BOOLEAN, BOOLEANS, MATCHED, Kind, joined
from notifier.decide.doubts import comparisons
from notifier.decide.verdict import Truth
from notifier.model import Event, Value


def _count(event: Event, key: str) -> int | None:
    # A counter nobody has counted yet stands at 0.
    counters = event.facts.counters
    return None if counters is None else counters.get(key) or 0


def _at_zero(expected: Value) -> Callable[[Event], bool]:
    _, holds = generic(joined(expected), now_tag=False)
    return lambda event: holds(0, event.time)


def _on_the_challenge(name: str, kind: Kind) -> Reading:
    """The test of the one challenge; with none it holds, with more nobody knows which is meant."""

    def get(event: Event) -> Any:
        challenge = event.facts.challenge
        return getattr(challenge, name) if challenge and challenge.count == 1 else None

    reading = on(
        Fact(
            ("challenge.count", f"challenge.{name}"),
            get,
            "with challenge.count 0 it holds, with more than 1 nobody knows which is meant",
        ),
        kind,
    )

    def compiler(expected: Value) -> Test:
        of_one = reading.compile(expected)

        def test(event: Event) -> tuple[Truth, str | None]:
            challenge = event.facts.challenge
            if challenge is not None and challenge.count == 0:
                return Truth.TRUE, ""
            return of_one(event)

        return test

    return replace(reading, compile=compiler, ignored=_of_nothing)


def _of_nothing(event: Event) -> bool:
    """Challenges are looked for by a token, or else by a container."""
    return event.facts.token is None and event.facts.container is None


def _not_several(_: Value) -> Callable[[Event], bool]:
    # Two open challenges mute the token in the system taken over.
    def answer(event: Event) -> bool:
        challenge = event.facts.challenge
        return challenge is None or (challenge.count or 0) < 2 or _of_nothing(event)

    return answer


_OF_ONE = (_not_several, "holds, unless several of the token or the container are open; without both it always holds")

_COUNTERS = Keyed(("counters.KEY",), _count, "a counter that isn't among those known stands at 0")

CONDITIONS = (
    condition(
        "counter", "str", "counter", "A named counter of the server: enrolments > 2.",
        on_key(_COUNTERS, doubts=comparisons.counter), missing=(_at_zero, "the counter stands at 0"),
        example="enrolments > 2",
    ),
    condition(
        "challenge_session", "str", "challenge", "A regular expression that matches from the session's start.",
        _on_the_challenge("session", MATCHED), missing=_OF_ONE, example="enrollment",
    ),
    condition(
        "challenge_expired", "str", "challenge", "The challenge has expired, or hasn't.",
        _on_the_challenge("expired", BOOLEAN), missing=_OF_ONE, example="False", value=BOOLEANS,
    ),
)  # fmt: skip
