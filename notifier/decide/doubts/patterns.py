"""Doubts about regular expressions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from notifier.decide.doubts.values import Doubts
from notifier.model import Value
from notifier.pattern import compile_pattern

_SLOW = "this regular expression can take very long on some texts; avoid repetitions inside repetitions, such as (a+)+"


def pattern(*, search: bool) -> Doubts:
    """A regular expression that is looked for anywhere in a text, or from its start."""

    def doubts(value: Value) -> Iterator[str]:
        if isinstance(value, str) or len(value) == 1:
            yield from slow(value if isinstance(value, str) else value[0], search=search)
        else:
            yield f"a list is read as {','.join(value)!r}; write one expression, such as (A|B)"

    return doubts


@lru_cache(maxsize=1024)
def slow(text: str, *, search: bool = False) -> tuple[str, ...]:
    """The doubt, if there is a text that takes the expression too long. The same expression is tried once."""
    return (_SLOW,) if compile_pattern(text).explodes(search=search) else ()
