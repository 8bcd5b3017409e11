"""Dates and durations as conditions understand them (reference section 2.2). Time is the event's, never a clock's.

A date without a zone is in UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from dateutil import parser

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "y": 365 * 86400}
#: No date is longer; dateutil takes its time over texts that are.
LONGEST_DATE = 64
#: What a date leaves open, such that every spelling possible in some month of some year is possible here.
ANY_MONTH = datetime(2000, 1, 1, tzinfo=UTC)
# `y` is not among the units here, unlike in a duration.
_NOW = re.compile(r"\{now\}(?:\s*([+-])\s*(\d{1,9})\s*([smhd])(?![0-9A-Za-z]))?")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}.*)?", re.ASCII)


def duration(text: str) -> timedelta:
    """``<int><s m h d y>``; a year has 365 days.

    Raises:
        ValueError: it is not such a text.
    """
    match = re.fullmatch(r"\s*(\d{1,9})\s*([smhdy])\s*", text)
    if match is None:
        raise ValueError(f"{text!r} is not a duration: write a number and s, m, h, d or y, such as 7d")
    try:
        return timedelta(seconds=int(match[1]) * SECONDS[match[2]])
    except OverflowError:
        raise ValueError(f"{text!r} is longer than any time: write fewer years") from None


def lenient(text: str, default: datetime) -> datetime | None:
    """A date in any spelling dateutil knows; what it leaves open is taken from ``default``."""
    found = iso(text)
    if found is not None or len(text) > LONGEST_DATE:
        return found
    midnight = default.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    try:
        return _with_zone(parser.parse(text, default=midnight, tzinfos=_zone))
    except (ValueError, OverflowError, TypeError, AttributeError, ArithmeticError, LookupError, AssertionError):
        return None  # dateutil raises all of these on texts that aren't dates


def iso(text: object) -> datetime | None:
    """An ISO 8601 date, at least ``YYYY-MM-DD``."""
    if not isinstance(text, str) or not _ISO.fullmatch(text := text.strip()):
        return None
    try:
        return _with_zone(datetime.fromisoformat(text))
    except ValueError:
        return None


def replace_now(text: str, now: datetime) -> str:
    """``{now}``, ``{now}-7d``, ``{now} + 5h``: the event's time, shifted, as ``YYYY-MM-DDThh:mm±hhmm``."""

    def shifted(match: re.Match[str]) -> str:
        sign, number, unit = match.groups()
        try:
            shift = timedelta(seconds=int(number) * SECONDS[unit]) if sign else timedelta()
            moment = now - shift if sign == "-" else now + shift
        except OverflowError:
            return match.group()
        return f"{moment.year:04}{moment:-%m-%dT%H:%M%z}"

    return _NOW.sub(shifted, text)


def _with_zone(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _zone(name: str | None, offset: int | None) -> tzinfo | None:
    # Names other than UTC's mean nothing certain (and dateutil would print a warning with the text it read).
    del name
    return None if offset is None else timezone(timedelta(seconds=offset))
