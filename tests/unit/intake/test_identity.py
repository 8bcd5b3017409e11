"""What is looked at before an event is accepted: any object ends in a text with an id, or in UnreadableEvent."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from notifier.errors import UnreadableEvent
from notifier.intake.identity import identified

LOOP: dict[str, Any] = {"id": "a"}
LOOP["data"] = LOOP


def _deep() -> dict[str, Any]:
    event: dict[str, Any] = {"id": "a"}
    for _ in range(100_000):
        event = {"id": "a", "data": event}
    return event


@pytest.mark.parametrize("ident", ["a", "a\udcff", "\ud83d", "\\\udcff", "ü"])
@pytest.mark.parametrize("whole", [dict, lambda event: json.dumps(event, ensure_ascii=False)])
def test_half_a_character_is_no_error(ident: str, whole: Any) -> None:
    """A file's name, or a text cut by UTF-16 units, has them: the event is UTF-8 nevertheless, and the same."""
    raw, found = identified(whole({"id": ident, "data": {"user": ident}}), 1000)

    assert found == ident
    assert json.loads(raw.decode()) == {"id": ident, "data": {"user": ident}}


@pytest.mark.parametrize(
    "event", [{"id": "a", "at": datetime(2026, 1, 1, tzinfo=UTC)}, {"id": "a", ("secret",): 1}, LOOP, _deep()]
)
def test_what_json_does_not_know_is_unreadable(event: dict[str, Any]) -> None:
    """A date, a key that is no text, a loop, a depth without end; the error has nothing of the event."""
    with pytest.raises(UnreadableEvent, match="not_json") as caught:
        identified(event, 1000)

    assert "2026" not in str(caught.value)
    assert "secret" not in str(caught.value)
