"""Cases 96 to 100 of the reference, section 7, and the parse rules of its section 2.2."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from notifier.decide.comparators import generic, integer
from notifier.decide.grammar import Comparison, is_true, parse
from notifier.decide.moments import duration, lenient, replace_now

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
FACTS: dict[str, Any] = {
    "a": "10",
    "b": "Hallo",
    "text": "ABC",
    "members": ["ann", "bob"],
    "now": NOW.isoformat(),
    "naive": "2026-11-24T12:00",
    "recent": "2026-11-24T11:00+00:00",
    "old": "2026-11-20",
    "future": "2027-01-01",
    "dated": "16. März 2017",
    "number": 5,
    "empty": "",
    "yes": True,
}


def holds(condition: str, *, now_tag: bool = True) -> bool:
    key, test = generic(condition, now_tag=now_tag)
    return test(FACTS.get(key), NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a==10", Comparison("a", "equals", "10")),
        ("a===10", Comparison("a", "equals", "=10")),
        ("a<b<c", Comparison("", "equals", "a<b<c")),
        ("a==b==c", Comparison("", "equals", "a==b==c")),
        (" a '!in' b ", Comparison("a", "!in", "b")),
        ("a in b", Comparison("", "equals", "a in b")),
        ("a '=>' 5", Comparison("a", ">=", "5")),
        ("5", Comparison("", "equals", "5")),
        ("a 'matches' x=y", Comparison("a", "matches", "x=y")),
        ("  ", None),
    ],
)
def test_takes_conditions_apart(text: str, expected: Comparison | None) -> None:
    """The first separator that gives exactly two pieces wins; with none the whole text is the right side."""
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        *((c, 100, True) for c in ("100", "=100", " = 100 ", "==100", "'=='100", "'equals'100", "x == 100")),
        *((c, 100, True) for c in (">=100", "=> 100", "<=100", "=< 100", "<101", "'>' 99")),
        *((c, 99, True) for c in ("!=100", "'!equals'100")),
        *((c, 100, False) for c in ("!=100", "'!equals'100", "equals 100", "!~100", "===100", "'string_contains' 100")),
        *((c, 100, False) for c in (">", "", " ", "100.0", "<>100", ">=x")),
    ],
)
def test_96_integers(text: str, value: int, expected: bool) -> None:
    """Case 96: a condition on a number; what can't be understood doesn't hold."""
    assert integer(text)(value) is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("a<100", True),
        ("a == 10.0", True),
        ("a <= 10", True),
        ("b >= 10", False),
        ("text < ABD", True),
        ("text < abc", True),
        ("empty <= 0", True),
        ("b 'in' x, Hallo", True),
        ("b 'in' x ,\"Hallo\"", True),
        ("b '!in' x,Hallo", False),
        ("b '!in' x,y", True),
        ("members 'contains' ann", True),
        ("members '!contains' ann", False),
        ("b 'contains' Hallo", False),
        ("b '!contains' Hallo", False),
        ("b 'string_contains' ALL", True),
        ("b '!string_contains' x", True),
        ("number '!string_contains' x", False),
        ("members < 5", False),
        ("number < x", False),
        ("number == x", False),
        ("number != x", True),
        *((f"nothing {c} x", False) for c in ("==", "!=", "<", "'!in'", "'!matches'", "'!contains'")),
        ("c 500", False),
        ("b!~100", False),
        ("", False),
        ("== 5", False),
    ],
)
def test_97_generic(condition: str, expected: bool) -> None:
    """Case 97: numbers as numbers, dates as dates, the rest as texts; an absent key never holds."""
    assert holds(condition) is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("now > 2017-01-01T10:00+0200", True),
        ("now == 2026-11-24T13:00+0100", True),
        ("naive == 2026-11-24T12:00+0000", True),
        ("naive < 2026-11-24T12:00+0000", False),
        ("recent 'date_within_last' 2h", True),
        ("old 'date_within_last' 2h", False),
        ("old '!date_within_last' 2h", True),
        ("future 'date_within_last' 2h", True),
        ("b '!date_within_last' 2h", False),
        ("old 'date_before' 2026-11-21", True),
        ("old 'date_after' 2026-11-21T00:00+0000", False),
        ("future 'date_after' {now}", True),
        ("b 'date_before' 2026-11-21", False),
        ("old 'date_before' 21", False),
        ("dated == 16. März 2017", True),
        ("dated < 17. März 2017", True),
        ("recent < {now} - 30m", True),
        ("recent < {now}-2h", False),
    ],
)
def test_98_dates(condition: str, expected: bool) -> None:
    """Case 98, and section 10: a date without a zone is in UTC; texts that are no dates compare as texts."""
    assert holds(condition) is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("b 'matches' Hall", False),
        ("b 'matches' Hal+o", True),
        ("b 'matches' hallo", False),
        ("b 'matches' (?i)hallo", True),
        ("b '!matches' Hallo", False),
        ("b '!matches' x", True),
        ("text 'matches' [A-Z]{3}", True),
        ("number 'matches' 5", False),
    ],
)
def test_99_matches(condition: str, expected: bool) -> None:
    """Case 99: the whole text has to match; upper and lower case differ unless the pattern says otherwise."""
    assert holds(condition) is expected


@pytest.mark.parametrize(
    "condition", ["b 'matches' (", "b '!matches' [", "b 'matches' {now}(", "d 'date_within_last' soon"]
)
def test_99_what_can_never_work_is_an_error(condition: str) -> None:
    """A broken pattern or duration is told when the definitions are loaded, in one line."""
    with pytest.raises(ValueError, match=r"is not a (regular expression|duration)") as error:
        generic(condition, now_tag=True)

    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1h", timedelta(hours=1)),
        ("30m", timedelta(minutes=30)),
        ("7d", timedelta(days=7)),
        ("3y", timedelta(days=3 * 365)),
        (" 10 s", timedelta(seconds=10)),
    ],
)
def test_100_durations(text: str, expected: timedelta) -> None:
    """Case 100: a number and a unit; a year has 365 days."""
    assert duration(text) == expected


@pytest.mark.parametrize("text", ["1year", "", "d", "-1d", "1.5h", "999999999y", "9" * 5000 + "d"])
def test_100_no_durations(text: str) -> None:
    """Case 100: anything else is refused."""
    with pytest.raises(ValueError, match=r"duration|longer"):
        duration(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{now}", "2026-11-24T13:00+0100"),
        ("{now}-7d", "2026-11-17T13:00+0100"),
        ("{now} + 5h", "2026-11-24T18:00+0100"),
        ("{now}- 90s", "2026-11-24T12:58+0100"),
        ("{now}-1y", "2026-11-24T13:00+0100-1y"),
        ("{current_time} {3}", "{current_time} {3}"),
        ("{now}-999999999d", "{now}-999999999d"),
    ],
)
def test_now_is_the_events_time(text: str, expected: str) -> None:
    """``{now}`` is the event's time in the event's zone, to the minute, shifted; blanks are allowed (section 10)."""
    local = NOW.astimezone(timezone(timedelta(hours=1)))

    assert replace_now(text, local) == expected


def test_now_is_only_a_tag_where_it_is_one() -> None:
    """Container info and counters know no ``{now}``: there it's a text like any other."""
    assert holds("future > {now}", now_tag=True)
    assert not holds("future > {now}", now_tag=False)


def test_a_zones_name_that_is_not_utc_means_nothing() -> None:
    """An unknown zone's name is read as UTC, in silence."""
    assert lenient("24 Nov 2026 12:00 XYZT", NOW) == NOW
    assert lenient("24 Nov 2026 12:00 UTC", NOW) == NOW


@pytest.mark.parametrize("value", [1, "1", True, "True", "true", "TRUE"])
def test_true_is_true(value: object) -> None:
    """Only these six are true."""
    assert is_true(value)


@pytest.mark.parametrize("value", ["yes", "on", 2, 0, "tRue", None, {}, [1], "", {"a": 1}])
def test_all_else_is_not_true(value: object) -> None:
    """Everything else isn't, whatever Python thinks of it."""
    assert not is_true(value)
