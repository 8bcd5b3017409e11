from __future__ import annotations

import time
from contextlib import suppress

import pytest

from notifier.errors import PatternTooSlow
from notifier.pattern import LIMIT, LONGEST_TEXT, Pattern, compile_pattern
from notifier.pattern.cost import NEVER

#: Pattern, a text it takes for ever on, and how it is asked.
EXPLODING = [
    ("(a+)+$", "a" * 20_000 + "!"),
    ("(a|aa)+$", "a" * 5000 + "!"),
    ("(a|a)*$", "a" * 100 + "!"),
    ("(x+x+)+y", "x" * 20_000),
    (r"(\w+\s?)+$", "a" * 20_000 + "!"),
    ("^(([a-z])+.)+[A-Z]([a-z])+$", "a" * 5000),
]
#: Exponential for `re`; the other engine sees through them.
SEEN_THROUGH = [("(.*)*x", "a" * 5000), ("(a?){30}a{30}", "a" * 29), ("(.*)(.*)(.*)(.*)x", "a" * 3000)]


@pytest.mark.parametrize(("pattern", "text"), EXPLODING)
def test_a_pattern_that_explodes_is_stopped(pattern: str, text: str) -> None:
    """Nobody waits longer than the limit, whatever is asked, and the text isn't told."""
    compiled = Pattern(pattern)

    for attempt in (compiled.match, compiled.search, lambda text: compiled.sub("", text)):
        start = time.process_time()
        with pytest.raises(PatternTooSlow, match="longer than 0.1 s; nested repetitions") as error:
            attempt(text)

        assert time.process_time() - start < 5 * LIMIT
        assert text[:20] not in str(error.value)


@pytest.mark.parametrize(("pattern", "text"), SEEN_THROUGH)
def test_some_that_explode_elsewhere_are_decided(pattern: str, text: str) -> None:
    """What `re` would never finish has an answer."""
    start = time.process_time()

    assert not Pattern(pattern).search(text)
    assert time.process_time() - start < LIMIT


def test_a_long_text_is_not_searched() -> None:
    """Beyond 64 Ki characters nothing is, not even for the simplest pattern."""
    assert Pattern("a").search("b" * (LONGEST_TEXT - 1) + "a")
    with pytest.raises(PatternTooSlow, match="longer than 64 KiB"):
        Pattern("a").search("a" * (LONGEST_TEXT + 1))


@pytest.mark.parametrize(
    ("pattern", "trusted"),
    [("^OATH", LONGEST_TEXT), ("OATH.*", 250), ("(a+)+", NEVER), (r"(a|b)\1*", NEVER), ("(ab|c)*", NEVER)],
)
def test_re_answers_only_where_it_ends_soon(pattern: str, trusted: int) -> None:
    """Plain patterns stay on the fast engine; the more they repeat the shorter the text may be."""
    assert Pattern(pattern)._trusted >= trusted
    if trusted == NEVER:
        assert Pattern(pattern)._trusted < 100


@pytest.mark.parametrize(("pattern", "_text"), EXPLODING)
def test_finds_a_text_that_a_pattern_explodes_on(pattern: str, _text: str) -> None:
    """What is tried is made of the pattern itself."""
    assert Pattern(pattern).explodes(search=True)
    assert Pattern(f"OATH_{pattern.removeprefix('^')}").explodes(search=False)


@pytest.mark.parametrize(
    "pattern",
    [
        "^OATH", "OATH.*", ".+@example[.]com", r"^\+?\d+$", "(?i)wrong (otp|pin)", r"\w+\s*=\s*\w+", "[0-9]+(,[0-9]+)*",
        r"(OATH|TOTP)\d+(,(OATH|TOTP)\d+)*$", "enroll.*challenge", "(ab|cd)*", "", ".*foo.*bar.*baz", "[^@]+@[^@]+",
        r"^([a-z0-9]+[._-]?)*x$",
    ],
)  # fmt: skip
def test_no_false_alarm(pattern: str) -> None:
    """Patterns as people write them don't explode."""
    assert not Pattern(pattern).explodes(search=False)


@pytest.mark.parametrize(
    "pattern", ["(", "[", "*", "a{2,1}", r"\p", "(?P<a>x)(?P<a>y)", "(?<=a*)b", "a(?i)b", "(" * 9999]
)
def test_what_re_refuses_is_no_pattern(pattern: str) -> None:
    """The errors are those of `re`, in one line."""
    with pytest.raises(ValueError, match="is not a regular expression") as error:
        compile_pattern(pattern)

    assert "\n" not in str(error.value)


def test_a_replacement_without_its_group_is_an_error() -> None:
    """It's told, whatever the text."""
    with pytest.raises(ValueError, match="no replacement"):
        Pattern("(1)").sub(r"\2", "")


@pytest.mark.parametrize(("pattern", "text"), [("[[:alpha:]]+", "a]]"), ("x{e<=1}", "x{e<=1}"), (r"(\w|x)+", "½x²")])
def test_means_what_re_means(pattern: str, text: str) -> None:
    """Notation that only the other engine knows is text, also where that engine answers."""
    harder = Pattern(f"(?:{pattern}|(?:zz|z)+)+$")

    assert harder._trusted == NEVER
    assert harder.match(text)


@pytest.mark.parametrize(
    "pattern", ["(?:(?:a?){4000}){4000}", "(?:" * 60 + "a?" + "){16}" * 60, "(?:(?:ab){6000}c*)+" * 9]
)
def test_repetitions_of_repetitions_are_refused(pattern: str) -> None:
    """Neither memory nor time goes there: not for either engine, not for the bound."""
    start = time.process_time()

    with pytest.raises(ValueError, match="can't be bounded in time: its repetitions make more than 50,000 pieces"):
        Pattern(pattern)

    assert time.process_time() - start < 5


@pytest.mark.parametrize("pattern", ["(?:a?){9999}b", "(" + "|".join(f"OATH{n}" for n in range(9000)) + ")+$"])
def test_long_patterns_are_none_the_worse(pattern: str) -> None:
    """Much that is repeated once, or little that is repeated often."""
    assert not Pattern(pattern).match("x")


def test_even_the_empty_text_can_take_for_ever() -> None:
    """It isn't given to the fast engine either, nor is it looked at to read a replacement."""
    endless = Pattern("(?:|){12}" * 4 + "x*" * 8 + "(?P<n>x*)" + r"\b")
    start = time.process_time()

    for attempt in (endless.match, endless.search, lambda text: endless.sub(r"\g<n>", text)):
        with suppress(PatternTooSlow):
            attempt("")

    assert time.process_time() - start < 5 * 3 * LIMIT
