"""Single values of an export: all of them were texts there, whatever a file makes of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from notifier.definitions.fields import kind

_TRUE = ("1", "True", "true", "TRUE")


def truth(value: Any, *, default: bool) -> bool:
    """As the system taken over reads a boolean (reference section 2.2)."""
    if value is None:
        return default
    return value is True or (isinstance(value, (str, int)) and str(value).strip() in _TRUE)


def text(value: Any) -> str:
    """A scalar as the text it was."""
    return "" if value is None or isinstance(value, (dict, list)) else str(value)


def section(value: Any) -> dict[str, str | tuple[str, ...]]:
    """Conditions, options or headers: an object, or its JSON text.

    Raises:
        ValueError: it is neither, or holds more than texts; the message completes "its conditions ...".
    """
    if isinstance(value, str) and value.strip():
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise ValueError("are a text that isn't JSON") from None
    if value is None or value in ("", []):
        return {}
    if not isinstance(value, Mapping):
        raise ValueError(f"are {kind(value)}, not a mapping")  # noqa: TRY004 - one error for all that is wrong
    return {str(key): _value(str(key), item) for key, item in value.items()}


def _value(key: str, value: Any) -> str | tuple[str, ...]:
    if isinstance(value, list) and not any(isinstance(item, (dict, list)) for item in value):
        return tuple(map(text, value))
    if isinstance(value, (dict, list)):
        raise ValueError(f"hold {kind(value)} at {key!r}, where only a text can stand")  # noqa: TRY004
    return text(value)
