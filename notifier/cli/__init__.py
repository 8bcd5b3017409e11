"""The operator's desk. `main` is the command ``notifier``; verbs are loaded when they are used."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import click

from notifier import __version__
from notifier.errors import ConfigError, NotifierError, RedisUnreachable, UnreadableEvent

#: Exit codes (docs/commands.md); 65 and 75 are those of sysexits.h.
OK, ERRORS, USAGE, BAD_INPUT, UNAVAILABLE, INTERRUPTED = 0, 1, 2, 65, 75, 130

VERBS = {
    "up": "notifier.cli.up:up",
    "demo": "notifier.cli.demo:demo",
    "worker": "notifier.cli.worker:worker",
    "publish": "notifier.cli.publish:publish",
    "check": "notifier.cli.check:check",
    "explain": "notifier.cli.explain:explain",
    "show": "notifier.cli.show:show",
    "dead": "notifier.cli.dead:dead",
    "quarantine": "notifier.cli.quarantine:quarantine",
    "status": "notifier.cli.status:status",
}


class Verbs(click.Group):
    """Loads a verb's module only when it is asked for, so that `notifier status` starts at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """In the order of a day's work."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """One verb."""
        if cmd_name not in VERBS:
            return None
        module, _, name = VERBS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        if not any(param.name == "config_here" for param in command.params):
            command.params.append(_config_option())
        return command


def _config_option() -> click.Option:
    """``--config`` is understood behind the verb as well."""

    def use(context: click.Context, _: click.Parameter, value: str | None) -> None:
        if value is not None:
            context.obj["config"] = value

    return click.Option(
        ["--config", "config_here"],
        metavar="DIR",
        expose_value=False,
        callback=use,
        is_eager=True,
        help="Configuration directory (NOTIFIER_CONFIG).",
    )


@click.group(cls=Verbs, epilog="\b\nExample:\n  notifier check && notifier up")
@click.option("--config", metavar="DIR", default="config", envvar="NOTIFIER_CONFIG", show_default=True,
              help="Configuration directory.")  # fmt: skip
@click.version_option(__version__, prog_name="notifier")
@click.pass_context
def cli(context: click.Context, config: str) -> None:
    """Token events become mails and SMS, and nothing accepted is lost."""
    context.obj = {"config": config}


def main(arguments: list[str] | None = None) -> None:
    """Run a command; every error is one clear line and an exit code."""
    try:
        code: Any = cli.main(arguments, prog_name="notifier", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing left to be said at exit
        code = OK
    except Exception as error:
        code = _code(error)
        if code is None:
            raise
        click.echo(f"notifier: {_line(error)}", err=True)
    sys.exit(code if isinstance(code, int) else OK)


def _code(error: Exception) -> int | None:
    """The exit code of an error that was to be expected; None for a bug."""
    if isinstance(error, RedisUnreachable):
        return UNAVAILABLE
    if isinstance(error, UnreadableEvent):
        return BAD_INPUT
    if isinstance(error, ConfigError):
        return ERRORS if error.problems or "mend" in str(error) else USAGE
    if isinstance(error, NotifierError):
        return ERRORS
    from redis.exceptions import ConnectionError, RedisError, TimeoutError  # noqa: A004, PLC0415

    if isinstance(error, (ConnectionError, TimeoutError)):
        return UNAVAILABLE
    return ERRORS if isinstance(error, RedisError) else None


def _line(error: Exception) -> str:
    if isinstance(error, NotifierError):
        return str(error)
    return (
        f"Redis can't be reached or refuses ({type(error).__name__}): check NOTIFIER_REDIS_URL, or start `notifier up`"
    )
