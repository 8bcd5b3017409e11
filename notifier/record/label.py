"""What is written of a delivery in one field: no script asks for it, hardly anything changes it (lua/write.lua)."""

from __future__ import annotations

#: As the lines of the field stand.
LABEL = ("definition_version", "to", "handler")


def labelled(fields: dict[str, str]) -> dict[str, str]:
    """A record's fields, ``of`` among them; one with a field of its own is of a later moment, or an earlier version."""
    lines = fields["of"].split("\n", 2)
    told = dict(zip(LABEL, lines, strict=True)) if len(lines) == len(LABEL) else {}
    return {**fields, **{name: fields[name] or text for name, text in told.items() if name in fields}}


def handler_of(label: str) -> str:
    """The definition."""
    return label.split("\n", 2)[2]
