"""What will stand in one file: entries in order, each carried or set aside as a comment that tells why."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from notifier.definitions.privacyidea import yamltext


@dataclass(slots=True)
class Entry:
    """A definition, a server or a gateway."""

    #: What the report calls it: ``definition 'tell owner'``.
    what: str
    name: str
    content: Mapping[str, Any]
    #: Said above it.
    origin: str = ""
    #: Why it can't be carried; its lines become comments, so that nothing is lost.
    aside: str = ""


@dataclass(slots=True)
class File:
    """One YAML file."""

    name: str
    header: tuple[str, ...]
    #: A list of entries, or a mapping by their names.
    listed: bool = False
    entries: list[Entry] = field(default_factory=list)
    _starts: list[int] = field(default_factory=list)

    @property
    def carried(self) -> list[Entry]:
        """The entries that count."""
        return [entry for entry in self.entries if not entry.aside]

    def render(self) -> str:
        """The text; remembers where each entry begins."""
        lines = yamltext.comment(self.header)
        self._starts = []
        for entry in self.entries:
            lines.append("")
            self._starts.append(len(lines) + 1)
            if entry.origin:
                lines += yamltext.comment([entry.origin])
            written = (
                yamltext.item(entry.content) if self.listed else list(yamltext.mapping({entry.name: entry.content}, 0))
            )
            if entry.aside:
                lines += yamltext.comment([f"Not carried: {entry.aside}", *written])
            else:
                lines += written
        return "\n".join(lines) + "\n"

    def at(self, line: int) -> Entry | None:
        """The entry around a line of the text."""
        found = bisect_right(self._starts, line) - 1
        return self.entries[found] if found >= 0 else None
