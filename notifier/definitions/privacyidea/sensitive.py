"""What of a gateway or a server is a secret: whatever isn't known to be none."""

from __future__ import annotations

import json
import re
from typing import Any

from notifier.definitions.privacyidea.vocabulary import CENSORED, HARMLESS, HARMLESS_HEADERS

#: Words in the name of an option, a header or a parameter that holds a secret, wherever they stand in it.
_ANYWHERE = re.compile(
    r"passw|passphrase|passcode|kennwort|secret|token|auth|credential|signature|bearer|cookie|session", re.IGNORECASE
)
#: And those that only count at the beginning or the end of a word of it: ``userPass``, ``smspin``, ``KEY_2``.
_WORD = re.compile(r"(pwd|pass|pw|pin|key|hash|sig)([^a-z]|$)|(^|[^a-z])(pwd|pass|pw|pin|key|hash|sig)", re.IGNORECASE)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
#: How a secret looks, whatever it is called.
_SHAPE = re.compile(
    r"^\s*(Bearer|Basic|Digest|ApiKey|Token)\s+\S|-----BEGIN (?!CERTIFICATE-|PUBLIC KEY-)", re.IGNORECASE
)
#: What stands in the place of number and text is no secret.
_PLACEHOLDER = re.compile(r"\{(phone|otp)\}")
_TRUTH = frozenset("true false yes no on off null none".split())


def is_name_of_secret(name: str) -> bool:
    """Whether something of this name is a secret, whatever it is."""
    return bool(_ANYWHERE.search(name) or _WORD.search(_HUMP.sub("_", name)))


def is_secret(name: str, value: str) -> bool:
    """Whether an option or a parameter is a secret.

    By its name or its looks, or by a name inside it where it is JSON or XML; and where nothing tells that it is none.
    """
    if not value or _PLACEHOLDER.fullmatch(value.strip()):
        return False
    if is_striking(name, value):
        return True
    if (inside := _json(value)) is not None:
        return _holds_secret(name, inside, 0)
    if _PLACEHOLDER.search(value):
        return "<" in value and is_name_of_secret(value)
    return not (_plain(name) in HARMLESS or len(value) < 3 or value.lower() in _TRUTH or _is_digits(value, 3))


def is_secret_header(name: str, value: str) -> bool:
    """Whether a header is a secret; a single word or a short number under a name of no meaning is none."""
    if not value or is_striking(name, value):
        return bool(value)
    word = value.isalpha() and len(value) <= 12
    return not (word or _is_digits(value, 4) or _plain(name) in HARMLESS_HEADERS)


def is_striking(name: str, value: str) -> bool:
    """Whether the name or the looks tell a secret."""
    return value == CENSORED or is_name_of_secret(name) or bool(_SHAPE.search(value))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _is_digits(value: str, most: int) -> bool:
    return value.isascii() and value.isdigit() and len(value) <= most


def _json(value: str) -> Any:
    """An object or a list; None where it is neither."""
    try:
        return json.loads(value) if value.lstrip()[:1] in ("{", "[") else None
    except (ValueError, RecursionError):
        return None


def _holds_secret(name: str, node: Any, depth: int) -> bool:
    if isinstance(node, dict):
        return depth > 20 or any(_holds_secret(key, value, depth + 1) for key, value in node.items())
    if isinstance(node, list):
        return depth > 20 or any(_holds_secret(name, item, depth + 1) for item in node)
    return node is not None and not isinstance(node, bool) and is_secret(name, str(node))
