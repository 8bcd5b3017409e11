"""The alphabet every phone reads: 128 characters of seven bits, and ten behind an escape (3GPP TS 23.038, 6.2.1)."""

from __future__ import annotations

#: The basic table; a character's place is its code. The escape stands at 0x1B, and is no character.
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
ESCAPE = 0x1B
#: The extension table: code behind the escape → character.
EXTENSION = {
    0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€",
}  # fmt: skip

#: Character → its septets, one an octet: one, or the escape and one.
SEPTETS = {character: bytes((code,)) for code, character in enumerate(BASIC) if code != ESCAPE} | {
    character: bytes((ESCAPE, code)) for code, character in EXTENSION.items()
}
_CHARACTERS = frozenset(SEPTETS)


def fits(text: str) -> bool:
    """Whether every character of a text is in the alphabet."""
    return _CHARACTERS.issuperset(text)


def encode(text: str) -> bytes:
    """The septets of a text that fits, one an octet, not packed.

    Raises:
        ValueError: it doesn't fit.
    """
    try:
        return b"".join([SEPTETS[character] for character in text])
    except KeyError:
        raise ValueError("a character of the text isn't in the GSM alphabet") from None
