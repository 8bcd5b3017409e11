"""What definitions said of an event, as it lies in the record."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from notifier.record.codec import compact
from notifier.record.outbox import Note


def encode_notes(notes: Iterable[Note]) -> str:
    """As one JSON document."""
    return compact([[n.handler, n.verdict, n.reason, n.detail] for n in notes])


def implied(notes: Sequence[Note], handlers: Iterable[str]) -> bool:
    """They say no more than deliveries by these definitions do: each matched, in that order."""
    return notes == [Note(handler, "matched") for handler in dict.fromkeys(handlers)]


def decode_notes(text: str, handlers: Iterable[str]) -> list[list[str]]:
    """What was written; where nothing was, what deliveries by these definitions imply."""
    found: list[list[str]] = (
        json.loads(text) if text else [[handler, "matched", "", ""] for handler in dict.fromkeys(handlers)]
    )
    return found
