"""``/PATTERN/REPLACEMENT/``: the old ``REGEXP`` of an SMS gateway (reference section 5.2)."""

from __future__ import annotations

import re

_FORM = re.compile(r"^/(.*)/(.*)/$")


def parts(expression: str) -> tuple[str, str] | None:
    """Pattern and replacement; the last slash inside parts them. None: it is not of that form."""
    found = _FORM.match(expression)
    return (found[1], found[2]) if found else None
