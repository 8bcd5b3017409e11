"""What is written of a delivery in one field: no script asks for it, hardly anything changes it (lua/write.lua)."""

from __future__ import annotations

from collections.abc import Sequence

#: As the lines of the field stand.
LABEL = ("definition_version", "to", "handler")


def named(names: Sequence[str], row: Sequence[bytes | None]) -> dict[str, str]:
    """What HMGET answered, by the fields asked for; one that isn't there is empty."""
    return dict(zip(names, [(field or b"").decode() for field in row], strict=True))


def labelled(fields: dict[str, str]) -> dict[str, str]:
    """A record's fields, ``of`` among them; one with a field of its own is of a later moment, or an earlier version."""
    lines = fields["of"].split("\n", 2)
    told = dict(zip(LABEL, lines, strict=True)) if len(lines) == len(LABEL) else {}
    return {**fields, **{name: fields[name] or text for name, text in told.items() if name in fields}}


def handler_of(label: str) -> str:
    """The definition."""
    return label.split("\n", 2)[2]
