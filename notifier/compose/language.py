"""Who reads a text: the language and the time zone, and moments as that reader writes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC as OFFSETLESS
from datetime import datetime
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from babel import Locale

UTC = ZoneInfo("UTC")
#: The template's variable that holds the event's time.
MOMENT = "moment"
#: How much of a moment is told, and how long it may get.
KINDS = ("date", "time", "datetime")
LENGTHS = ("short", "medium", "long", "full")
#: What follows these is no language: the encoding of ``de_DE.UTF-8``, the currency of ``de_DE@euro``.
_REST = re.compile(r"[.@,; ]")
_LOCALE = re.compile(r"[a-z]{2,3}(_[a-z0-9]{2,8}){0,3}")
#: CLDR's blanks that don't break: a short message with one costs twice as much, and some programs show a box.
_BLANKS = {0xA0: " ", 0x202F: " "}
#: Words in a pattern.
_QUOTED = re.compile(r"'[^']*'")
_LONGEST = 60
_SAMPLE = datetime(2026, 11, 24, 15, 22, 48, tzinfo=OFFSETLESS)


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody for whom a text is written."""

    #: As people write it: ``de``, ``de_AT``, ``de-AT``, ``de_AT.UTF-8``; empty where nobody knows.
    locale: str = ""
    zone: ZoneInfo = UTC


def reader_of(locale: str, zone: str, default: ZoneInfo) -> Reader:
    """The reader with these attributes; never raises.

    Args:
        locale: Any text.
        zone: Any text; ``default`` is taken unless it names a time zone.
        default: The configured time zone.
    """
    # Texts of events are kept as keys of a cache: none may be long.
    return _reader(locale[:_LONGEST].strip(), zone[:_LONGEST].strip(), default)


@lru_cache(maxsize=1024)
def _reader(locale: str, zone: str, default: ZoneInfo) -> Reader:
    try:
        return Reader(locale, ZoneInfo(zone) if zone else default)
    except (LookupError, ValueError, OSError):  # no such zone; no key at all; a folder of zones
        return Reader(locale, default)


def languages(locale: str) -> tuple[str, ...]:
    """From the nearest to the farthest, in small letters: ``de_at`` and ``de`` for ``de-AT``; none for nonsense."""
    return _languages(locale[:_LONGEST])


def language_of(folder: str) -> str | None:
    """The language that a folder is for, as `languages` has it; None where its name is none, such as ``de.bak``."""
    name = _plain(folder)
    return name if _LOCALE.fullmatch(name) else None


def _plain(name: str) -> str:
    return name.replace("-", "_").lower()


@lru_cache(maxsize=256)
def _languages(locale: str) -> tuple[str, ...]:
    name = _plain(_REST.split(locale.strip(), maxsplit=1)[0])
    if not _LOCALE.fullmatch(name):
        return ()
    parts = name.split("_")
    return tuple("_".join(parts[:count]) for count in range(len(parts), 0, -1))


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time for one reader. Templates can only hand it to a filter or write it."""

    when: datetime
    reader: Reader

    def __str__(self) -> str:
        return self.written("datetime")

    def written(self, kind: str, pattern: str = "medium") -> str:
        """The moment in the reader's language and zone.

        Args:
            kind: ``date``, ``time`` or ``datetime``.
            pattern: ``short``, ``medium``, ``long``, ``full``, or one of CLDR's letters such as ``d. MMMM yyyy``.

        Raises:
            ValueError: the pattern is none.
        """
        zone = self.reader.zone
        try:
            local = self.when.astimezone(zone)
        except OverflowError:  # the first or last day there is, which has no neighbour in another zone
            local, zone = self.when.replace(tzinfo=UTC), UTC
        return _write(kind, pattern, local, zone, _locale(self.reader.locale[:_LONGEST]))


def check_pattern(kind: str, pattern: str) -> None:
    """Look at a pattern before there is a moment.

    Raises:
        ValueError: it is none.
    """
    if pattern in LENGTHS:
        return
    if pattern.isalpha() and (meant := get_close_matches(pattern, LENGTHS, n=1)):
        raise ValueError(f"unknown length {pattern!r}; did you mean {meant[0]!r}?")
    for letter in _QUOTED.sub("", pattern):
        if letter.isascii() and letter.isalpha() and letter not in _letters():
            raise ValueError(f"the letter {letter} stands for nothing; put words in '...'")
    _write(kind, pattern, _SAMPLE, UTC, _locale("en"))


def _write(kind: str, pattern: str, local: datetime, zone: ZoneInfo, locale: Locale) -> str:
    if len(pattern) <= _LONGEST:
        try:
            return _writers()[kind](local, pattern, zone, locale).translate(_BLANKS)
        except (ValueError, LookupError, AttributeError, TypeError, ArithmeticError):
            pass
    lengths = ", ".join(LENGTHS)
    raise ValueError(f"{kind} needs {lengths}, or letters for a {kind} as in docs/templates.md")


@cache
def _letters() -> Collection[str]:
    from babel.dates import PATTERN_CHARS  # noqa: PLC0415

    return PATTERN_CHARS.keys()


@cache
def _writers() -> Mapping[str, Callable[[datetime, str, ZoneInfo, Locale], str]]:
    from babel.dates import format_date, format_datetime, format_time  # noqa: PLC0415 - only who writes dates pays

    return {
        "date": lambda local, pattern, _, locale: format_date(local, pattern, locale),
        "time": format_time,
        "datetime": format_datetime,
    }


@lru_cache(maxsize=256)
def _locale(text: str) -> Locale:
    """The nearest locale there is; else English."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415

    for name in languages(text):
        try:
            return Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")
