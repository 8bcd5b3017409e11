"""`notifier publish`: events from a file or standard input into the stream."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import click

from notifier.cli.output import json_option, print_json, wiring_of
from notifier.errors import ConfigError, UnreadableEvent
from notifier.intake.contract import parse
from notifier.wiring import Wiring, now

BATCH = 500
EXAMPLE = "\b\nExample:\n  notifier publish event.json\n  tail -f events.jsonl | notifier publish -"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An input that isn't an event, and where."""

    line: int
    reason: str
    detail: str


@dataclass(slots=True)
class Publisher:
    """Checks and appends; the good ones go, the bad ones are named."""

    wiring: Wiring
    name: str
    published: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)

    def publish(self, inputs: Iterable[tuple[int, bytes]], *, quiet: bool) -> None:
        """Publish inputs in batches; each batch is one round trip."""
        limit = _limit(self.wiring)
        batch: list[tuple[str, bytes]] = []
        for line, raw in inputs:
            try:
                batch.append((parse(raw, arrived=now(), max_size=limit).id, raw))
            except UnreadableEvent as error:
                self.refused.append(Refusal(line, error.reason, error.detail))
                click.echo(f"{self.name}:{line}: {error.reason}: {error.detail}", err=True)
            if len(batch) >= BATCH or (self.name == "-" and batch):
                self._append(batch, quiet=quiet)
                batch = []
        self._append(batch, quiet=quiet)

    def _append(self, batch: list[tuple[str, bytes]], *, quiet: bool) -> None:
        if batch:
            self.wiring.stream.append(raw for _, raw in batch)
            for ident, _ in batch:
                self.published.append(ident)
                if not quiet:
                    click.echo(ident)


@click.command(epilog=EXAMPLE)
@click.argument("file")
@json_option
@click.pass_context
def publish(context: click.Context, file: str, as_json: bool) -> int:
    """Publish token events from FILE (- for standard input): JSON, a JSON array, or JSON lines. Prints their ids.

    Exit code 65: some input is no event (the others were published). 75: Redis can't be reached.
    """
    publisher = Publisher(wiring_of(context), file)
    publisher.publish(read_inputs(file), quiet=as_json)
    if as_json:
        print_json({"published": publisher.published, "refused": [asdict(r) for r in publisher.refused]})
    return 65 if publisher.refused else 0


def read_inputs(file: str) -> Iterator[tuple[int, bytes]]:
    """Line and text of each input: of JSON lines each line, of an array each item, else the whole."""
    if file == "-":
        stream = sys.stdin.buffer
        first = stream.readline()
        if _complete(first):
            yield from _lines(first, stream)
            return
        text = first + stream.read()
    else:
        try:
            text = Path(file).read_bytes()
        except OSError as error:
            raise click.UsageError(f"{file}: {error.strerror}") from None
    yield from split(text)


def split(text: bytes) -> Iterator[tuple[int, bytes]]:
    """See `read_inputs`."""
    try:
        document = json.loads(text)
    except ValueError:
        lines = [(i, line) for i, line in enumerate(text.splitlines(), 1) if line.strip()]
        if len(lines) > 1 and any(_complete(line) for _, line in lines):
            yield from lines
        else:
            yield 1, text
        return
    if isinstance(document, list):
        for item in document:
            yield 1, json.dumps(item, ensure_ascii=False).encode()
    else:
        yield 1, text.strip()


def _lines(first: bytes, rest: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    document = json.loads(first)
    if isinstance(document, list):
        yield from split(first + b"".join(rest))
        return
    yield 1, first.strip()
    for number, line in enumerate(rest, 2):
        if line.strip():
            yield number, line.strip()


def _complete(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), (dict, list))
    except ValueError:
        return False


def _limit(wiring: Wiring) -> int:
    try:
        return wiring.configuration.settings.max_event_size
    except ConfigError:  # a producer's host needs no configuration directory
        return 256 * 1024
