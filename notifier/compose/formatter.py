"""``{tag}`` texts: a restricted formatter. Read once, written often; no attribute, no index, no Python."""

from __future__ import annotations

import html
import string
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

_CONVERSIONS: Mapping[str | None, Callable[[str], str]] = {"r": repr, "s": str, "a": ascii, None: str, "": str}
#: Of all tags of a text in sum: a longer one isn't sent.
MOST_WIDTH = 1 << 20
_BRACES = "write {{ and }} for braces that are text"


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
    tags: frozenset[str] = frozenset()

    def render(self, values: Mapping[str, str], *, escape: bool = False) -> str:
        """The finished text. ``escape``: for HTML.

        Raises:
            ValueError: a format specification doesn't fit a text.
        """
        out: list[str] = []
        for piece in self.pieces:
            out.append(piece.literal)
            if piece.tag is not None:
                value = values[piece.tag]
                if piece.conversion:
                    value = _CONVERSIONS[piece.conversion](value)
                if piece.spec:
                    value = format(value, piece.spec)
                out.append(html.escape(value) if escape else value)
        return "".join(out)


def compile_template(text: str, known: Collection[str]) -> Template:
    """Take a text apart.

    Raises:
        ValueError: an unknown tag, a brace too many, or more than a tag between braces; the message names it. Or widths
            that alone make more than anything that is sent.
    """
    width = 0
    try:
        parsed = list(string.Formatter().parse(text))
    except ValueError:
        raise ValueError(f"unbalanced brace at {_place(text, _unbalanced(text))}; {_BRACES}") from None
    pieces = []
    for literal, tag, spec, conversion in parsed:
        if tag is not None:
            width += _check(tag, spec or "", conversion, known)
            if width > MOST_WIDTH:
                raise ValueError(f"the widths of its tags make more than {MOST_WIDTH:,} characters")
        pieces.append(Piece(literal, tag, conversion, spec or ""))
    return Template(tuple(pieces), frozenset(p.tag for p in pieces if p.tag is not None))


def unknown_tag(tag: str, known: Collection[str]) -> str:
    """What to say of a tag that doesn't exist, with the one that was probably meant."""
    close = get_close_matches(tag, known, n=1) if len(tag) < 60 else ()
    return f"unknown tag {{{tag}}}; " + (f"did you mean {{{close[0]}}}?" if close else _BRACES)


def _check(tag: str, spec: str, conversion: str | None, known: Collection[str]) -> int:
    """How many characters it has at least."""
    if tag not in known:
        name = tag.partition(".")[0].partition("[")[0]
        if name in known and name != tag:
            raise ValueError(f"only the name of a tag may stand between braces: {{{name}}}")
        if not tag.isidentifier():
            raise ValueError(f"no tag's name between braces ({tag[:20]!r}); {_BRACES}")
        raise ValueError(unknown_tag(tag, known))
    if conversion not in _CONVERSIONS:
        raise ValueError(f"unknown conversion {conversion!r} at {{{tag}}}; !r, !s or !a")
    # A width is a promise of memory: four digits are enough for any notice.
    numbers = "".join(c if c.isdigit() else " " for c in spec).split()
    if "{" in spec or any(len(number) > 4 for number in numbers):
        raise ValueError(f"the format of {{{tag}}} is not one for texts")
    try:
        return len(format("", spec))
    except ValueError:
        raise ValueError(f"the format {spec!r} of {{{tag}}} is not one for texts") from None


def _unbalanced(text: str) -> int:
    """Where the brace is that has no partner."""
    at = 0
    while at < len(text):
        if text[at : at + 2] in ("{{", "}}"):
            at += 2
        elif text[at] == "{":
            end = _closing(text, at)
            if end < 0:
                return at
            at = end + 1
        elif text[at] == "}":
            return at
        else:
            at += 1
    return max(text.find("{"), 0)


def _closing(text: str, opening: int) -> int:
    depth = 0
    for at in range(opening, len(text)):
        depth += (text[at] == "{") - (text[at] == "}")
        if not depth:
            return at
    return -1


def _place(text: str, at: int) -> str:
    before = text[:at]
    return f"line {before.count(chr(10)) + 1}, column {at - before.rfind(chr(10))}"
