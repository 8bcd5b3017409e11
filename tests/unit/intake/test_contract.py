"""The door: what is a token event, and one clear line for what isn't."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.errors import UnreadableEvent
from notifier.intake.contract import parse

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def event(**changes: Any) -> bytes:
    return json.dumps(
        {"specversion": "1.0", "id": "1", "source": "/pi", "type": "token_init", "data": {}, **changes}
    ).encode()


def test_facts_keep_unknown_apart_from_empty() -> None:
    """Absent and null are not known; an empty text or list is known."""
    parsed = parse(event(data={"tokenowner": {"email": "", "mobile": None}, "token": {"realms": []}}), arrived=NOON)

    assert parsed.facts.tokenowner is not None
    assert parsed.facts.tokenowner.email == ""
    assert parsed.facts.tokenowner.mobile is None
    assert parsed.facts.token is not None
    assert parsed.facts.token.realms == ()
    assert parsed.facts.container is None


def test_unknown_fields_are_kept_and_no_error() -> None:
    """Extensions stay in the message as it came."""
    raw = event(traceparent="00-1", data={"weather": "fine", "tokenowner": {"shoe": 43}})

    assert parse(raw, arrived=NOON).raw == raw


def test_a_missing_time_is_the_time_of_arrival() -> None:
    """Every event has a time."""
    assert parse(event(), arrived=NOON).time == NOON


@pytest.mark.parametrize(
    ("raw", "reason", "words"),
    [
        (b"no json", "not_json", "line 1 column 2"),
        (b"\xff\xfe", "not_json", "line 1"),
        (b"[1]", "not_an_object", "not an object"),
        (b"{}", "missing_field", "specversion"),
        (event(id=5), "wrong_type", "id: must be a text"),
        (event(id=""), "missing_field", "id"),
        (event(specversion="0.3"), "unsupported_version", "1.0"),
        (event(time="yesterday"), "wrong_type", "RFC 3339"),
        (event(time="2026-11-24T12:00:00"), "wrong_type", "zone"),
        (event(data=[]), "wrong_type", "data: must be an object"),
        (event(data={"position": "during"}), "wrong_type", "'post' or 'pre'"),
        (event(data={"token": {"failcount": "three"}}), "wrong_type", "data.token.failcount: must be a whole number"),
        (event(data={"token": {"realms": "sales"}}), "wrong_type", "data.token.realms: must be a list"),
        (event(data={"tokenowner": "hans"}), "wrong_type", "data.tokenowner: must be an object"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(raw: bytes, reason: str, words: str) -> None:
    """Reason for the machine, one line for a human, and no value out of the event."""
    with pytest.raises(UnreadableEvent) as caught:
        parse(raw, arrived=NOON)

    assert caught.value.reason == reason
    assert words in caught.value.detail
    assert "\n" not in caught.value.detail


def test_ten_megabytes_are_refused_with_both_sizes() -> None:
    """The limit is named, and where to raise it."""
    with pytest.raises(UnreadableEvent, match=r"10000.*262144.*max_event_size") as caught:
        parse(event(data={"node": "x" * 10_000_000}), arrived=NOON)

    assert caught.value.reason == "too_large"


def test_a_refusal_names_no_value() -> None:
    """The message is secret, so an error about it is careful."""
    with pytest.raises(UnreadableEvent) as caught:
        parse(event(data={"response": {"http_status": "s3cret", "detail": {"pin": "4711"}}}), arrived=NOON)

    assert "s3cret" not in str(caught.value)
    assert "4711" not in str(caught.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.binary() | json_values.map(lambda v: json.dumps(v).encode()) | json_values.map(lambda v: event(data=v)))
def test_nothing_gets_past_the_door_but_an_event_or_a_refusal(raw: bytes) -> None:
    """Whatever comes, it is read or refused with a reason."""
    try:
        parsed = parse(raw, arrived=NOON)
    except UnreadableEvent as refusal:
        assert refusal.reason
    else:
        assert parsed.raw == raw
