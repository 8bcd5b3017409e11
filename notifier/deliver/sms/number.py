"""Telephone numbers as a gateway wants them: the old ``REGEXP`` (reference section 5.2)."""

from __future__ import annotations

import re


def mangle(number: str, expression: str) -> str:
    """Apply ``/PATTERN/REPLACEMENT/``; what isn't of that form, or isn't a regular expression, changes nothing."""
    found = re.match(r"^/(.*)/(.*)/$", expression)
    if not found:
        return number
    try:
        return re.sub(found[1], found[2], number)
    except (re.error, IndexError):
        return number
