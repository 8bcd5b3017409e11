"""A regular expression as `re` understands it, taken apart: what every other module here works on."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

# Private, and the same since Python 3.11: nothing else says how `re` reads a pattern.
_PARSER: Any = import_module("re._parser")

#: One piece: what it is (``LITERAL``, ``MAX_REPEAT`` ...) and its arguments.
Node = tuple[Any, Any]
REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
ENDLESS: int = import_module("re._constants").MAXREPEAT


def read(text: str) -> tuple[re.Pattern[str], Any]:
    """The compiled pattern, and its tree (``.data``, ``.state.flags``, ``.state.groupdict``).

    Raises:
        ValueError: it is none; the message says where it goes wrong.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what a future Python may read differently works in this one
            return re.compile(text), _PARSER.parse(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{text!r} is not a regular expression: {error}".replace("\n", " ")) from None


def groups_of(tree: Any) -> re.Pattern[str]:
    """A pattern of nothing but the same groups: it takes the same replacements, at once."""
    names = {number: name for name, number in tree.state.groupdict.items()}
    numbers = range(1, tree.state.groups)
    return re.compile("".join(f"(?P<{names[number]}>)" if number in names else "()" for number in numbers))


def inner(node: Node) -> Iterator[Sequence[Node]]:
    """The sequences of pieces inside a piece."""
    name, value = str(node[0]), node[1]
    if name in REPEATS:
        yield value[2]
    elif name == "SUBPATTERN":
        yield value[3]
    elif name in ("ASSERT", "ASSERT_NOT"):
        yield value[1]
    elif name == "ATOMIC_GROUP":
        yield value
    elif name == "BRANCH":
        yield from value[1]
    elif name == "GROUPREF_EXISTS":
        yield from (part for part in value[1:] if part is not None)
