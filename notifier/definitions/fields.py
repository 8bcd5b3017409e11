"""The kinds of values in the configuration, for pydantic: durations, old booleans, lists, texts."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
TRUE = ("true", "1")
FALSE = ("false", "0", "")


def duration(value: Any) -> Any:
    """``10s``, ``5m``, ``2h``, ``1d``."""
    if isinstance(value, timedelta):
        return value
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd])", value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError("must be a duration: 10s, 5m, 2h or 1d")
    return timedelta(seconds=float(match[1]) * UNITS[match[2]])


def boolean(value: Any) -> Any:
    """YAML's, or the old texts."""
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in TRUE:
        return True
    if text in FALSE:
        return False
    raise ValueError("must be true or false")


def text(value: Any) -> Any:
    """A scalar as a text: ``True`` as the old module wrote it, 5 as ``5``."""
    if value is None:
        return ""
    if isinstance(value, (str, bool, int, float)):
        return str(value)
    raise ValueError("must be a text")


def value(given: Any) -> Any:
    """A text, or the items of a list of texts."""
    if isinstance(given, list):
        return tuple(text(item) for item in given)
    return text(given)


def names(given: Any) -> Any:
    """A YAML list or the old comma-separated text; blanks around names don't count."""
    items = given.split(",") if isinstance(given, str) else given
    if not isinstance(items, (list, tuple)) or not all(isinstance(item, str) for item in items):
        raise ValueError("must be a list of names, or names separated by commas")
    return tuple(item.strip() for item in items if item.strip())


Duration = Annotated[timedelta, BeforeValidator(duration)]
Boolean = Annotated[bool, BeforeValidator(boolean)]
Text = Annotated[str, BeforeValidator(text)]
TextOrList = Annotated[str | tuple[str, ...], BeforeValidator(value)]
Names = Annotated[tuple[str, ...], BeforeValidator(names)]
