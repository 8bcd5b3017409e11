"""`notifier init`: a configuration to begin with."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from notifier.cli.exits import Misused
from notifier.cli.processes import shipped_config

EXAMPLE = """\b
Example:
  notifier init
  notifier init /etc/notifier
"""


@click.command(epilog=EXAMPLE)
@click.argument("directory", metavar="[DIR]", required=False, type=click.Path(path_type=Path, file_okay=False))
@click.pass_context
def init(context: click.Context, directory: Path | None) -> None:
    """Write the example configuration into DIR (--config where it isn't given); one that isn't empty is left alone."""
    place = directory or context.obj["config"]
    try:
        if place.is_dir() and any(place.iterdir()):
            raise Misused(f"{place} isn't empty; name another directory")
        shutil.copytree(
            shipped_config(), place, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "examples")
        )
    except OSError as error:
        raise Misused(f"{place} can't be written: {error.strerror or 'some files failed'}") from None
    option = "" if place == Path("config") else f" --config {place}"
    click.echo(f"{place} has the example configuration. Write your mail server into smtp_servers.yaml, then:")
    click.echo(f"  notifier check{option}\n  notifier up{option}")
