"""`notifier worker`: the Celery worker, set up as it should be."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import click

from notifier.cli.output import wiring_of
from notifier.errors import ConfigError

EXAMPLE = "\b\nExample:\n  notifier worker -Q mail -c 4 -n mail@%h"


@click.command(epilog=EXAMPLE)
@click.option("-c", "--concurrency", default=2, show_default=True, help="Child processes.")
@click.option("-Q", "--queues", default="events,mail,sms,file", show_default=True, help="What to work on.")
@click.option("-n", "--hostname", default="worker@%h", show_default=True, help="The worker's name; %h is the host.")
@click.option("-P", "--pool", default="prefork", show_default=True, help="prefork, threads or solo.")
@click.option("-l", "--loglevel", default="INFO", show_default=True, help="Of our own log; Celery's is WARNING.")
@click.pass_context
def worker(context: click.Context, concurrency: int, queues: str, hostname: str, pool: str, loglevel: str) -> int:
    """Evaluate events and deliver messages. `celery -A notifier.worker worker` is the same."""
    from notifier.observe.log import configure  # noqa: PLC0415 - celery and structlog only here

    os.environ["NOTIFIER_CONFIG"] = str(Path(context.obj["config"]).resolve())
    wiring = wiring_of(context)
    for problem in wiring.check():
        click.echo(("warning: " if problem.warning else "error: ") + str(problem), err=True)
    if not wiring.configuration.usable:
        raise ConfigError("the configuration can't be read: mend the errors above; events wait in the stream")
    wiring.redis.ping()
    configure(logging.getLevelNamesMapping().get(loglevel.upper(), logging.INFO))

    from notifier.worker import app  # noqa: PLC0415

    arguments = ["worker", "--without-gossip", "--without-mingle", "-E", "-l", "WARNING"]
    app.worker_main([*arguments, "-P", pool, "-c", str(concurrency), "-Q", queues, "-n", hostname])
    return 0
