"""A configuration to begin with."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from notifier.cli import cli


def test_what_init_writes_can_be_used_and_is_never_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next commands are those it names; a directory with something in it is left alone."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine.txt").write_text("mine")

    made = CliRunner().invoke(cli, ["init"])
    checked = CliRunner().invoke(cli, ["check"])
    again = CliRunner().invoke(cli, ["init"])
    other = CliRunner().invoke(cli, ["init", "other"])

    assert made.exit_code == 0, made.output
    assert "notifier check\n" in made.stdout
    assert checked.exit_code == 0, checked.output
    assert (again.exit_code, again.stderr) == (2, "notifier: config isn't empty; name another directory\n")
    assert other.exit_code == 2
    assert [file.name for file in (tmp_path / "other").iterdir()] == ["mine.txt"]
