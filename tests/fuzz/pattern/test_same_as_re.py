"""The engine that can be stopped says what `re` says."""

from __future__ import annotations

import re
import unicodedata
import warnings

import regex
from hypothesis import assume, example, given
from hypothesis import strategies as st

from notifier.errors import PatternTooSlow
from notifier.pattern import compile_pattern
from notifier.pattern.dialect import write
from notifier.pattern.tree import read

#: Pieces of patterns that terminate soon on short texts, with all that the two engines spell differently.
ATOMS = st.sampled_from(
    "a b c 1 - _ é ß \u017f K "
    r"\. \w \W \d \D \s \S \b \B . ^ $ \A \Z [ab] [^a] [\w-] [^\W_] [\Wa] [^\s\d] [[:alpha:]] "
    r"[a-c1] [^-\d] {e<=1} {i} { } x{,2} \x61 \u0062 \t \n [\b] [a||b] [--a] []a] (?#c) (?=a) (?!b) (?<=a) (?<!b) "
    r"\0".split()
)
SUFFIXES = st.sampled_from("? * + ?? *? +? {2} {1,2} {,2} {0} ++".split())
FLAGS = st.sampled_from(["", "", "(?i)", "(?a)", "(?s)", "(?m)", "(?ai)", "(?x)", "(?im)"])
LEAVES = ATOMS | st.tuples(ATOMS, SUFFIXES).map("".join)


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    groups = st.sampled_from(["({})", "(?:{})", "(?P<n>{})", "(?i:{})", "(?s-i:{})", "(?a:{})", "(?>{})", "(?={})"])
    group = st.tuples(groups, inner).map(lambda parts: parts[0].replace("{}", parts[1]))
    either = st.tuples(inner, inner).map("|".join)
    again = st.tuples(group, st.sampled_from(["{2}", "?", "{0,2}", r"\1", "(?(1)a|b)", "0"])).map("".join)
    return st.lists(inner | group | either | again, min_size=1, max_size=3).map("".join)


PATTERNS = st.tuples(FLAGS, st.recursive(LEAVES, _grown, max_leaves=6)).map("".join)
CHARACTERS = st.sampled_from("abcABC01-_ \t\n\x1c.:{}<=eilph[]²½é\u0301\u017fKß").filter(str) | st.characters(
    codec="utf-8"
)


def _known(character: str) -> bool:
    """This Python knows it (the other engine's table is newer), and it is none of the few that stay different."""
    return unicodedata.category(character) not in ("Cn", "Co") and character not in "İı\u0345"


TEXTS = st.text(CHARACTERS.filter(_known), max_size=8)
REPLACEMENTS = st.lists(
    st.sampled_from([r"\1", r"\g<1>", r"\g<n>", r"\g<0>", "x", r"\\", r"\n", r"\.", r"\61", r"\0", "é", "{", "-"]),
    max_size=4,
).map("".join)


@given(pattern=PATTERNS, text=TEXTS)
@example(pattern=r"\B", text="")
@example(pattern="(?i)[^\\W_]+$", text="K\u017f½")
@example(pattern="(?a:(?i:k))", text="K")
@example(pattern="(a)|b(?(1)c|d)", text="bd")
def test_both_engines_agree(pattern: str, text: str) -> None:
    """Matching, searching and replacing give the same, whatever the notation."""
    plain, tree = _read(pattern)
    bounded = regex.compile(write(tree), regex.VERSION0)

    assert (plain.match(text) is None) == (bounded.match(text, timeout=1) is None)
    assert [m.span() for m in plain.finditer(text)] == [m.span() for m in bounded.finditer(text, timeout=1)]
    assert plain.sub("<>", text) == bounded.sub("<>", text, timeout=1)


@given(text=TEXTS, replacement=REPLACEMENTS)
def test_replacements_agree(text: str, replacement: str) -> None:
    """Back references and escapes in a replacement mean the same."""
    plain, tree = _read("(?P<n>[ab]|-)c?")
    bounded = regex.compile(write(tree), regex.VERSION0)
    try:
        expected = plain.sub(replacement, text)
    except (re.error, IndexError):
        return

    assert bounded.sub(replacement, text, timeout=1) == expected


@given(text=st.text(max_size=12) | PATTERNS, against=TEXTS)
def test_any_text_is_a_pattern_or_an_error_of_one_line(text: str, against: str) -> None:
    """What compiles decides any text, or says that it takes too long; what doesn't is told in one line."""
    try:
        pattern = compile_pattern(text)
    except ValueError as error:
        assert "\n" not in str(error)
        return
    try:
        assert pattern.search(against) or not pattern.match(against)
        assert isinstance(pattern.sub("", against), str)
    except PatternTooSlow as error:
        assert "regular expression" in error.detail


def _read(pattern: str) -> tuple[re.Pattern[str], object]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return read(pattern)
        except ValueError:
            assume(False)
            raise
