"""`notifier doctor`: the whole environment examined, each finding with its fix."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from notifier.cli.context import wiring_of
from notifier.cli.exits import ERROR, Misused
from notifier.cli.output import emit, json_option, on_terminal, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from notifier.examination.finding import Finding
    from notifier.wiring import Wiring

COLOURS = {"ok": "green", "note": "bright_black", "warning": "yellow", "error": "red"}
EXAMPLE = """\b
Example:
  notifier doctor
  notifier doctor --provider relay1
"""


@click.command(epilog=EXAMPLE)
@click.option("--provider", default="", help="Only this server or gateway.")
@click.option("--offline", is_flag=True, help="Only what needs no network.")
@click.option(
    "--timeout", default=60.0, show_default=True, type=click.FloatRange(1, 600), help="Seconds for all of it."
)
@json_option
@click.pass_context
def doctor(context: click.Context, provider: str, offline: bool, timeout: float, as_json: bool) -> None:
    """Examine configuration, Redis, workers and every provider, as far as one can without sending anything.

    Mail servers: name, TLS and its certificate, login, capabilities, sender; SPF, DKIM and DMARC where a resolver
    answers. Exit code 1 where something has to be mended.
    """
    wiring = wiring_of(context)
    if provider:
        _known(wiring, provider)
    from notifier.examination.doctor import Doctor  # noqa: PLC0415

    if on_terminal() and not as_json and not offline:
        click.echo(f"examining, {timeout:.0f} s at most ...", err=True)
    found = Doctor(wiring, datetime.now(UTC), provider=provider, offline=offline).examine(timeout)
    findings = list(found) if as_json else _told(found)
    if as_json:
        emit([{**asdict(f), "status": str(f.status)} for f in findings])
    if any(finding.status == "error" for finding in findings):
        raise click.exceptions.Exit(ERROR)


def _known(wiring: Wiring, provider: str) -> None:
    c = wiring.configuration
    known = [*c.smtp_servers, *c.sms_gateways]
    if provider not in known:
        from notifier.definitions.problems import did_you_mean  # noqa: PLC0415

        hint = did_you_mean(provider, known) or (f"there are {', '.join(known)}" if known else "there are none")
        raise Misused(f"no provider is called {provider!r}; {hint}")


def _told(found: Iterator[Finding]) -> Sequence[Finding]:
    """Each as it comes in: a slow server keeps nobody from reading what is known."""
    findings = []
    for finding in found:
        findings.append(finding)
        subject = f"{finding.area} {finding.name}".strip()
        click.secho(f"{finding.status:<8}", fg=COLOURS[finding.status], nl=False)
        click.echo(printable(f"{subject}: {finding.what}"))
        if finding.fix:
            click.secho(printable(f"{'':<8}  -> {finding.fix}"), bold=True)
    counts = {status: sum(f.status == status for f in findings) for status in COLOURS}
    click.echo()
    click.echo(", ".join(f"{number} {status}" for status, number in counts.items() if number))
    return findings
