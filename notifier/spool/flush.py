"""Emptying a spool: in order, batch by batch, and whatever is no event set aside.

Events of one writer reach the stream in the order of their names. A flush that dies between Redis's yes and the
removal leaves events that will be there twice; (source, id) is their identity, so the second is planned no more.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from notifier.errors import UnreadableEvent
from notifier.intake.identity import identified
from notifier.spool.directory import LARGEST, Spool
from notifier.spool.name import stream_of, writer_of

#: A batch to Redis: so many, and no more bytes than that (one event more may be in it).
BATCH, BATCH_BYTES = 500, 4 << 20

#: Adds events to a stream: all of them, or it raises.
Append = Callable[[str, Sequence[bytes]], object]


@dataclass(slots=True)
class Flushed:
    """What one flush did."""

    sent: int = 0
    #: Names and reasons of what was set aside.
    refused: list[tuple[str, str]] = field(default_factory=list)
    #: Somebody else was at it.
    busy: bool = False


class Flusher:
    """Moves a spool's events into their streams."""

    def __init__(self, spool: Spool, append: Append, *, stream: str) -> None:
        self._spool = spool
        self._append = append
        self._stream = stream
        self._known: deque[str] = deque()

    def flush(
        self, most: int | None = None, *, patience: float = 0.0, progress: Callable[[int], object] = lambda _: None
    ) -> Flushed:
        """Send what waits, the oldest first.

        Args:
            most: No more than about so many.
            patience: How long (seconds) to wait for somebody else who is at it.
            progress: Told how many more are done with.

        Raises:
            Whatever ``append`` raises: the rest waits.
            SpoolUnusable: so does it then.
        """
        done = Flushed()
        if not self._spool.waiting():
            return done
        with self._spool.alone(patience) as ours:
            done.busy = not ours
            while ours and (most is None or done.sent < most):
                names = self._next(BATCH if most is None else min(BATCH, most - done.sent))
                if not names:
                    break
                self._send(names, done)
                progress(len(names))
            if ours and most is None:
                self._spool.tidy()
        return done

    def _next(self, most: int) -> list[str]:
        """The next names. They are kept from one flush to the next: listing 100,000 takes longer than sending 200."""
        if not self._known:
            self._known.extend(in_order(self._spool))
        return [self._known.popleft() for _ in range(min(most, len(self._known)))]

    def _send(self, names: Sequence[str], done: Flushed) -> None:
        try:
            for stream, sent, raws in self._batches(names, done):
                self._append(stream, raws)
                self._spool.remove(sent)
                done.sent += len(sent)
        except BaseException:
            self._known.clear()  # what was taken from it waits again, in front
            raise

    def _batches(self, names: Sequence[str], done: Flushed) -> Iterator[tuple[str, list[str], list[bytes]]]:
        """Events of one stream, with their names, as they follow each other."""
        sent: list[str] = []
        raws: list[bytes] = []
        weight, current = 0, ""
        for name in names:
            raw = self._read(name, done)
            if raw is None:
                continue
            stream = stream_of(name, self._stream)
            if sent and (stream != current or weight >= BATCH_BYTES):
                yield current, sent, raws
                sent, raws, weight = [], [], 0
            current = stream
            sent.append(name)
            raws.append(raw)
            weight += len(raw)
        if sent:
            yield current, sent, raws

    def _read(self, name: str, done: Flushed) -> bytes | None:
        try:
            raw = self._spool.read(name)
            if raw is not None:
                identified(raw, LARGEST)
        except UnreadableEvent as error:
            self._spool.refuse(name, str(error))
            done.refused.append((name, str(error)))
            return None
        return raw


def in_order(spool: Spool) -> list[str]:
    """What waits, sorted, and of each writer nothing whose predecessor might be missing.

    A directory that is written to while it is listed may tell of a file and not of an older one. The older one was
    there before the first listing ended, so the second tells of it.
    """
    first = spool.listing()
    if not first:
        return []
    latest: dict[str, str] = {}
    for name in first:
        writer = writer_of(name)
        latest[writer] = max(name, latest.get(writer, ""))
    return sorted(name for name in {*first, *spool.listing()} if name <= latest.get(writer_of(name), ""))
