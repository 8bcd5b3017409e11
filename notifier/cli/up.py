"""`notifier up`: all of it on one machine."""

from __future__ import annotations

import importlib.util
import signal
import threading
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

import click

from notifier.cli.processes import Household, flower_password
from notifier.embedded import EmbeddedRedis, default_directory
from notifier.errors import ConfigError
from notifier.wiring import Wiring

EXAMPLE = """\b
Example:
  notifier up
  redis-cli -s <the socket it prints> XADD token-events '*' event "$(cat event.json)"
"""


@click.command(epilog=EXAMPLE)
@click.option("-c", "--concurrency", default=4, show_default=True, help="Deliveries at a time.")
@click.option("--flower/--no-flower", default=True, show_default=True, help="Start Flower too.")
@click.option("--flower-port", default=5555, show_default=True)
@click.pass_context
def up(context: click.Context, concurrency: int, flower: bool, flower_port: int) -> None:
    """Start everything on this machine: Redis (embedded unless a URL is configured), workers, Flower.

    Ctrl-C finishes what is being delivered and stops all of it; what waits is kept.
    """
    wiring = Wiring(Path(context.obj["config"]).resolve())
    problems = wiring.check()
    for problem in problems:
        click.echo(("warning: " if problem.warning else "") + str(problem), err=True)
    if not wiring.configuration.usable:
        raise ConfigError("the configuration can't be used: mend the errors above (`notifier check` lists them)")
    stopped = threading.Event()
    with ExitStack() as stack:
        data = default_directory(wiring.environ, wiring.config)
        url = wiring.environ.get("NOTIFIER_REDIS_URL") or wiring.configuration.settings.redis_url
        embedded = None
        if not url:
            embedded = EmbeddedRedis(data, appendfsync=wiring.configuration.settings.appendfsync)
            url = stack.enter_context(embedded).url
        click.echo(f"Redis     {_shown(url)}")
        household = Household(wiring.config, url, lease=wiring.longest_lease.total_seconds())
        stack.callback(household.stop)
        _on_signals(stopped, stack)
        household.add_worker("events", "events", 1)
        household.add_worker("deliveries", "mail,sms,file", concurrency)
        click.echo(f"Workers   events (1), deliveries ({concurrency})")
        if flower:
            _start_flower(household, wiring, data, flower_port)
        click.echo("Ready. Ctrl-C stops everything; what waits is kept.")
        while not stopped.wait(0.5):
            if embedded and embedded.fallen:
                click.echo("Redis ended; starting it again", err=True)
                embedded.start()
            for line in household.watch():
                click.echo(line, err=True)
        click.echo("Stopping: finishing what is being delivered ...")
    click.echo("Stopped.")


def _start_flower(household: Household, wiring: Wiring, data: Path, port: int) -> None:
    if importlib.util.find_spec("flower") is None:
        click.echo("Flower    not installed: pip install flower (or --no-flower)", err=True)
        return
    if any(
        name in wiring.environ for name in ("NOTIFIER_FLOWER_AUTH", "NOTIFIER_FLOWER_AUTH_FILE", "FLOWER_BASIC_AUTH")
    ):
        household.add_flower(port)
        click.echo(f"Flower    http://127.0.0.1:{port} (the user you configured)")
    else:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        household.add_flower(port, NOTIFIER_FLOWER_AUTH=f"admin:{flower_password(data)}")
        click.echo(f"Flower    http://127.0.0.1:{port} user admin, password in {data / 'flower-password'}")


def _shown(url: str) -> str:
    """The URL without its password; a socket as redis-cli wants it."""
    scheme, _, rest = url.partition("?")[0].partition("://")
    place = rest.rpartition("@")[2]
    return f"redis-cli -s {place}" if scheme == "unix" else f"{scheme}://{place}"


def _on_signals(stopped: threading.Event, stack: ExitStack) -> None:
    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the handler's signature
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        previous = signal.signal(number, stop)
        stack.callback(signal.signal, number, previous)
