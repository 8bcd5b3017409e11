"""What an import has to tell: secrets to set, what stays behind, what behaves differently, what is left to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a note is about."""

    DIFFERS = "differs"
    TO_DO = "to_do"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing, and what there is to know about it."""

    what: str
    why: str


@dataclass(slots=True)
class Report:
    """Everything to tell. No secret ever stands in it."""

    not_carried: list[Note] = field(default_factory=list)
    differs: list[Note] = field(default_factory=list)
    to_do: list[Note] = field(default_factory=list)

    def dropped(self, what: str, why: str) -> None:
        """Something stays behind."""
        _add(self.not_carried, what, why)

    def changed(self, what: str, why: str) -> None:
        """Something behaves differently."""
        _add(self.differs, what, why)

    def left(self, what: str, why: str) -> None:
        """Something is left to do."""
        _add(self.to_do, what, why)


def _add(notes: list[Note], what: str, why: str) -> None:
    note = Note(" ".join(what.split()), " ".join(why.split()))
    if note not in notes:
        notes.append(note)
