"""A clock that stands still until it is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Call it for the time, as whatever takes ``now`` does."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        if start.tzinfo is None:
            raise ValueError("a moment needs its zone")
        self._now = start

    def __call__(self) -> datetime:
        """The time."""
        return self._now

    def advance(self, span: timedelta | None = None, /, **parts: float) -> datetime:
        """Go on by ``span``, or by ``hours=1, seconds=30``; a clock set back (a negative span) happens, too."""
        self._now += (span or timedelta()) + timedelta(**parts)
        return self._now

    def set(self, moment: datetime) -> None:
        """Jump to a moment."""
        if moment.tzinfo is None:
            raise ValueError("a moment needs its zone")
        self._now = moment
