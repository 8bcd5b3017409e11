"""``{tag}`` texts: a restricted formatter. Read once, written often; no attribute, no index, no Python."""

from __future__ import annotations

import html
import string
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

_CONVERSIONS: Mapping[str | None, Callable[[str], str]] = {"r": repr, "s": str, "a": ascii, None: str, "": str}


@dataclass(frozen=True, slots=True)
class Piece:
    """Literal text, then perhaps a tag."""

    literal: str
    tag: str | None = None
    conversion: str | None = None
    spec: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """A text with tags, taken apart."""

    pieces: tuple[Piece, ...]
    #: The tags used: only these have to be worked out.
    tags: frozenset[str] = field(default_factory=frozenset)

    def render(self, values: Mapping[str, str], *, escape: bool = False) -> str:
        """The finished text. ``escape``: for HTML.

        Raises:
            ValueError: a format specification doesn't fit a text.
        """
        out: list[str] = []
        for piece in self.pieces:
            out.append(piece.literal)
            if piece.tag is not None:
                value = _CONVERSIONS[piece.conversion](values[piece.tag])
                value = format(value, piece.spec) if piece.spec else value
                out.append(html.escape(value) if escape else value)
        return "".join(out)


def compile_template(text: str, known: Iterable[str]) -> Template:
    """Take a text apart.

    Raises:
        ValueError: an unknown tag, a brace too many, or more than a tag between braces; the message names it.
    """
    pieces = []
    names = set(known)
    try:
        parsed = list(string.Formatter().parse(text))
    except ValueError as error:
        raise ValueError(f"a brace is out of balance ({error}); write {{{{ and }}}} for literal braces") from None
    for literal, tag, spec, conversion in parsed:
        if tag is not None:
            _check(tag, spec or "", conversion, names)
        pieces.append(Piece(literal, tag, conversion, spec or ""))
    return Template(tuple(pieces), frozenset(p.tag for p in pieces if p.tag is not None))


def _check(tag: str, spec: str, conversion: str | None, known: set[str]) -> None:
    if tag not in known:
        close = get_close_matches(tag, known, n=1)
        hint = f"; did you mean {{{close[0]}}}?" if close else ""
        raise ValueError(f"unknown tag {{{tag}}}{hint}")
    if conversion not in _CONVERSIONS:
        raise ValueError(f"unknown conversion !{conversion} at {{{tag}}}; !r, !s or !a")
    width = "".join(c if c.isdigit() else " " for c in spec).split()
    if "{" in spec or any(len(number) > 4 for number in width):
        raise ValueError(f"the format of {{{tag}}} is not one for texts")
    try:
        format("", spec)
    except ValueError:
        raise ValueError(f"the format {spec!r} of {{{tag}}} is not one for texts") from None
