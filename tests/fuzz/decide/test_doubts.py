"""Whatever administrators write, doubting it doesn't raise, and what is doubted as never holding doesn't hold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from notifier.decide.conditions import REGISTRY
from notifier.decide.engine import doubts
from notifier.decide.verdict import Truth
from notifier.model import Event, Facts, Token

PIECES = st.sampled_from(
    "a = == != < > <= => ~ 'in' '!in' in 'IN' 'matches' 'contains' 'date_before' 'date_after' date_before "
    "'date_within_last' {now} {now}-7d {now}+1w - 10 10.0 -1 1d 0d ( [a] \\ * (?i) , \" 2026-11-24 10.0.0.0/8 "
    "!10.0.0.1 :: True true yes REJECT lost lost,lost Sales".split()
)
WORDS = st.lists(PIECES | st.text(max_size=6), max_size=5).flatmap(
    lambda pieces: st.sampled_from(["", " "]).map(lambda glue: glue.join(pieces))
)
VALUES = WORDS | st.lists(WORDS, max_size=3).map(tuple)


@given(value=VALUES)
def test_any_value_can_be_doubted(value: Any) -> None:
    """Each doubt is one line."""
    for name in REGISTRY:
        for condition, message in doubts({name: value}):
            assert condition == name
            assert "\n" not in message.replace(repr(value), "")


@given(text=WORDS, count=st.integers(min_value=0, max_value=20))
def test_a_number_said_never_to_hold_never_holds(text: str, count: int) -> None:
    """No false alarm: no count makes it hold."""
    event = Event("1", "/test", "token_init", datetime(2026, 11, 24, tzinfo=UTC), Facts(token=Token(failcount=count)))
    condition = REGISTRY["failcounter"]

    if any("never holds" in doubt for doubt in condition.doubts(text)):
        assert condition.compile(text)(event)[0] is Truth.FALSE
