"""The command line as a whole: exit codes, ``--config``, help."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from click.testing import CliRunner
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from notifier import __version__
from notifier.cli import cli
from notifier.cli.exits import failure
from notifier.errors import ConfigError, MissingExtra, NotifierError, Problem, RedisUnreachable, UnreadableEvent


class Raising:
    """A wiring that fails when it is asked anything."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __getattr__(self, name: str) -> Any:
        raise self.error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotifierError("no such thing"), 1),
        (ConfigError("no directory"), 1),
        (MissingExtra("LDAP", "ldap"), 1),
        (UnreadableEvent("not_json", "it isn't"), 65),
        (RedisUnreachable(), 75),
        (RedisConnectionError("Error 111 connecting"), 75),
        (ResponseError("NOPERM"), 1),
        (KeyboardInterrupt(), 130),
    ],
)
def test_each_error_has_its_exit_code_and_one_line(error: BaseException, code: int) -> None:
    """What goes wrong on purpose ends in one line on standard error, never in a traceback."""
    result = CliRunner().invoke(cli, ["status"], obj={"wiring": Raising(error), "connected": True})

    assert result.exit_code == code
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("notifier: ") or isinstance(error, KeyboardInterrupt)


def test_a_bug_is_no_expected_error() -> None:
    """A bug keeps its traceback."""
    result = CliRunner().invoke(cli, ["status"], obj={"wiring": Raising(ZeroDivisionError()), "connected": True})

    assert isinstance(result.exception, ZeroDivisionError)


def test_a_configuration_error_lists_all_its_problems(capsys: pytest.CaptureFixture[str]) -> None:
    """All problems with their places, then one line that says what to do."""
    found = failure(ConfigError(problems=(Problem("a.yaml", 1, 2, "bad"), Problem("b.yaml", 3, 4, "worse"))))
    found.show()

    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "a.yaml:1:2: bad",
        "b.yaml:3:4: worse",
        "notifier: the configuration can't be used: mend the errors above",
    ]


@pytest.mark.parametrize("arguments", [["--config", "here", "check"], ["check", "--config", "here"]])
def test_config_may_stand_before_or_after_the_verb(arguments: list[str]) -> None:
    """Nobody has to remember where it goes."""
    result = CliRunner().invoke(cli, arguments)

    assert result.exit_code == 2
    assert "no configuration directory here" in result.stderr


def test_config_after_the_verb_of_a_group_and_from_the_environment() -> None:
    """The last word wins: the verb's, the command's, the environment's."""
    seen = []

    class Watching:
        desk = SimpleNamespace(letters=lambda _: seen.append(click.get_current_context().obj["config"]) or iter(()))

    obj: dict[str, Any] = {"wiring": Watching(), "connected": True}
    environ = {"NOTIFIER_CONFIG": "environment"}
    for arguments in (["dead", "list"], ["dead", "list", "--config", "leaf"], ["dead", "--config", "group", "list"]):
        assert CliRunner().invoke(cli, arguments, obj=dict(obj), env=environ).exit_code == 0

    assert seen == [Path("environment"), Path("leaf"), Path("group")]


def commands(group: click.Group, context: click.Context) -> list[tuple[str, click.Command]]:
    """All commands below a group, by name."""
    found = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        found.append((name, command))
        if isinstance(command, click.Group):
            found += [(f"{name} {sub}", c) for sub, c in commands(command, click.Context(command, parent=context))]
    return found


def test_every_help_ends_with_an_example() -> None:
    """Help shows what to type."""
    for name, command in commands(cli, click.Context(cli)):
        result = CliRunner().invoke(cli, [*name.split(), "--help"])

        assert result.exit_code == 0
        _, _, example = result.output.partition("Example:\n")
        assert f"notifier {name.split()[0]}" in example, name
        assert "--config DIR" in result.output
        assert command.help


def test_every_verb_but_those_that_run_things_has_json() -> None:
    """Programs can read what people can."""
    for name, command in commands(cli, click.Context(cli)):
        if not isinstance(command, click.Group) and name not in ("up", "demo", "init", "worker"):
            assert any(p.name == "as_json" for p in command.params), name


def test_the_list_of_verbs_loads_none_of_them() -> None:
    """``notifier --help`` doesn't wait for anything."""
    heavy = ("redis", "celery", "pydantic", "rich", "jinja2", "notifier.wiring")
    script = (
        "import sys\nfrom click.testing import CliRunner\nfrom notifier.cli import cli\n"
        f"r = CliRunner().invoke(cli, ['--help'])\nprint(r.exit_code, [m for m in {heavy!r} if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert result.stdout.strip() == "0 []"


def test_a_short_command_looks_rarely_for_garbage() -> None:
    """It would find none, at the start as at the end, and is over sooner."""
    script = (
        "import atexit, gc, sys\nfrom notifier.cli import main\n"
        "atexit.register(lambda: print(gc.get_threshold()[0] > 700, gc.get_freeze_count() > 0))\n"
        "sys.argv = ['notifier', '--version']\nmain()"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert result.stdout.splitlines()[-1] == "True True"


def test_the_version_and_an_unknown_verb() -> None:
    """``--version`` says it; a verb nobody knows is wrong usage."""
    assert CliRunner().invoke(cli, ["--version"]).output.strip().endswith(__version__)
    assert CliRunner().invoke(cli, ["publsh"]).exit_code == 2
