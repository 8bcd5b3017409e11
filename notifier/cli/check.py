"""`notifier check`: everything wrong with the configuration, at once."""

from __future__ import annotations

from typing import Any

import click

from notifier.cli.context import wiring_of
from notifier.cli.exits import Misused
from notifier.cli.output import emit, json_option
from notifier.errors import Problem

EXAMPLE = """\b
Example:
  notifier check --config /etc/token-notifier
  notifier check --strict

Exit codes: 0 no errors, 1 errors (with --strict: or warnings), 2 there is no such directory.
"""


@click.command(epilog=EXAMPLE)
@click.option("--strict", is_flag=True, help="Fail on warnings, too.")
@json_option
@click.pass_context
def check(context: click.Context, as_json: bool, strict: bool) -> None:
    """List every error of the configuration with its file, line and column.

    Warnings are what works and is hardly meant: a condition that never holds, a definition that never fires.
    """
    wiring = wiring_of(context)
    if not wiring.config.is_dir():
        raise Misused(
            f"no configuration directory {wiring.config}: name one with --config or NOTIFIER_CONFIG, or make one: "
            f"notifier init {wiring.config}"
        )
    problems = wiring.check()
    errors = [p for p in problems if not p.warning]
    warnings = [p for p in problems if p.warning]
    definitions = len(wiring.configuration.definitions) + len(wiring.configuration.broken)
    if as_json:
        emit({"errors": list(map(_row, errors)), "warnings": list(map(_row, warnings)), "definitions": definitions})
    else:
        for problem in problems:
            click.echo(line_of(problem))
        counts = [_count(definitions, "definition"), _count(len(errors), "error"), _count(len(warnings), "warning")]
        click.echo(f"{wiring.config}: {', '.join(counts)}")
    context.exit(1 if errors or (strict and warnings) else 0)


def line_of(problem: Problem) -> str:
    """``file:line:column: message``, warnings marked as compilers do."""
    if not problem.warning:
        return str(problem)
    place = f"{problem.file}:{problem.line}:{problem.column}: "
    return f"{place}warning: {str(problem).removeprefix(place)}"


def _row(problem: Problem) -> dict[str, Any]:
    return {name: getattr(problem, name) for name in ("file", "line", "column", "message", "hint")}


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
