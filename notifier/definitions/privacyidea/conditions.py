"""Conditions as they stand there, and the same as they stand here."""

from __future__ import annotations

import re
import string

from notifier.definitions.privacyidea.report import Report
from notifier.definitions.privacyidea.values import section
from notifier.definitions.privacyidea.vocabulary import CONDITIONS, MANUALS_NAMES
from notifier.model import Value

#: Understood here, and not there (reference section 2.2).
_SHIFTED_WITH_BLANKS = re.compile(r"\{now\}(?:\s+[+-]\s*|[+-]\s+)\d+\s*[smhd](?![0-9A-Za-z])")


def conditions(given: object, what: str, report: Report) -> dict[str, Value]:
    """The conditions of a definition.

    Raises:
        ValueError: they can't be read, or one can't be said here; without it the definition would fire too often.
    """
    try:
        found = section(given)
    except ValueError as error:
        raise ValueError(f"its conditions {error}") from None
    carried: dict[str, Value] = {}
    for name, value in found.items():
        if name not in CONDITIONS:
            meant = MANUALS_NAMES.get(name)
            hint = f"; the manual's name for {meant}, which is what to write if it shall count" if meant else ""
            report.dropped(what, f"its condition {name!r}: there is no such condition, and it was ignored there{hint}")
            continue
        carried[name] = _tokeninfo(value, what, report) if name == "tokeninfo" and isinstance(value, str) else value
        if name in ("tokeninfo", "user_info") and isinstance(value, str) and _SHIFTED_WITH_BLANKS.search(value):
            report.changed(what, f"its condition {name!r}: {{now}} with blanks before the offset wasn't understood "
                                 "there; here it is")  # fmt: skip
    return carried


def _tokeninfo(value: str, what: str, report: Report) -> str:
    """There it is a format text: doubled braces are single ones, and any tag but ``{now}`` fails."""
    try:
        pieces = list(string.Formatter().parse(value))
    except ValueError:
        pieces = [(value, value, None, None)]
    if any(tag is not None and (tag != "now" or spec or conversion) for _, tag, spec, conversion in pieces):
        report.changed(
            what,
            "its condition 'tokeninfo' holds a brace that isn't doubled: there that failed whenever a token was known; "
            "here it is an ordinary character",
        )
        return value
    if "{now}" in "".join(text if tag is None else f"{text}\0" for text, tag, *_ in pieces):
        raise ValueError("its condition 'tokeninfo' holds a literal {now}, which always means the time here")
    return "".join(text if tag is None else f"{text}{{now}}" for text, tag, *_ in pieces)
