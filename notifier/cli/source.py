"""The events that a verb is asked about: a file's, standard input's, or one of the record."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from notifier.cli.context import connected
from notifier.cli.documents import Document, Readable, documents
from notifier.cli.exits import Misused
from notifier.errors import UnknownId
from notifier.summaries import SOURCE, WORD

if TYPE_CHECKING:
    from notifier.wiring import Wiring


def events(context: click.Context, word: str) -> tuple[str, Iterator[tuple[Document, datetime]]]:
    """A name for messages, and the events with the time each arrived."""
    if word == "-":
        return "stdin", _read(sys.stdin.buffer)
    file = Path(word)
    if file.is_dir():
        raise Misused(f"{word} is a directory; name a file")
    if file.exists():
        try:
            return word, _read(io.BytesIO(file.read_bytes()))
        except OSError as error:
            raise Misused(f"{word}: {error.strerror}") from error
    if "/" in word or file.suffix in (".json", ".jsonl", ".ndjson"):
        raise Misused(f"{word}: no such file")
    return word, iter([_recorded(connected(context), word)])


def _read(stream: object) -> Iterator[tuple[Document, datetime]]:
    for found in documents(cast("Readable", stream)):
        for document in found:
            yield document, datetime.now(UTC)


def _recorded(wiring: Wiring, word: str) -> tuple[Document, datetime]:
    """An event out of the record: its time is the recorded one, so it decides and says the same."""
    event = wiring.timeline.show(word)["event"]
    raw = wiring.timeline.raw(event["key"])
    if raw is None:
        if (event.get("source"), event.get("type")) == (SOURCE, WORD):
            raise UnknownId(f"no producer sent {word!r}: there is nothing to explain; `notifier show` tells of it")
        raise UnknownId(f"the text of event {word!r} is no longer kept: its retention is over")
    return Document(1, raw), datetime.fromisoformat(event["time"]) if event["time"] else datetime.now(UTC)
