"""Events out of a file or a pipe: one JSON object, a JSON array, or JSON lines; each with its line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

CHUNK = 1 << 20
#: A batch to Redis: so many, and no more bytes than that (one event more may be in it).
BATCH, BATCH_BYTES = 500, 8 << 20
BOM = b"\xef\xbb\xbf"
T = TypeVar("T")


class Readable(Protocol):
    """A binary file."""

    def read1(self, size: int, /) -> bytes:
        """What is there by now, at least one byte but at the end."""
        ...

    def read(self) -> bytes:
        """All that is left."""
        ...


@dataclass(frozen=True, slots=True)
class Document:
    """The text of one event, and the line it begins on."""

    line: int
    raw: bytes


def documents(stream: Readable) -> Iterator[Sequence[Document]]:
    """The events as they come in; JSON lines are handed on with every read, so a pipe is never waited for."""
    lead = bytearray()
    for chunk in iter(lambda: stream.read1(CHUNK), b""):
        lead += chunk
        if b"\n" in chunk and b"\n" in lead.lstrip():
            break
    text = bytes(lead).removeprefix(BOM)
    if _is_lines(text.lstrip().partition(b"\n")[0].rstrip()):
        yield from _lines(text, stream)
    else:
        yield _whole(text + stream.read())


def batches(items: Iterable[T], size: Callable[[T], int]) -> Iterator[list[T]]:
    """The items in portions that Redis takes at once."""
    batch: list[T] = []
    weight = 0
    for item in items:
        batch.append(item)
        weight += size(item)
        if len(batch) == BATCH or weight >= BATCH_BYTES:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch


def _is_lines(first: bytes) -> bool:
    """The first line is a whole object, or nothing that could go on in the next."""
    return _is_json(first) if first.startswith(b"{") else not first.startswith(b"[")


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _lines(text: bytes, stream: Readable) -> Iterator[Sequence[Document]]:
    number = 1
    while True:
        *lines, text = text.split(b"\n")
        found = [Document(number + i, line.strip()) for i, line in enumerate(lines) if line.strip()]
        number += len(lines)
        if found:
            yield found
        chunk = stream.read1(CHUNK)
        if not chunk:
            break
        text += chunk
    if text.strip():
        yield [Document(number, text.strip())]


def _whole(raw: bytes) -> Sequence[Document]:
    text = raw.decode(errors="surrogateescape")
    try:
        return list(_values(text))
    except (ValueError, RecursionError):
        pass
    lines = [Document(i, line.strip()) for i, line in enumerate(raw.split(b"\n"), 1) if line.strip()]
    if raw.lstrip().startswith(b"{") and any(_is_json(d.raw) and d.raw.startswith(b"{") for d in lines[1:]):
        return lines  # JSON lines, and the first is broken
    return [Document(lines[0].line, raw.strip())]


def _values(text: str) -> Iterator[Document]:
    """The items of an array, or the objects of a text, as they are written."""
    decode = json.JSONDecoder().raw_decode
    at, counted, line = _blank(text, 0), 0, 1
    array = text.startswith("[", at)
    if array:
        at = _blank(text, at + 1)
        if text.startswith("]", at):
            return
    while at < len(text):
        _, end = decode(text, at)
        line += text.count("\n", counted, at)
        counted = at
        yield Document(line, text[at:end].encode(errors="surrogateescape"))
        at = _blank(text, end)
        if array and text.startswith(",", at):
            at = _blank(text, at + 1)
        elif array:
            break
    rest = text[at:].strip()
    if rest != ("]" if array else ""):
        raise ValueError("not one array")


def _blank(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at
