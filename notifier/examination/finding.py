"""What an examination finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How bad it is."""

    OK = "ok"
    #: Nothing is wrong, and something couldn't be looked at.
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    #: ``configuration``, ``file``, ``spool``, ``redis``, ``worker``, ``mail`` or ``sms``.
    area: str
    #: Which one: a provider's identifier, say; empty where there is but one.
    name: str
    status: Status
    what: str
    #: What to do; empty where nothing has to be done.
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that is examined: makes its findings."""

    area: str
    name: str = ""

    def ok(self, what: str) -> Finding:
        """As it should be."""
        return Finding(self.area, self.name, Status.OK, what)

    def note(self, what: str, fix: str = "") -> Finding:
        """Something couldn't be looked at."""
        return Finding(self.area, self.name, Status.NOTE, what, fix)

    def warning(self, what: str, fix: str) -> Finding:
        """It works, and may soon not, or not as wanted."""
        return Finding(self.area, self.name, Status.WARNING, what, fix)

    def error(self, what: str, fix: str) -> Finding:
        """It doesn't work."""
        return Finding(self.area, self.name, Status.ERROR, what, fix)
