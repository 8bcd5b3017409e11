"""`notifier worker`: the Celery worker in this process."""

from __future__ import annotations

import gc
import logging
import os

import click

from notifier.cli.check import line_of
from notifier.cli.context import connected, wiring_of
from notifier.errors import ConfigError
from notifier.model import Channel

EXAMPLE = """\b
Example:
  notifier worker -c 4
  notifier worker -Q mail -n mail1@%h
"""
QUEUES = ("events", *Channel)
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def _known(context: click.Context, parameter: click.Parameter, value: str) -> str:
    unknown = [name for name in value.split(",") if name not in QUEUES]
    if unknown:
        raise click.BadParameter(f"no queue {unknown[0]!r}; there are {', '.join(QUEUES)}", context, parameter)
    return value


@click.command(epilog=EXAMPLE)
@click.option("-c", "--concurrency", default=2, show_default=True, type=click.IntRange(1), help="Work at a time.")
@click.option("-Q", "--queues", default=",".join(QUEUES), show_default=True, callback=_known, help="Kinds of work.")
@click.option("-n", "--hostname", default="notifier@%h", show_default=True, help="A name of its own for each worker.")
@click.option("--pool", default="prefork", show_default=True, help="Celery's kind of pool.")
@click.option("-l", "--loglevel", default="WARNING", show_default=True, type=click.Choice(LEVELS, case_sensitive=False))
@click.option("-q", "--quiet", is_flag=True, help="Without Celery's banner.")
@click.pass_context
def worker(
    context: click.Context, concurrency: int, queues: str, hostname: str, pool: str, loglevel: str, quiet: bool
) -> None:
    """Run a worker: reads events, decides, writes messages, delivers them.

    SIGTERM lets it finish what it is at. `celery -A notifier.worker worker` is the same.
    """
    wiring = wiring_of(context)
    problems = wiring.check()
    if not wiring.configuration.usable:
        raise ConfigError(problems=problems)
    for problem in problems:
        click.echo(line_of(problem), err=True)
    connected(context)
    os.environ["NOTIFIER_CONFIG"] = str(wiring.config.absolute())
    code = run(
        [
            *(["--quiet"] if quiet else []),
            *("worker", "--without-gossip", "--without-mingle", "--task-events"),
            f"--loglevel={loglevel.upper()}",
            f"--concurrency={concurrency}",
            f"--queues={queues}",
            f"--hostname={hostname}",
            f"--pool={pool}",
        ],
        loglevel.upper(),
    )
    context.exit(code)


def run(arguments: list[str], level: str) -> int:
    """Hand over to Celery; the worker's exit code."""
    from celery.bin.celery import celery  # noqa: PLC0415 - Celery and the log only where they work
    from celery.worker import state  # noqa: PLC0415

    from notifier.cli import USUAL  # noqa: PLC0415 - imports us
    from notifier.observe.log import configure  # noqa: PLC0415

    configure(logging.getLevelNamesMapping()[level])
    # It works for long, unlike other commands.
    gc.set_threshold(*USUAL)
    # `app.worker_main` forgets the code: a worker that fell would look well to its supervisor.
    code = celery.main(["--app", "notifier.worker", *arguments], standalone_mode=False)
    return int(code or state.should_terminate or state.should_stop or 0)
