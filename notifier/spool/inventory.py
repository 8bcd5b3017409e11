"""What is in a spool, for people: labels, never an event's text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from notifier.errors import UnreadableEvent
from notifier.intake.identity import identified
from notifier.spool.directory import LARGEST, Spool
from notifier.spool.name import stream_of


@dataclass(frozen=True, slots=True)
class Item:
    """One file."""

    file: str
    #: ``waiting``, or ``refused``: no event, set aside.
    state: str
    stream: str
    #: The event's, where it can be read.
    id: str
    at: str
    size: int
    #: Why it was, or will be, set aside.
    reason: str = ""


def inventory(spool: Spool, stream: str) -> Iterator[Item]:
    """The files in order; what was set aside comes last. ``stream``: of files whose name says none."""
    for name in sorted(spool.listing()):
        ident, reason = "", ""
        try:
            raw = spool.read(name)
            if raw is None:
                continue
            _, ident = identified(raw, LARGEST)
        except UnreadableEvent as error:
            reason = str(error)
        yield _item(spool.directory / name, "waiting", stream_of(name, stream), ident, reason)
    for name, reason in spool.refused():
        yield _item(spool.directory / "refused" / name, "refused", stream_of(name, stream), "", reason)


def _item(path: Path, state: str, stream: str, ident: str, reason: str) -> Item:
    at, size = "", 0
    with suppress(OSError):  # gone meanwhile
        found = path.lstat()
        at = datetime.fromtimestamp(found.st_mtime, UTC).isoformat(timespec="milliseconds")
        size = found.st_size
    return Item(path.name, state, stream, ident, at, size, reason)
