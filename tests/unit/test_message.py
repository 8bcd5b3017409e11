from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from notifier.model import Message


def test_a_message_keeps_all_its_fields_when_it_is_addressed() -> None:
    """Whom it is for is said anew; whatever else a message has stays."""
    values: Any = [f"value of {field.name}" for field in fields(Message)]
    message = Message(*values)

    found = message.addressed(("kim@example.com",), part=2, member="m1")

    expected = replace(message, to=("kim@example.com",), part=2, member="m1")
    assert [getattr(found, f.name) for f in fields(found)] == [getattr(expected, f.name) for f in fields(expected)]
