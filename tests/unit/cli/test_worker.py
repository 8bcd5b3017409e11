"""`worker`: what is handed to Celery, and what stops it before."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from notifier.cli import cli
from notifier.cli import worker as module
from notifier.errors import Problem


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What Celery was started with."""
    calls: list[Any] = []
    monkeypatch.setattr(module, "run", lambda *handed: calls.append(handed) or 0)
    monkeypatch.setenv("NOTIFIER_CONFIG", "before")
    return calls


def start(*arguments: str, usable: bool = True, problems: tuple[Problem, ...] = ()) -> Result:
    """Run the verb over a configuration like that."""
    house = SimpleNamespace(config=Path("here"), check=lambda: problems, configuration=SimpleNamespace(usable=usable))
    return CliRunner().invoke(cli, ["worker", *arguments], obj={"wiring": house, "connected": True})


def test_celery_gets_what_was_said(handed: list[Any]) -> None:
    """Concurrency, queues, name, pool and level, and no chatter among workers."""
    result = start("-c", "5", "-Q", "mail,sms", "-n", "m1@%h", "--pool", "threads", "-l", "info")

    arguments, level = handed[0]
    assert result.exit_code == 0
    assert level == "INFO"
    assert arguments == [
        *("worker", "--without-gossip", "--without-mingle", "--task-events", "--loglevel=INFO", "--concurrency=5"),
        *("--queues=mail,sms", "--hostname=m1@%h", "--pool=threads"),
    ]
    assert os.environ["NOTIFIER_CONFIG"] == str(Path("here").absolute())


def test_a_problem_of_one_definition_does_not_stop_the_others(handed: list[Any]) -> None:
    """It is printed, and the worker works."""
    result = start(problems=(Problem("handlers/a.yaml", 1, 1, "bad"),))

    assert result.exit_code == 0
    assert "handlers/a.yaml:1:1: bad" in result.stderr
    assert len(handed) == 1


def test_a_configuration_that_cannot_be_read_stops_it(handed: list[Any]) -> None:
    """Nobody knows what the file would have said."""
    result = start(usable=False, problems=(Problem("handlers/a.yaml", 1, 1, "no YAML"),))

    assert result.exit_code == 1
    assert result.stderr.splitlines()[0] == "handlers/a.yaml:1:1: no YAML"
    assert handed == []


def test_a_queue_nobody_rings_is_wrong_usage(handed: list[Any]) -> None:
    """A mistyped queue would leave a worker idle for ever."""
    result = start("-Q", "events,mial")

    assert result.exit_code == 2
    assert "no queue 'mial'; there are events, mail, sms, file" in result.stderr
    assert handed == []
