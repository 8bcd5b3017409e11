"""Doubts about truth values, choices, lists and networks."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from notifier.decide.grammar import TRUE
from notifier.model import Value

FALSE = ("0", "False", "false", "FALSE")

#: From the definition's value to what is doubtful about it. Never raises.
Doubts = Callable[[Value], Iterable[str]]


def items(value: Value) -> tuple[str, ...]:
    """The items of a list, or of the old text with commas, without trimming.

    A list's item that holds commas is several: there all were joined with commas, and no name holds one.
    """
    return tuple(part for item in ([value] if isinstance(value, str) else value) for part in item.split(","))


def none(_: Value) -> Iterable[str]:
    """Nothing is doubtful."""
    return ()


def boolean(value: Value) -> Iterator[str]:
    """Anything but the six spellings of true counts as false."""
    text = _text(value)
    if text not in (*TRUE, *FALSE):
        yield f"{text!r} counts as False; write True or False"


def literal_boolean(value: Value) -> Iterator[str]:
    """Here only ``True`` is true."""
    text = _text(value)
    if text in TRUE and text != "True":
        yield f"{text!r} counts as False here, only True is true; write True"
    else:
        yield from boolean(value)


def one_of(allowed: Sequence[str], *, empty: bool = False) -> Doubts:
    """The whole value is one of these words; ``empty``: or none at all."""

    def doubts(value: Value) -> Iterator[str]:
        text = _text(value)
        if not isinstance(value, str) and len(value) > 1:
            yield f"it takes one value and never holds for a list; write one of {_words(allowed)}"
        elif text not in allowed and (text or not empty):
            yield _stranger(text, allowed)

    return doubts


def multi(allowed: Sequence[str] = (), *, lower: bool = False) -> Doubts:
    """A list of words; ``lower``: the facts are always lower-case."""

    def doubts(value: Value) -> Iterator[str]:
        found = items(value)
        if not any(found):
            yield "nothing is listed; write at least one item"
        for item in filter(None, found):
            word = item.strip()
            if word != item:
                yield f"{item!r} never matches, blanks count; write {word!r}, or a YAML list"
            elif lower and item != item.lower():
                yield f"{item!r} never matches, realms are in lower case; write {item.lower()!r}"
            elif allowed and item not in allowed:
                yield _stranger(item, allowed)

    return doubts


def states(allowed: Sequence[str]) -> Doubts:
    """A list of which each item has to be there, and no other."""
    known = multi(allowed)

    def doubts(value: Value) -> Iterator[str]:
        yield from known(value)
        counted = Counter(items(value))
        for item in (item for item, times in counted.items() if item and times > 1):
            yield f"it never holds with {item!r} listed more than once; write it once"

    return doubts


def networks(value: Value) -> Iterator[str]:
    """Without a network that isn't excluded nobody is in one."""
    items = [item.strip() for item in _text(value).split(",")]
    wanted = [item for item in items if item and item[0] not in "-!"]
    if not wanted:
        what = "lists exclusions only" if any(items) else "is empty"
        yield f"it {what} and never holds; write where clients may be, such as 0.0.0.0/0, ::/0"
        return
    excluded = [_network(item[1:].strip()) for item in items if item and item[0] in "-!"]
    for item in wanted:
        network = _network(item)
        if any(network.version == other.version and network.subnet_of(other) for other in excluded):
            yield f"{item} is excluded as a whole and never counts; take it out, or exclude less"


def nearest(word: str, known: Iterable[str]) -> str:
    """A suggestion, or nothing."""
    names = {name.lower(): name for name in known}
    plain = word.strip().lower()
    close = get_close_matches(plain, names, n=1, cutoff=0.6) or [n for n in names if plain.startswith(n)]
    return f"did you mean {names[close[0]]!r}?" if close else ""


def _stranger(word: str, allowed: Sequence[str]) -> str:
    return f"{word!r} is none of {_words(allowed)} and never matches; {nearest(word, allowed) or 'write one of them'}"


def _words(allowed: Sequence[str]) -> str:
    return ", ".join(allowed)


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ",".join(value)


def _network(text: str) -> Any:
    return ipaddress.ip_network(text, strict=False)
