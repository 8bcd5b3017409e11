"""`notifier health`: probes for a supervisor. *Live*: a restart wouldn't help. *Ready*: events become messages."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from notifier.cli.context import connected
from notifier.cli.exits import ERROR
from notifier.cli.group import Group
from notifier.cli.output import emit, json_option, printable
from notifier.errors import RedisUnreachable

if TYPE_CHECKING:
    from notifier.record.workers import Report

#: A probe that waits longer is taken for a failure by whoever asks.
SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Health:
    """The answer to a probe."""

    ok: bool
    why: str
    workers: tuple[str, ...] = ()


@click.group(cls=Group, epilog="\b\nExample:\n  notifier health live\n  notifier health ready --json")
def health() -> None:
    """Probes for a supervisor: exit code 0 or 1, and one line that says why."""


@health.command(epilog="\b\nExample:\n  notifier health live\n  notifier health live --worker mail@host1")
@click.option("--worker", default="", help="A worker's name; otherwise any worker of this host.")
@json_option
@click.pass_context
def live(context: click.Context, worker: str, as_json: bool) -> None:
    """Tell whether a worker of this host gives signs of life.

    While Redis is away nobody can know, and no restart would help: that counts as live.
    """
    try:
        found = _named(connected(context, SECONDS).workers.reports(), worker)
    except RedisUnreachable as error:
        _answer(Health(ok=True, why=f"nobody knows: {error}"), as_json=as_json)
        return
    _answer(_alive(found, worker), as_json=as_json)


@health.command(epilog="\b\nExample:\n  notifier health ready")
@json_option
@click.pass_context
def ready(context: click.Context, as_json: bool) -> None:
    """Tell whether events become messages: Redis answers, the configuration is usable, a worker runs somewhere."""
    for look in (_redis, _configuration, _workers):
        answer = look(context)
        if not answer.ok:
            break
    _answer(answer, as_json=as_json)


def _redis(context: click.Context) -> Health:
    try:
        connected(context, SECONDS)
    except RedisUnreachable as error:
        return Health(ok=False, why=str(error))
    return Health(ok=True, why="Redis answers")


def _configuration(context: click.Context) -> Health:
    configuration = connected(context).configuration
    return Health(configuration.usable, "the configuration can't be used; `notifier check` says why")


def _workers(context: click.Context) -> Health:
    return _alive(connected(context).workers.reports(), "")


def _named(reports: dict[str, Report], worker: str) -> dict[str, Report]:
    """Those that are meant: of that name, or of this host."""
    here = f"@{socket.gethostname()}"
    return {name: r for name, r in reports.items() if (name == worker if worker else name.endswith(here))}


def _alive(found: dict[str, Report], worker: str) -> Health:
    if not found:
        return Health(ok=False, why=f"no sign of life from {worker or 'any worker'}; start `notifier worker`")
    return Health(ok=True, why=f"{', '.join(found)} works", workers=tuple(found))


def _answer(answer: Health, *, as_json: bool) -> None:
    if as_json:
        emit(_document(answer))
    else:
        click.echo(printable(f"{'ok' if answer.ok else 'not ok'}: {answer.why}"))
    if not answer.ok:
        raise click.exceptions.Exit(ERROR)


def _document(answer: Health) -> dict[str, Any]:
    return {"ok": answer.ok, "why": answer.why, "workers": list(answer.workers)}
