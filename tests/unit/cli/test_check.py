"""`check`: every problem with its place."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from click.testing import CliRunner

from notifier.cli import cli
from notifier.errors import Problem

ERROR = Problem("handlers/a.yaml", 3, 5, "unknown key 'evnt'", "did you mean 'event'?")
WARNING = Problem("notifier.yaml", 1, 1, "odd", warning=True)


def wiring(path: Path, *problems: Problem) -> Any:
    """A wiring that found these."""
    return SimpleNamespace(
        config=path,
        check=lambda: tuple(sorted(problems)),
        configuration=SimpleNamespace(definitions=(1, 2), broken=(3,)),
    )


def test_problems_are_lines_an_editor_understands(tmp_path: Path) -> None:
    """file:line:column, then the sum."""
    result = CliRunner().invoke(cli, ["check"], obj={"wiring": wiring(tmp_path, WARNING, ERROR)})

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "handlers/a.yaml:3:5: unknown key 'evnt' (did you mean 'event'?)",
        "notifier.yaml:1:1: warning: odd",
        f"{tmp_path}: 3 definitions, 1 error, 1 warning",
    ]


def test_json_parts_errors_and_warnings(tmp_path: Path) -> None:
    """One document for a pipeline that gates on it."""
    result = CliRunner().invoke(cli, ["check", "--json"], obj={"wiring": wiring(tmp_path, WARNING, ERROR)})

    row = {"file": "handlers/a.yaml", "line": 3, "column": 5, "message": ERROR.message, "hint": ERROR.hint}
    warning = {"file": "notifier.yaml", "line": 1, "column": 1, "message": "odd", "hint": ""}
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {"errors": [row], "warnings": [warning], "definitions": 3}


def test_warnings_alone_are_no_failure(tmp_path: Path) -> None:
    """Exit 0 where everything works."""
    result = CliRunner().invoke(cli, ["check"], obj={"wiring": wiring(tmp_path, WARNING)})

    assert result.exit_code == 0
    assert result.stdout.endswith("3 definitions, 0 errors, 1 warning\n")


def test_strict_fails_on_warnings(tmp_path: Path) -> None:
    """For whoever gates on a configuration without doubts; a clean one passes."""
    doubtful = CliRunner().invoke(cli, ["check", "--strict"], obj={"wiring": wiring(tmp_path, WARNING)})
    clean = CliRunner().invoke(cli, ["check", "--strict"], obj={"wiring": wiring(tmp_path)})

    assert (doubtful.exit_code, clean.exit_code) == (1, 0)


def test_no_directory_is_exit_2(tmp_path: Path) -> None:
    """Nothing was checked: neither clean nor wrong."""
    result = CliRunner().invoke(cli, ["check", "--json", "--config", str(tmp_path / "none")])

    assert result.exit_code == 2
    assert result.stdout == ""
    assert "NOTIFIER_CONFIG" in result.stderr
