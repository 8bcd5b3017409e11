"""Telephone numbers as a gateway wants them: the old ``REGEXP`` (reference section 5.2)."""

from __future__ import annotations

from notifier.pattern import compile_pattern
from notifier.pattern.substitution import parts


def mangle(number: str, expression: str) -> str:
    """Apply ``/PATTERN/REPLACEMENT/``; what isn't of that form, or isn't a regular expression, changes nothing.

    Raises:
        PatternTooSlow: nobody knows the number that is meant; the one at hand would be a wrong one.
    """
    taken = parts(expression)
    if taken is None:
        return number
    pattern, replacement = taken
    try:
        return compile_pattern(pattern).sub(replacement, number)
    except ValueError:
        return number
