"""The little that is looked at before an event is accepted: it is a JSON object, and it has an id."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from notifier.errors import UnreadableEvent
from notifier.outcome import Unreadable


def identified(event: Mapping[str, Any] | bytes | str, limit: int) -> tuple[bytes, str]:
    """An event's text and its id.

    Raises:
        UnreadableEvent: it is no JSON object with an id, or larger than ``limit`` bytes.
    """
    if isinstance(event, Mapping):
        raw = _encoded(_text(event))
    else:
        raw = _encoded(event) if isinstance(event, str) else event
        event = _object(raw)
    if len(raw) > limit:
        raise UnreadableEvent(Unreadable.TOO_LARGE, f"{len(raw)} bytes; the limit is {limit}")
    ident = event.get("id")
    if not isinstance(ident, str) or not ident:
        raise UnreadableEvent(Unreadable.MISSING_FIELD, "id: a text, required")
    return raw, ident


def _text(event: Mapping[str, Any]) -> str:
    try:
        return json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError):  # a date, a loop
        raise UnreadableEvent(Unreadable.NOT_JSON, "a value in it is nothing that JSON knows") from None


def _encoded(text: str) -> bytes:
    """Half a character (a lone surrogate) can only be written as JSON's own escape, which Python's is, too."""
    return text.encode(errors="backslashreplace")


def _object(raw: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise UnreadableEvent(Unreadable.NOT_JSON, "the message is not JSON") from None
    if not isinstance(found, dict):
        raise UnreadableEvent(Unreadable.NOT_AN_OBJECT, "the message is JSON, but not an object")
    return found
