"""`notifier import-privacyidea`: definitions, SMTP servers and SMS gateways out of an export of privacyIDEA."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import click

from notifier.cli.exits import Misused, Unreadable
from notifier.cli.output import emit, json_option, printable
from notifier.definitions.load import load
from notifier.definitions.privacyidea.conversion import Conversion
from notifier.definitions.privacyidea.destination import look_at
from notifier.definitions.privacyidea.export import read_export
from notifier.definitions.privacyidea.report import Kind, Note
from notifier.definitions.privacyidea.secrets import env_file
from notifier.definitions.privacyidea.syntax import LARGEST, NotAnExport
from notifier.definitions.privacyidea.write import NotWritten, conflicts, write
from notifier.errors import Problem
from notifier.wiring import Wiring

EXAMPLE = """\b
Example:
  pi-manage config export -t event -t smtpserver -t smsgateway -o export.json
  notifier import-privacyidea export.json -o /etc/token-notifier --dry-run
  notifier import-privacyidea export.json -o /etc/token-notifier --secrets secrets.env
  notifier check --config /etc/token-notifier

Exit codes: 0 imported, 1 nothing in it can be carried, 2 wrong usage or files that are there already,
65 FILE is no export.
"""


@click.command("import-privacyidea", epilog=EXAMPLE)
@click.argument("file", type=click.File("rb"))
@click.option(
    "-o", "--output", "root", metavar="DIR", type=click.Path(path_type=Path, file_okay=False), required=True,
    help="The configuration directory to write to.",
)  # fmt: skip
@click.option("--secrets", metavar="FILE", type=click.Path(path_type=Path), help="Write the secrets' values to FILE.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
@click.option("--dry-run", is_flag=True, help="Tell what would happen; write nothing.")
@json_option
@click.pass_context
def import_privacyidea(
    context: click.Context,
    file: BinaryIO,
    root: Path,
    secrets: Path | None,
    force: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import the definitions, SMTP servers and SMS gateways of FILE (- is standard input), an export of privacyIDEA.

    Everything that is not carried, or behaves differently, is told. Secrets go nowhere but, on demand, into the file
    of --secrets; the configuration refers to them as environment variables.
    """
    conversion = _conversion(file, root)
    carried = _counts(conversion)
    contents = {root / name: content for name, content in conversion.files.items()} if sum(carried) else {}
    if secrets is not None and contents and conversion.secrets:
        contents = {secrets: env_file(conversion.secrets).encode(), **contents}
    if dry_run:
        for path in () if force else conflicts(contents):
            conversion.report.left(str(path), "it is there already; --force replaces it")
    else:
        try:
            write(contents, [secrets] if secrets else [], force=force)
        except NotWritten as error:
            raise Misused(str(error)) from error
    written = [] if dry_run else [str(path) for path in contents]
    if as_json:
        emit(_document(conversion, carried, written))
    else:
        _tell(conversion, carried, root, dry_run=dry_run)
    context.exit(0 if sum(carried) else 1)


def _conversion(file: BinaryIO, root: Path) -> Conversion:
    try:
        export = read_export(file.read(LARGEST + 1))
        conversion = Conversion(export, look_at(root, os.environ))
        conversion.settle(_check)
    except NotAnExport as error:
        raise Unreadable(f"{getattr(file, 'name', 'stdin')}: {error}") from error
    except OSError as error:
        raise Misused(f"{error.filename or getattr(file, 'name', 'stdin')}: {error.strerror}") from error
    return conversion


def _check(draft: Path, root: Path, environ: Mapping[str, str]) -> Sequence[Problem]:
    """The same as `notifier check`, but that nothing is signed here: secrets are blanks, and keys elsewhere."""
    environ = {**os.environ, **environ}
    return Wiring(draft, environ, configuration=load(draft, environ, stands_for=root)).check(keys=False)


def _counts(conversion: Conversion) -> tuple[int, int, int]:
    """Definitions, servers and gateways carried."""
    return len(conversion.handlers.carried), len(conversion.servers.carried), len(conversion.gateways.carried)


def _document(conversion: Conversion, carried: tuple[int, int, int], written: list[str]) -> dict[str, Any]:
    report = conversion.report
    notes = [(Kind.DIFFERS, note) for note in report.differs] + [(Kind.TO_DO, note) for note in report.to_do]
    return {
        "written": written,
        **dict(zip(("definitions", "smtp_servers", "sms_gateways"), carried, strict=True)),
        "secrets": [{"name": place.name, "where": place.where} for place in conversion.needed],
        "not_carried": [{"what": note.what, "why": note.why} for note in report.not_carried],
        "notes": [{"what": note.what, "why": note.why, "kind": str(kind)} for kind, note in notes],
    }


def _tell(conversion: Conversion, carried: tuple[int, int, int], root: Path, *, dry_run: bool) -> None:
    nouns = ("definition", "SMTP server", "SMS gateway")
    counts = ", ".join(f"{n} {noun}{'' if n == 1 else 's'}" for n, noun in zip(carried, nouns, strict=True))
    verb = "would be written to" if dry_run else "written to"
    click.echo(printable(f"{counts} {verb} {root}" if sum(carried) else f"nothing can be carried to {root}"))
    report = conversion.report
    _group("Set these secrets", [Note(place.name, place.where) for place in conversion.needed])
    _group("Not carried", report.not_carried)
    _group("Behaves differently", report.differs)
    _group("Left to do", report.to_do)


def _group(title: str, notes: Iterable[Note]) -> None:
    """A heading and its notes; what holds for several is said once."""
    by_reason: dict[str, list[str]] = {}
    for note in notes:
        by_reason.setdefault(note.why, []).append(note.what)
    if not by_reason:
        return
    click.echo()
    click.secho(f"{title}:", bold=True)
    for why, whats in by_reason.items():
        if len(whats) == 1:
            click.echo(printable(f"  {whats[0]}: {why}"))
            continue
        click.echo(printable(f"  {why}:"))
        for what in whats:
            click.echo(printable(f"    {what}"))
