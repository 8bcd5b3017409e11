"""Groups of commands that load a command when it is asked for, so that none waits for the others' imports."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import click

from notifier.cli.exits import INTERRUPTED, expected_errors, failure


class Verb(NamedTuple):
    """Where a command is, and its line in the list."""

    module: str
    name: str
    short_help: str


def _remember(context: click.Context, parameter: click.Parameter, value: Path | None) -> None:  # noqa: ARG001
    context.ensure_object(dict)
    if value is not None:
        context.obj["config"] = value


def config_option(**more: Any) -> click.Option:
    """``--config DIR``: every command has it, so it may stand before or after the verb."""
    return click.Option(
        ["--config"],
        type=click.Path(path_type=Path),
        metavar="DIR",
        expose_value=False,
        is_eager=True,
        callback=_remember,
        help="The configuration directory.",
        **more,
    )


class Group(click.Group):
    """A group whose commands take ``--config``, too."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, able to take ``--config``."""
        command = super().get_command(ctx, cmd_name)
        if command is not None and not any(p.name == "config" for p in command.params):
            command.params.append(config_option())
        return command


class Root(Group):
    """The group of all verbs: loads them when named, and turns errors into one line and an exit code."""

    def __init__(self, *arguments: Any, verbs: Mapping[str, Verb], **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._verbs = verbs

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The verbs in the order of the table."""
        return list(self._verbs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a verb."""
        verb = self._verbs.get(cmd_name)
        if verb is not None and cmd_name not in self.commands:
            self.add_command(getattr(import_module(verb.module), verb.name), cmd_name)
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list of verbs, without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, verb.short_help) for name, verb in self._verbs.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run; what goes wrong on purpose ends in one line."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo(err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None
        except expected_errors() as error:
            raise failure(error) from error
