"""Which definitions are looked at at all."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from notifier.decide.engine import compile_conditions
from notifier.decide.sieve import Sieve
from notifier.model import Event, Facts, OnUnknown, Token, TokenOwner, Value


def event(**facts: Any) -> Event:
    return Event("1", "/t", "token_init", datetime(2026, 11, 24, tzinfo=UTC), Facts(**facts))


def sieve(*conditions: dict[str, Value] | None, on_unknown: OnUnknown = OnUnknown.SKIP) -> Sieve:
    return Sieve(None if one is None else compile_conditions(one, on_unknown) for one in conditions)


SALES = event(tokenowner=TokenOwner("kim", "Sales"), token=Token(type="hotp"))


def test_only_those_of_the_events_realm_are_looked_at() -> None:
    """In their order, also where a definition lists several."""
    found = sieve({"realm": "hr"}, {"realm": ("sales", "hr")}, {"realm": "it"}, {"realm": "sales"})

    assert found.likely(SALES) == [1, 3]
    assert found.by == ["realm"] * 4


def test_of_several_conditions_the_rarest_value_counts() -> None:
    """All list the token's type; by that nobody would be held back."""
    found = sieve(*({"realm": f"realm{number}", "tokentype": ("hotp", "totp")} for number in range(9)))

    assert found.likely(SALES) == []
    assert set(found.by) == {"realm"}


@pytest.mark.parametrize("on_unknown", OnUnknown)
def test_an_event_that_does_not_tell_concerns_all(on_unknown: OnUnknown) -> None:
    """The directory may know, or ``on_unknown`` decides; what is under another fact is held back nevertheless."""
    found = sieve({"realm": "hr"}, {"realm": "it"}, {"resolver": "ad"}, {"tokentype": "totp"}, on_unknown=on_unknown)

    assert found.likely(event(token=Token(type="hotp"))) == [0, 1, 2]


@pytest.mark.parametrize(
    "conditions",
    [None, {}, {"serial": "^X"}, {"realm": "hr", "serial": "("}, {"realm": "hr", "nonsense": "1"}],
    ids=["not ours to tell", "none", "a pattern", "one that can't work", "one that doesn't exist"],
)
def test_what_can_not_be_told_beforehand_is_looked_at(conditions: dict[str, Value] | None) -> None:
    """So an error in a definition is told, whatever the event."""
    found = sieve(conditions)

    assert found.likely(SALES) == [0]
    assert found.by == [""]
