"""`notifier check`: everything wrong with the configuration, at once."""

from __future__ import annotations

from dataclasses import asdict

import click

from notifier.cli.output import json_option, print_json, wiring_of


@click.command(epilog="\b\nExample:\n  notifier --config /etc/notifier check")
@json_option
@click.pass_context
def check(context: click.Context, as_json: bool) -> int:
    """Report every error of the configuration as file:line:column. Exit code 0: clean, 1: errors, 2: could not run."""
    wiring = wiring_of(context)
    problems = wiring.check()
    errors = [p for p in problems if not p.warning]
    warnings = [p for p in problems if p.warning]
    count = len(wiring.configuration.definitions) + len(wiring.configuration.broken)
    if as_json:
        print_json(
            {
                "errors": [asdict(p) for p in errors],
                "warnings": [asdict(p) for p in warnings],
                "definitions": count,
            }
        )
    else:
        for problem in problems:
            kind = click.style("warning", fg="yellow") if problem.warning else click.style("error", fg="red")
            click.echo(f"{kind}: {problem}")
        summary = f"{wiring.config}: {count} definitions, {len(errors)} errors, {len(warnings)} warnings"
        click.echo(click.style(summary, fg="red" if errors else "green"))
    return 1 if errors else 0
