"""A peer's words, fit for a log: one short line without addresses, numbers, control characters or what we sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

LONGEST = 200
MASK = "***"
#: A colon on the left too: the user and password of a URL are personal as well. Begun at a word's beginning alone: a
#: long word without @ would be read anew from each of its letters.
_ADDRESS = re.compile(r"(?<![^\s<>\"',;()])[^\s<>\"',;()]+@[^\s<>\"',;:()]+")
#: Six digits or more, perhaps in groups: a telephone number, a code. Enhanced status codes have five at most.
_NUMBER = re.compile(r"\+?\d(?:[ ./()-]{0,2}\d){5,}")
#: A word that may be a code or a PIN.
_CODE = re.compile(r"\w*\d\w*")
_SHORTEST_CODE = 4
#: Shorter words would mask half of what a server says.
_SHORTEST_SECRET = 3


def scrub(words: str | bytes, hidden: Iterable[str] = ()) -> str:
    """What a server said, without personal data.

    Args:
        words: As they came.
        hidden: What must not appear although no pattern shows it: mailbox names, texts, passwords.
    """
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    text = _one_line(text)
    folded = text.casefold()
    # Hundreds may be hidden, and hardly one is there: an expression for each would take longer than the mail.
    there = [s for s in map(_one_line, hidden) if len(s) >= _SHORTEST_SECRET and s.casefold() in folded]
    for secret in sorted(there, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", MASK, text, flags=re.IGNORECASE)
    text = _NUMBER.sub(MASK, _ADDRESS.sub(MASK, text))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def echoes(words: str | bytes, texts: Iterable[str]) -> Iterator[str]:
    """What a peer repeats of our texts: all of one, a line of it, or a word with a digit in it (a code, a PIN)."""
    said = _one_line(words.decode("utf-8", "replace") if isinstance(words, bytes) else words).casefold()
    for text in filter(None, texts):
        codes = [word for word in _CODE.findall(text) if len(word) >= _SHORTEST_CODE]
        for part in dict.fromkeys((text, *text.splitlines(), *codes)):
            one_line = _one_line(part)
            if one_line and one_line.casefold() in said:
                yield one_line


def _one_line(text: str) -> str:
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
