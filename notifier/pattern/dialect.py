r"""A tree of `re`'s, written such that the `regex` package means the same by it.

The two read many texts differently (``[[:alpha:]]`` and ``x{e<=1}`` are notation of `regex` alone, ``\w`` and
``\s`` are other characters there), so nothing of the original spelling is kept. What stays different: the dotless
and the dotted capital i under ``(?i)``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from notifier.pattern.tree import ENDLESS, Node

_CLASSES: Mapping[str, tuple[str, str]] = {
    # What `re` means by it: for all characters, and under the flag ASCII.
    "DIGIT": (r"\p{Nd}", "0-9"),
    "SPACE": (r"\s\x1c-\x1f", r"\x20\t\n\r\f\v"),
    "WORD": (r"\p{L}\p{N}_", "a-zA-Z0-9_"),
}
_LAZINESS = {"MAX_REPEAT": "", "MIN_REPEAT": "?", "POSSESSIVE_REPEAT": "+"}
_EDGE = "(?:(?<=[{w}])(?![{w}])|(?<![{w}])(?=[{w}]))"
_NO_EDGE = "(?:(?<=[{w}])(?=[{w}])|(?<![{w}])(?![{w}]))"
#: Until Python 3.14 nothing was within an empty text, not even the lack of an edge.
_NOT_EMPTY = "" if re.search(r"\B", "") else r"(?!\A\Z)"


def write(tree: Any) -> str:
    """The pattern, for `regex` in its version 0."""
    writer = _Writer({number: name for name, number in tree.state.groupdict.items()})
    flags = tree.state.flags
    text = writer.sequence(tree.data, flags)
    return f"(?i:{text})" if _folds(flags) else text


def _folds(flags: int) -> bool:
    """Whether `regex` is to ignore case; for ASCII alone the letters are written out."""
    return bool(flags & re.IGNORECASE) and not flags & re.ASCII


class _Writer:
    def __init__(self, names: Mapping[int, str]) -> None:
        self._names = names
        self._nodes: Mapping[str, Callable[[Any, int], str]] = {
            "LITERAL": lambda value, flags: _characters([_letters(value, flags)]),
            "NOT_LITERAL": lambda value, flags: f"[^{_letters(value, flags)}]",
            "ANY": lambda _, flags: "(?s:.)" if flags & re.DOTALL else ".",
            "IN": _set,
            "AT": lambda value, flags: _place(str(value), flags),
            "BRANCH": lambda value, flags: self._either(value[1], flags),
            "SUBPATTERN": self._group,
            "ATOMIC_GROUP": lambda value, flags: f"(?>{self.sequence(value, flags)})",
            "ASSERT": lambda value, flags: f"(?{_look(value[0])}={self.sequence(value[1], flags)})",
            "ASSERT_NOT": lambda value, flags: f"(?{_look(value[0])}!{self.sequence(value[1], flags)})",
            "FAILURE": lambda _value, _flags: "(?!)",
            "GROUPREF": lambda value, _: rf"\g<{value}>",
            "GROUPREF_EXISTS": self._conditional,
        }

    def sequence(self, nodes: Iterable[Node], flags: int) -> str:
        return "".join(self._node(str(op), value, flags) for op, value in nodes)

    def _node(self, name: str, value: Any, flags: int) -> str:
        if name in _LAZINESS:
            least, most, body = value
            times = f"{{{least},{'' if most == ENDLESS else most}}}"
            return f"(?:{self.sequence(body, flags)}){times}{_LAZINESS[name]}"
        if name not in self._nodes:
            raise ValueError(f"it uses something that isn't known yet ({name})")
        return self._nodes[name](value, flags)

    def _either(self, parts: Iterable[Iterable[Node]], flags: int) -> str:
        return f"(?:{'|'.join(self.sequence(part, flags) for part in parts)})"

    def _group(self, value: Any, flags: int) -> str:
        number, added, removed, body = value
        here = (flags & ~(re.ASCII | re.UNICODE) if added & (re.ASCII | re.UNICODE) else flags) | added
        here &= ~removed
        text = self.sequence(body, here)
        if _folds(here) != _folds(flags):
            text = f"(?{'i' if _folds(here) else '-i'}:{text})"
        if number is None:
            return f"(?:{text})"
        return f"(?P<{self._names[number]}>{text})" if number in self._names else f"({text})"

    def _conditional(self, value: Any, flags: int) -> str:
        number, yes, no = value
        otherwise = self.sequence(no, flags) if no is not None else ""
        return f"(?({number}){self.sequence(yes, flags)}|{otherwise})"


def _look(direction: int) -> str:
    return "<" if direction < 0 else ""


def _characters(parts: list[str]) -> str:
    """One character as it is, several as a set."""
    return parts[0] if len(parts) == 1 and (len(parts[0]) == 1 or parts[0].startswith("\\")) else f"[{''.join(parts)}]"


def _letters(code: int, flags: int) -> str:
    character = chr(code)
    if flags & re.IGNORECASE and flags & re.ASCII and character.isascii() and character.isalpha():
        return character.lower() + character.upper()
    return _escaped(code)


def _escaped(code: int) -> str:
    character = chr(code)
    if character.isascii() and character.isalnum():
        return character
    return f"\\x{code:02x}" if code < 0x100 else f"\\U{code:08x}"


def _set(items: Iterable[Node], flags: int) -> str:
    negated = False
    listed: list[str] = []
    excepted: list[str] = []
    for op, value in items:
        name = str(op)
        if name == "NEGATE":
            negated = True
        elif name == "LITERAL":
            listed.append(_letters(value, flags))
        elif name == "RANGE":
            listed.append(f"{_escaped(value[0])}-{_escaped(value[1])}")
            if flags & re.IGNORECASE and flags & re.ASCII:
                listed.extend(chr(c).swapcase() for c in range(value[0], min(value[1], 127) + 1) if chr(c).isalpha())
        else:
            word = str(value).removeprefix("CATEGORY_")
            kind = _CLASSES[word.removeprefix("NOT_")][bool(flags & re.ASCII)]
            (excepted if word.startswith("NOT_") else listed).append(kind)
    if not excepted:
        return f"[{'^' if negated else ''}{''.join(listed)}]"
    # Version 0 knows no set within a set.
    parts = [f"[{''.join(listed)}]"] if listed else []
    either = "|".join([*parts, *(f"[^{kind}]" for kind in excepted)])
    return f"(?:(?!{either})(?s:.))" if negated else f"(?:{either})"


def _place(name: str, flags: int) -> str:
    word = _CLASSES["WORD"][bool(flags & re.ASCII)]
    many = flags & re.MULTILINE
    return {
        "AT_BEGINNING": "(?m:^)" if many else r"\A",
        "AT_BEGINNING_STRING": r"\A",
        "AT_END": "(?m:$)" if many else "$",
        "AT_END_STRING": r"\Z",
        "AT_BOUNDARY": _EDGE.replace("{w}", word),
        "AT_NON_BOUNDARY": _NOT_EMPTY + _NO_EDGE.replace("{w}", word),
    }[name]
