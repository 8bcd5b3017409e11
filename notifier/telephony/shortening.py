"""Cutting a text to so many segments."""

from __future__ import annotations

from notifier.telephony import alphabet
from notifier.telephony.segmenter import LONGEST, LONGEST_PART, Encoding, clusters, split, whole

#: Tells that there was more.
DOTS = "..."


def shorten(text: str, most: int, encoding: Encoding | None = None) -> str:
    """The text itself where it takes at most that many segments, else the longest beginning that does with dots.

    Cut between what readers see as characters; blanks before the dots are dropped. The end of a text may be all that
    keeps it out of the GSM alphabet: then the beginning has the room of the cheaper encoding.

    Args:
        text: What is to be sent.
        most: How many segments.
        encoding: UCS-2 where all texts are sent in it; None: the cheapest.
    """
    beginning = text[: LONGEST[Encoding.GSM7] * most + 1]  # no more can fit
    if len(split(beginning, encoding)) <= most:
        return text
    beginning = whole(beginning)
    if encoding is Encoding.UCS2:
        return beginning[: _seam(beginning, _room(beginning, encoding, most))].rstrip() + DOTS
    plain = next((at for at, c in enumerate(beginning) if c not in alphabet.SEPTETS), len(beginning))
    end = _room(beginning[:plain], Encoding.GSM7, most)
    if end == plain:
        end = max(end, _room(beginning, Encoding.UCS2, most))
    return beginning[: _seam(beginning, end)].rstrip() + DOTS


def _room(text: str, encoding: Encoding, most: int) -> int:
    """How many characters of the text's beginning there is room for beside the dots."""
    unit = 1 if encoding is Encoding.GSM7 else 2
    longest = (LONGEST if most == 1 else LONGEST_PART)[encoding]
    part, used, end = 0, 0, 0
    for at, character in enumerate(text, 1):
        size = len(alphabet.SEPTETS[character] if encoding is Encoding.GSM7 else character.encode("utf-16-be"))
        if used + size > longest:
            part, used = part + 1, 0
        used += size
        if (longest - used) // unit + (most - 1 - part) * (longest // unit) < len(DOTS):
            break
        end = at
    return end


def _seam(text: str, end: int) -> int:
    """The last place at or before ``end`` where no character that readers see is cut; ``end`` where it is all one."""
    *_, last = ("", *clusters(text[: end + 1]))
    return (len(text[: end + 1]) - len(last)) or end
