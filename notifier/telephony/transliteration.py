"""Texts in the GSM alphabet, where they can be: what it lacks is replaced by what readers take for the same."""

from __future__ import annotations

import unicodedata

from notifier.telephony import alphabet

#: What compatibility decomposition (NFKD) doesn't give, or gives with a blank.
REPLACEMENTS = {
    # quotation marks, accents standing alone
    **dict.fromkeys("‘’‚‛′´`ʼʹ‹›", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    # dashes and minus; a soft hyphen isn't seen
    **dict.fromkeys("‐‑‒–—―−", "-"),
    # blanks and line ends
    "\t": " ", "\x85": "\n", "\u2028": "\n", "\u2029": "\n",
    # what isn't seen: soft hyphen, zero width, directions, byte order mark
    **dict.fromkeys("\xad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff", ""),
    **dict.fromkeys("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", ""),
    # signs
    "…": "...", "•": "-", "·": "-", "‣": "-", "×": "x", "÷": "/", "⁄": "/", "∕": "/", "¦": "|", "¢": "c",
    "©": "(c)", "®": "(r)", "™": "(tm)", "№": "No.", "→": "->", "←": "<-", "≤": "<=", "≥": ">=", "≠": "!=",
    # letters that are no letter and an accent
    "Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "Ð": "D", "ð": "d", "Þ": "Th", "þ": "th", "Œ": "OE", "œ": "oe",
    "Ħ": "H", "ħ": "h", "Ŧ": "T", "ŧ": "t", "ı": "i", "ĸ": "k", "Ŋ": "N", "ŋ": "n", "ẞ": "SS", "µ": "u",
}  # fmt: skip


def transliterate(text: str) -> str:
    """The text in the GSM alphabet; as it was where that can't be: it would cost as much and read worse."""
    if alphabet.fits(text):
        return text
    written = "".join([c if c in alphabet.SEPTETS else _replaced(c) for c in unicodedata.normalize("NFC", text)])
    return written if alphabet.fits(written) else text


def _replaced(character: str) -> str:
    """What stands for a character: from the table, else its letter without what is above and below it, else itself."""
    if character in REPLACEMENTS:
        return REPLACEMENTS[character]
    bare = "".join(
        REPLACEMENTS.get(part, part)
        for part in unicodedata.normalize("NFKD", character)
        if not unicodedata.combining(part)
    )
    return bare if bare and alphabet.fits(bare) else character
