"""`quarantine` over a real Redis."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Make = Callable[..., dict[str, Any]]


@pytest.fixture
def entries(desk: Any, make_event: Make) -> list[dict[str, Any]]:
    """Two unreadable messages: no JSON, and one too large for the limit of today."""
    desk.wiring.stream.append([b"secret nonsense", json.dumps(make_event("big", subject="x" * 300_000)).encode()])
    desk.take_in()
    found: list[dict[str, Any]] = desk.json("quarantine", "list")
    return found


def test_the_list_says_why(desk: Any, entries: list[dict[str, Any]]) -> None:
    """Id, reason, detail, time and size; never the message."""
    assert [set(e) for e in entries] == [{"id", "reason", "detail", "at", "size"}] * 2
    assert [e["reason"] for e in entries] == ["not_json", "too_large"]
    assert [e["id"] for e in desk.json("quarantine", "list", "--reason", "too_large")] == [entries[1]["id"]]
    plain = desk.run("quarantine", "list").stdout
    assert "not_json" in plain
    assert "secret" not in plain


def test_the_message_is_shown_only_when_asked_for(desk: Any, entries: list[dict[str, Any]]) -> None:
    """It may hold secrets."""
    ident = entries[0]["id"]

    label = desk.run("quarantine", "show", ident)
    raw = desk.run("quarantine", "show", ident, "--raw")

    assert "not_json" in label.stdout
    assert "secret" not in label.stdout
    assert raw.stdout == "secret nonsense\n"
    assert desk.json("quarantine", "show", ident) == entries[0]
    assert desk.json("quarantine", "show", ident, "--raw") == {**entries[0], "raw": "secret nonsense"}
    assert desk.run("quarantine", "show", "nothing").exit_code == 1


def test_released_messages_are_read_anew(desk: Any, entries: list[dict[str, Any]]) -> None:
    """With a higher limit the large one is an event like any other."""
    (desk.config / "notifier.yaml").write_text("limits: {max_event_size: 1000000}\n")
    ident = entries[1]["id"]

    result = desk.run("quarantine", "release", ident, "unknown")

    assert result.stdout == "released 1, 1 was not there: unknown\n"
    assert [e["reason"] for e in desk.json("quarantine", "list")] == ["not_json"]
    assert desk.json("show", "big")["event"]["state"] == "waiting"


def test_many_need_a_yes(desk: Any, entries: list[dict[str, Any]]) -> None:
    """Release asks for more than one, discard for any."""
    ids = [e["id"] for e in entries]

    assert desk.run("quarantine", "release", "--all").exit_code == 2
    assert desk.run("quarantine", "discard", ids[0]).exit_code == 2
    assert desk.run("quarantine", "discard").exit_code == 2
    assert desk.json("quarantine", "release", "--all", "--dry-run")["meant"] == ids
    assert desk.json("quarantine", "discard", "--reason", "not_json", "--yes") == {
        "discarded": ids[:1],
        "not_there": [],
    }
    assert desk.json("quarantine", "release", "--all", "--yes") == {"released": ids[1:], "not_there": []}
    assert desk.json("quarantine", "list") == []
    assert desk.run("quarantine", "discard", ids[0], "--yes").exit_code == 1
