"""`notifier publish`: events from a file or a pipe into the stream."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import click

from notifier.cli.context import wiring_of
from notifier.cli.documents import Document, Readable, batches, documents
from notifier.cli.exits import BAD_DATA
from notifier.cli.outlet import Outlet, SpoolOutlet, StreamOutlet
from notifier.cli.output import emit, json_option, printable
from notifier.errors import ConfigError, UnreadableEvent
from notifier.intake.contract import DEFAULT_MAX_SIZE, parse
from notifier.model import Event

EXAMPLE = """\b
Example:
  notifier publish event.json
  tail -f events.jsonl | notifier publish - --spool /var/spool/notifier-events
"""


@click.command(epilog=EXAMPLE)
@click.argument("file", type=click.File("rb"))
@click.option(
    "--spool",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    envvar="NOTIFIER_SPOOL",
    show_envvar=True,
    help="Keep events in DIR while Redis is away.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=2.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for Redis, for each batch.",
)
@json_option
@click.pass_context
def publish(context: click.Context, file: BinaryIO, spool: Path | None, timeout: float, as_json: bool) -> None:
    """Publish the events of FILE (- is standard input): a JSON object, an array, or JSON lines.

    Prints the ids of the events accepted. What is no event is named on standard error and left out (exit 65).
    """
    name = getattr(file, "name", "<stdin>")
    wiring = wiring_of(context)
    outlet = SpoolOutlet(wiring, spool, timeout) if spool else StreamOutlet(wiring, timeout)
    run = _Run(context, "stdin" if name == "<stdin>" else name, outlet, as_json=as_json)
    try:
        for found in documents(cast("Readable", file)):
            run.publish(found)
    finally:
        run.end()
    if run.refused:
        raise click.exceptions.Exit(BAD_DATA)
    if not run.accepted:
        click.echo(f"notifier: no events in {run.name}", err=True)


class _Run:
    """One run: what was accepted by now, and what was refused."""

    def __init__(self, context: click.Context, name: str, outlet: Outlet, *, as_json: bool) -> None:
        self.name = name
        self.accepted = False
        self.refused: list[dict[str, Any]] = []
        self._outlet = outlet
        self._as_json = as_json
        try:
            self._limit = wiring_of(context).configuration.settings.max_event_size
        except ConfigError:  # a producer needs no configuration directory
            self._limit = DEFAULT_MAX_SIZE

    def publish(self, found: Sequence[Document]) -> None:
        """Check all, then publish the good ones."""
        events = [event for document in found if (event := self._check(document))]
        for batch in batches(events, lambda event: len(event.raw)):
            self._outlet.publish(batch)
            self.accepted = True
            if not self._as_json:
                click.echo("\n".join(printable(event.id) for event in batch))

    def end(self) -> None:
        """Tell what became of all, also where it was cut short."""
        ends = self._outlet.end()
        if self._as_json:
            emit({**ends, "refused": self.refused})

    def _check(self, document: Document) -> Event | None:
        try:
            return parse(document.raw, arrived=datetime.now(UTC), max_size=self._limit)
        except UnreadableEvent as error:
            self.refused.append({"line": document.line, "reason": str(error.reason), "detail": error.detail})
            click.echo(f"{self.name}:{document.line}: {error.reason}: {error.detail}", err=True)
            return None
