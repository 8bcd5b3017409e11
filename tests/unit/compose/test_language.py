from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from notifier.compose.language import Moment, Reader, check_pattern, languages, reader_of

BERLIN, TOKYO = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo")
WHEN = datetime(2026, 11, 24, 15, 22, 48, tzinfo=UTC)


def written(kind: str, *pattern: str, locale: str = "de_DE", zone: ZoneInfo = BERLIN, when: datetime = WHEN) -> str:
    """A moment as a reader sees it."""
    return Moment(when, Reader(locale, zone)).written(kind, *pattern)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("de", ("de",)),
        ("DE", ("de",)),
        ("de_AT", ("de_at", "de")),
        ("de-AT", ("de_at", "de")),
        (" de_DE.UTF-8 ", ("de_de", "de")),
        ("de_DE@euro", ("de_de", "de")),
        ("de-DE,de;q=0.9", ("de_de", "de")),
        ("zh-Hant-TW", ("zh_hant_tw", "zh_hant", "zh")),
        ("", ()),
        ("C", ()),
        ("../letter", ()),
        ("de/../../x", ()),
        ("a" * 1000, ()),
    ],
)
def test_languages_from_near_to_far(text: str, expected: tuple[str, ...]) -> None:
    """However people write a locale; what is none names no folder."""
    assert languages(text) == expected


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("de_DE", "Dienstag, 24. November 2026"),
        ("de_XX", "Dienstag, 24. November 2026"),
        ("de-DE.UTF-8", "Dienstag, 24. November 2026"),
        ("DE", "Dienstag, 24. November 2026"),
        ("en", "Tuesday, November 24, 2026"),
        ("fr-FR", "mardi 24 novembre 2026"),
        ("zh_TW", "2026年11月24日 星期二"),
        ("xx_YY", "Tuesday, November 24, 2026"),
        ("", "Tuesday, November 24, 2026"),
        ("nonsense!", "Tuesday, November 24, 2026"),
    ],
)
def test_a_moment_in_the_readers_language(locale: str, expected: str) -> None:
    """The nearest language that is known, else English."""
    assert written("date", "full", locale=locale) == expected


@pytest.mark.parametrize(
    ("kind", "pattern", "expected"),
    [
        ("date", [], "24.11.2026"),
        ("date", ["short"], "24.11.26"),
        ("date", ["full"], "Dienstag, 24. November 2026"),
        ("date", ["d. MMMM yyyy"], "24. November 2026"),
        ("time", [], "16:22:48"),
        ("time", ["short"], "16:22"),
        ("time", ["HH 'Uhr' mm"], "16 Uhr 22"),
        ("time", ["full"], "16:22:48 Mitteleuropäische Normalzeit"),
        ("datetime", [], "24.11.2026, 16:22:48"),
        ("datetime", ["EEE d.M., HH:mm"], "Di. 24.11., 16:22"),
    ],
)
def test_how_much_is_told(kind: str, pattern: list[str], expected: str) -> None:
    """Date, time or both, in one of four lengths or by a pattern."""
    assert written(kind, *pattern) == expected


def test_blanks_are_blanks() -> None:
    """What an SMS can carry cheaply: no narrow blanks before PM."""
    assert written("time", "short", locale="en_US") == "4:22 PM"


def test_a_moment_in_the_readers_zone() -> None:
    """In Tokyo it is the next day already."""
    assert written("datetime", zone=TOKYO) == "25.11.2026, 00:22:48"
    assert written("date", "long", zone=TOKYO) == "25. November 2026"
    assert written("time", "short", zone=TOKYO) == "00:22"


@pytest.mark.parametrize("when", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)])
@pytest.mark.parametrize("hours", [-12, 0, 12])
@pytest.mark.parametrize("zone", [ZoneInfo("UTC"), BERLIN, TOKYO, ZoneInfo("America/New_York")])
def test_the_first_and_the_last_day(when: datetime, hours: int, zone: ZoneInfo) -> None:
    """They have no neighbour in another zone, and are written all the same."""
    assert written("datetime", "full", zone=zone, when=when.replace(tzinfo=timezone(timedelta(hours=hours))))


def test_a_moment_by_itself() -> None:
    """Written without a filter, it is date and time."""
    assert str(Moment(WHEN, Reader("de", BERLIN))) == "24.11.2026, 16:22:48"


@pytest.mark.parametrize(
    ("kind", "pattern", "message"),
    [
        ("date", "ful", "unknown length 'ful'; did you mean 'full'?"),
        ("datetime", "medum", "unknown length 'medum'; did you mean 'medium'?"),
        ("date", "HH:mm", "date needs short, medium, long, full, or letters for a date as in docs/templates.md"),
        ("time", "d. MMMM", "time needs short, medium, long, full, or letters for a time as in docs/templates.md"),
        ("date", "yyyy on d", "the letter o stands for nothing; put words in '...'"),
        ("date", "d" * 61, "date needs short, medium, long, full, or letters for a date as in docs/templates.md"),
    ],
)
def test_a_pattern_that_is_none(kind: str, pattern: str, message: str) -> None:
    """What Babel can't write is said before there is a moment, and again when there is one."""
    try:
        check_pattern(kind, pattern)
    except ValueError as error:
        assert str(error) == message
    else:
        pytest.fail("not noticed")


@pytest.mark.parametrize("pattern", ["HH:mm", "QQQQQQQ", "d" * 61])
def test_a_wrong_pattern_is_an_error_of_the_text(pattern: str) -> None:
    """Its message says nothing of the event."""
    with pytest.raises(ValueError, match="^date needs short, medium, long, full, or letters for a date"):
        written("date", pattern)


@pytest.mark.parametrize("pattern", ["medium", "d. MMMM yyyy", "dd.MM.yy", "EEEE", "'am' d.M.", "yyyyMMdd"])
def test_a_pattern_that_is_one(pattern: str) -> None:
    """Lengths, letters, and words in quotes."""
    check_pattern("date", pattern)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Asia/Tokyo", TOKYO),
        (" Asia/Tokyo ", TOKYO),
        ("", BERLIN),
        ("Europe", BERLIN),
        ("Mars/Olympus", BERLIN),
        ("../../etc/passwd", BERLIN),
        ("/etc/localtime", BERLIN),
        ("a\0b", BERLIN),
        ("\ud800", BERLIN),
        ("x" * 5000, BERLIN),
    ],
)
def test_who_reads(zone: str, expected: ZoneInfo) -> None:
    """A zone that isn't one is the configured one."""
    assert reader_of("de", zone, BERLIN) == Reader("de", expected)


def test_babel_only_where_dates_are_written() -> None:
    """Who writes no dates doesn't load locales."""
    code = "import sys, notifier.compose.templates; sys.exit('babel' in sys.modules or 'inscriptis' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
