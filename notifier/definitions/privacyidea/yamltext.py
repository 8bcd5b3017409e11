"""Values as YAML that people like to read, and that reads back as exactly the same values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.@/-]*(?: [A-Za-z0-9_.@/(-][A-Za-z0-9_.@/()-]*)*")
#: What is no text without quotes, in any YAML.
_WORDS = frozenset("true false null yes no on off y n".split())
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}
#: Longer keys must be announced.
_LONGEST_KEY = 120


def scalar(value: str | int) -> str:
    """A text, true or false, or a number, on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    if value.isprintable() and ('"' in value or "\\" in value):
        return "'" + value.replace("'", "''") + "'"
    return f'"{_escaped(value)}"'


def mapping(content: Mapping[str, Any], indent: int) -> Iterator[str]:
    """The lines of a mapping; each value a text, true or false, a number, a list of texts, or a mapping of these."""
    margin = " " * indent
    for key, value in content.items():
        head = scalar(key)
        if len(head) > _LONGEST_KEY:
            yield f"{margin}? {head}"
            head = ""
        if isinstance(value, Mapping):
            yield f"{margin}{head}:" if value else f"{margin}{head}: {{}}"
            yield from mapping(value, indent + 2)
        elif isinstance(value, (list, tuple)):
            yield f"{margin}{head}: [{', '.join(map(scalar, value))}]"
        elif isinstance(value, str) and "\n" in value:
            yield from _lines(f"{margin}{head}: ", value, indent + 2)
        else:
            yield f"{margin}{head}: {scalar(value)}"


def item(content: Mapping[str, Any]) -> list[str]:
    """The lines of a mapping as an item of a list."""
    lines = list(mapping(content, 2))
    return [f"- {lines[0][2:]}", *lines[1:]]


def comment(lines: Sequence[str]) -> list[str]:
    """Lines nobody reads but people."""
    return ["# " + "".join(c if c.isprintable() else " " for c in line).rstrip() for line in lines]


def _lines(head: str, text: str, indent: int) -> Iterator[str]:
    margin = " " * indent
    if _is_literal(text):
        yield f"{head}|" if text.endswith("\n") else f"{head}|-"
        yield from (margin + line if line else "" for line in text.removesuffix("\n").split("\n"))
        return
    # In quotes, each line of the text still on its own: a backslash at the end says that the line goes on.
    parts = [part for part in re.split(r"(?<=\n)", text) if part]
    for number, part in enumerate(parts):
        escaped = _escaped(part)
        if number and escaped.startswith(" "):
            escaped = "\\" + escaped
        start = margin if number else f'{head}"'
        yield f"{start}{escaped}{_end(number, parts)}"


def _end(number: int, parts: Sequence[str]) -> str:
    return '"' if number == len(parts) - 1 else "\\"


def _is_literal(text: str) -> bool:
    """It may stand as it is: nothing invisible that an editor would change."""
    lines = text.removesuffix("\n").split("\n")
    return (
        bool(lines[0] and lines[-1]) and lines[0][0] != " " and all(s.isprintable() and s == s.rstrip() for s in lines)
    )


def _escaped(text: str) -> str:
    return text if text.isalnum() else "".join(map(_character, text))


def _character(c: str) -> str:
    if c in _ESCAPES:
        return _ESCAPES[c]
    if c.isprintable():
        return c
    return f"\\x{ord(c):02x}" if ord(c) < 256 else f"\\u{ord(c):04x}" if ord(c) < 65536 else f"\\U{ord(c):08x}"
