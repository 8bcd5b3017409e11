"""Dates and durations as conditions understand them (reference section 2.2). Time is the event's, never a clock's."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from dateutil import parser

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "y": 365 * 86400}
_NOW = re.compile(r"\{now\}(?:\s*([+-])\s*(\d+)\s*([smhd])(?![0-9A-Za-z]))?")


def duration(text: str) -> timedelta:
    """``<int><s m h d y>``; a year has 365 days.

    Raises:
        ValueError: it is not such a text.
    """
    match = re.fullmatch(r"\s*(\d{1,9})\s*([smhdy])\s*", text)
    if match is None:
        raise ValueError(f"{text!r} is not a duration: a number and s, m, h, d or y, such as 7d")
    try:
        return timedelta(seconds=int(match[1]) * SECONDS[match[2]])
    except OverflowError:
        raise ValueError(f"{text!r} is longer than time itself") from None


def with_zone(moment: datetime) -> datetime:
    """A moment without a zone is in UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def lenient(text: str, default: datetime) -> datetime | None:
    """A date in any spelling dateutil knows; what it leaves open is taken from ``default``."""
    midnight = default.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    try:
        return with_zone(parser.parse(text, default=midnight))
    except (ValueError, OverflowError, TypeError, AttributeError, ArithmeticError):
        return None  # dateutil raises all of these on texts that aren't dates


def iso(text: object) -> datetime | None:
    """An ISO 8601 date, at least ``YYYY-MM-DD``; the zone as written."""
    if not isinstance(text, str) or not re.match(r"\d{4}-\d{2}-\d{2}", text.strip()):
        return None
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None


def replace_now(text: str, now: datetime) -> str:
    """``{now}``, ``{now}-7d``, ``{now} + 5h``: the event's time, shifted, as ``YYYY-MM-DDThh:mm±hhmm``."""
    if "{now}" not in text:
        return text

    def shifted(match: re.Match[str]) -> str:
        sign, number, unit = match.groups()
        try:
            shift = timedelta(seconds=int(number) * SECONDS[unit]) if sign else timedelta()
            moment = now - shift if sign == "-" else now + shift
        except OverflowError:
            return match.group()
        return moment.strftime("%Y-%m-%dT%H:%M%z")

    return _NOW.sub(shifted, text, count=1)
