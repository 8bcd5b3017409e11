"""Reopened letters: dead letters whose event meets their definitions again. The port and its values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from notifier.record.outbox import Plan, Way


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter that an operator reopened; it stays on the desk until something has become of it."""

    id: str
    handler: str
    #: False: it stands for a definition that failed, and so for all that the definition makes.
    composed: bool
    #: See `notifier.model.Message.member`.
    member: str = ""
    #: Addresses it goes to; known where it is for no realm's member.
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reopening:
    """An event's reopened letters, and what else of the event there is."""

    event: str
    letters: Sequence[Letter]
    #: Ids its deliveries would have → ids they have in the record: a letter may stand for another address's delivery.
    known: Mapping[str, str]


class Ending(StrEnum):
    """What became of a letter that got no new text."""

    #: The directory is down.
    WAITS = "waits"
    #: It never was a message; now there are those it stood for.
    MADE = "made"
    #: It is on the desk as it was before.
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Ended:
    """One letter's ending, and why."""

    letter: str
    ending: Ending
    reason: str = ""
    detail: str = ""
    #: Of the definition that was met.
    definition_version: str = ""


class Reopenings(Protocol):
    """Reopened letters in the record. Every change is done for what is still reopened: twice is once."""

    def of(self, event: str) -> Reopening | None:
        """The letters of an event, by its key; None: the record doesn't know the event."""
        ...

    def recompose(self, reopening: Reopening, plan: Plan) -> Counter[Way]:
        """Let the letters become what today's definitions make of the event; where deliveries were queued."""
        ...

    def give_back(self, event: str, reason: str, detail: str) -> int:
        """Put an event's letters back on the desk as they were; how many there were."""
        ...
