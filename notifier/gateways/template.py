"""Texts with ``{phone}`` and ``{otp}``, as the mail-to-SMS gateway has them (reference section 5.5)."""

from __future__ import annotations

from dataclasses import dataclass
from string import Formatter

TAGS = ("phone", "otp")


@dataclass(frozen=True, slots=True)
class Template:
    """Literal text and tags; each tag is replaced once, and what was put in isn't looked at again."""

    #: Literal text, then the tag behind it (empty: none).
    pieces: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, text: str) -> Template:
        """The template.

        Raises:
            ValueError: a brace that isn't closed, or another tag; ``{{`` and ``}}`` are braces.
        """
        pieces: list[tuple[str, str]] = []
        for literal, tag, spec, conversion in Formatter().parse(text):
            if tag is not None and (tag not in TAGS or spec or conversion):
                raise ValueError("knows {phone} and {otp} only")
            pieces.append((literal, tag or ""))
        return cls(tuple(pieces))

    def fill(self, phone: str, otp: str) -> str:
        """The text with number and message."""
        values = {"phone": phone, "otp": otp, "": ""}
        return "".join(literal + values[tag] for literal, tag in self.pieces)
