"""A peer's words, fit for a log: one short line without addresses, numbers or control characters."""

from __future__ import annotations

import re

LONGEST = 200
_ADDRESS = re.compile(r"[^\s<>\"',;:()]+@[^\s<>\"',;:()]+")
_NUMBER = re.compile(r"\+?\d[\d ./-]{5,}\d")
_SECRET_URL = re.compile(r"(\w+://)[^\s/@]+@")


def scrub(words: str | bytes) -> str:
    """What a server said, without personal data."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    text = _SECRET_URL.sub(r"\1***@", text)
    text = _NUMBER.sub("***", _ADDRESS.sub("***", text))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
