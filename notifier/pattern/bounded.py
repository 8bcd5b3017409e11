"""A pattern that ends: `re` where that is certain, else the `regex` package with a time-out."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

import regex

from notifier.errors import PatternTooSlow
from notifier.pattern.cost import NEVER, trusted_length, written_out
from notifier.pattern.dialect import write
from notifier.pattern.pumps import pumps
from notifier.pattern.tree import groups_of, read

T = TypeVar("T")
#: Seconds that one match may take.
LIMIT = 0.1
#: No longer text is searched, in characters.
LONGEST_TEXT = 64 * 1024
#: Repetitions may make so many pieces of a pattern.
MOST_PIECES = 50_000


class Pattern:
    """One regular expression of an administrator's.

    Every method raises `notifier.errors.PatternTooSlow` where the answer isn't there in time.
    """

    __slots__ = ("_bounded", "_plain", "_tree", "_trusted", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._plain, self._tree = read(text)
        try:
            self._trusted = min(trusted_length(self._tree), LONGEST_TEXT)
            # What `re` is always trusted with needs no second engine.
            harmless = self._trusted == LONGEST_TEXT
            self._bounded: Any = None if harmless else _bounded(self._tree, text)
        except (regex.error, ValueError, OverflowError, RecursionError, MemoryError) as error:
            raise ValueError(f"{text!r} is a regular expression that can't be bounded in time: {error}") from None

    def match(self, text: str) -> bool:
        """It matches from the text's start."""
        if len(text) <= self._trusted:
            return self._plain.match(text) is not None
        return self._in_time(lambda: self._bounded.match(text, timeout=LIMIT) is not None, text)

    def search(self, text: str) -> bool:
        """It matches somewhere in the text."""
        if len(text) <= self._trusted:
            return self._plain.search(text) is not None
        return self._in_time(lambda: self._bounded.search(text, timeout=LIMIT) is not None, text)

    def sub(self, replacement: str, text: str) -> str:
        r"""The text with every match replaced; ``\1`` and ``\g<name>`` stand for groups.

        Raises:
            ValueError: the replacement names a group that isn't there.
        """
        try:
            groups_of(self._tree).sub(replacement, "")  # reads the replacement, as `re` does
            if len(text) <= self._trusted:
                return self._plain.sub(replacement, text)
        except (re.error, IndexError) as error:
            raise ValueError(f"{replacement!r} is no replacement for {self.text!r}: {error}") from None
        return self._in_time(lambda: str(self._bounded.sub(replacement, text, timeout=LIMIT)), text)

    def explodes(self, *, search: bool) -> bool:
        """It takes too long on a text made for it. Takes its time: for `notifier check`."""
        if self._bounded is None:
            return False
        attempt = self._bounded.search if search else self._bounded.match
        # Searching is quadratic by nature; a match from the start is so only where repetitions are nested.
        long = not search and self._trusted == NEVER
        try:
            for text in pumps(self._tree, long=long):
                attempt(text, timeout=LIMIT)
        except TimeoutError:
            return True
        return False

    def _in_time(self, attempt: Callable[[], T], text: str) -> T:
        if len(text) > LONGEST_TEXT:
            raise PatternTooSlow(f"the text for the regular expression is longer than {LONGEST_TEXT // 1024} KiB")
        try:
            return attempt()
        except TimeoutError:
            raise PatternTooSlow from None


def _bounded(tree: Any, text: str) -> Any:
    # `regex` needs 200 bytes for each piece: a gigabyte is soon reached.
    if written_out(tree.data) > len(text) + MOST_PIECES:
        raise ValueError(f"its repetitions make more than {MOST_PIECES:,} pieces")
    return regex.compile(write(tree), regex.VERSION0)


@lru_cache(maxsize=1024)
def compile_pattern(text: str) -> Pattern:
    """The pattern; the same text is read once.

    Raises:
        ValueError: it is none, or can't be bounded in time; the message says why.
    """
    return Pattern(text)
