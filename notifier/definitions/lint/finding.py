"""A finding at its place, with the nearest name that exists."""

from __future__ import annotations

from collections.abc import Iterable

from notifier.definitions.problems import did_you_mean
from notifier.definitions.yamlfile import one_line
from notifier.errors import Problem
from notifier.model import HandlerDefinition


def problem(d: HandlerDefinition, place: str, message: str, hint: str = "", *, warning: bool = False) -> Problem:
    """Something is wrong with a definition."""
    at = d.locations.get(place, d.location)
    return Problem(at.file, at.line, at.column, one_line(f"{d.name}: {message}"), one_line(hint), warning)


def unknown(
    d: HandlerDefinition, place: str, kind: str, word: str, known: Iterable[str], *, warning: bool = False
) -> Problem:
    """A definition names something that doesn't exist."""
    names = sorted(known)
    hint = did_you_mean(word, names) or (f"there are: {', '.join(names)}" if names else "none is configured")
    return problem(d, place, f"unknown {kind} {word!r}", hint, warning=warning)
