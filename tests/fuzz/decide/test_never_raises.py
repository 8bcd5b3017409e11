"""Whatever administrators write and producers send, deciding doesn't raise."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from nonsense import Nonsense

from notifier.decide.conditions import REGISTRY
from notifier.decide.engine import compile_conditions
from notifier.decide.verdict import Truth, VerdictKind
from notifier.model import Event, Facts, OnUnknown

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
#: Pieces that conditions are made of, so that some of what is tried goes deep.
PIECES = st.sampled_from(
    "a = == != < > <= => 'in' '!in' 'matches' '!matches' 'contains' 'string_contains' 'date_before' 'date_after' "
    "'date_within_last' '!date_within_last' {now} {now}-7d +5h - 10 10.0 1d 7y ( [ [[a] \\ * (?i) , \" 2026-11-24 "
    "2026-11-24T10:00 16. May 10:00 UTC+3 XYZ 10.0.0.0/8 !10.0.0.1 :: True".split()
)
WORDS = st.lists(PIECES | st.text(max_size=8), max_size=6).flatmap(
    lambda pieces: st.sampled_from(["", " "]).map(lambda glue: glue.join(pieces))
)
VALUES = WORDS | st.lists(WORDS, max_size=3).map(tuple)
JSON = st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.lists(WORDS, max_size=2)
INFO = st.dictionaries(st.just("a") | WORDS, JSON | st.dictionaries(WORDS, JSON, max_size=1), max_size=3)
EVENTS = Nonsense(WORDS, JSON, INFO).built(Facts).map(lambda facts: Event("1", "/test", "token_init", NOW, facts))


@given(value=VALUES, event=EVENTS, policy=st.sampled_from(OnUnknown))
def test_any_value_meets_any_event_in_every_condition(value: Any, event: Event, policy: OnUnknown) -> None:
    """A value is either told as an error when it's compiled, or decides every event."""
    for name in REGISTRY:
        compiled = compile_conditions({name: value}, policy)

        verdict = compiled.evaluate(event)

        assert (verdict.kind is VerdictKind.ERROR) == bool(compiled.errors)
        assert all("\n" not in message for _, message in compiled.errors)


@given(conditions=st.dictionaries(st.sampled_from(sorted(REGISTRY)), VALUES, max_size=6), event=EVENTS)
def test_skip_fires_only_where_all_is_known(conditions: dict[str, Any], event: Event) -> None:
    """With ``skip`` a definition fires only if every condition is known to hold; with ``match`` it fires no less."""
    skip = compile_conditions(conditions, OnUnknown.SKIP).evaluate(event)
    match = compile_conditions(conditions, OnUnknown.MATCH).evaluate(event)

    assert match.fires or not skip.fires
    assert [replace(check, counted=None) for check in match.checks] == list(skip.checks)
    if skip.fires:
        assert all(check.result is Truth.TRUE for check in skip.checks)


@given(conditions=st.dictionaries(st.text(max_size=12), VALUES, max_size=4))
def test_any_name_is_known_or_an_error(conditions: dict[str, Any]) -> None:
    """A condition's name is registered, or it's told."""
    told = {name for name, _ in compile_conditions(conditions, OnUnknown.SKIP).errors}

    assert {name for name in conditions if name not in REGISTRY} <= told
