"""The log that nobody's work depends on."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import structlog

from notifier.observe.events import Attempted, EventPlanned
from notifier.observe.log import Lines, configure, log_observer
from notifier.worker.doorkeeper import Doorkeeper
from notifier.worker.troubles import Troubles


@pytest.fixture
def closed_pipe() -> Iterator[None]:
    """Whoever read the log is gone."""
    reader, writer = os.pipe()
    os.close(reader)
    log = open(writer, "w")  # noqa: SIM115, PTH123 - closed below, where its buffer can't be written either
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(log))
    yield
    structlog.reset_defaults()
    with pytest.raises(BrokenPipeError):
        log.close()


@pytest.mark.usefixtures("closed_pipe")
def test_a_line_that_cannot_be_written_is_left_out() -> None:
    """A closed pipe is no error of who is observed."""
    log_observer(EventPlanned("e1", "token_init", 1, 0, first_time=True))


@pytest.mark.usefixtures("closed_pipe")
def test_a_thread_of_the_doorkeeper_outlives_its_log() -> None:
    """One hiccup of Redis beside a dead log doesn't end the sweep."""
    stopped, runs = threading.Event(), list[int]()

    def task() -> None:
        runs.append(1)
        if len(runs) == 2:
            stopped.set()
        raise ConnectionError

    Doorkeeper._keep_on(cast("Doorkeeper", SimpleNamespace(_stopped=stopped, _troubles=Troubles())), task)

    assert len(runs) == 2


#: A thread writes into a full pipe, and stays there; a child that is forked meanwhile has another log, and writes.
FORKS = """
import logging, os, signal, sys, threading, time

from notifier.observe.log import configure, write

reader, writer = os.pipe()
os.dup2(writer, 2)
configure(logging.INFO)
threading.Thread(target=write, args=(logging.INFO, "x" * 1_000_000), daemon=True).start()
while os.read(reader, 1) != b"x":
    pass
child = os.fork()
if child == 0:
    signal.alarm(10)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    write(logging.INFO, "done")
    os._exit(0)
os._exit(os.waitpid(child, 0)[1] != 0)
"""


def test_a_child_that_is_forked_while_a_line_is_written_can_write() -> None:
    """It inherits no lock that nobody will ever open: it would hang at its first line, and its work with it."""
    assert subprocess.run([sys.executable, "-c", FORKS], timeout=60, check=False).returncode == 0


def test_lines_are_whole_and_bear_every_text(tmp_path: Path) -> None:
    """Of all levels; a lone surrogate is no error."""
    with (tmp_path / "log").open("w") as log:
        lines = Lines(log)
        lines.warning("a\udcff")
        lines.info("b" * 100_000)

    assert (tmp_path / "log").read_text() == "a\\udcff\n" + "b" * 100_000 + "\n"


def test_what_went_well_may_be_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    """A mail that went out unsigned is told; of the others the line is as it was."""
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(),
    )
    fixed = ("d", "e", "h", "mail", "relay", 1, "accepted", "ok", "sent", 1.0)

    log_observer(Attempted(*fixed))
    log_observer(Attempted(*fixed, "sent without its S/MIME signature: expired"))
    structlog.reset_defaults()

    plain, warned = map(json.loads, capsys.readouterr().out.splitlines())
    assert ("warning" in plain, plain["level"]) == (False, "info")
    assert (warned["warning"], warned["level"]) == ("sent without its S/MIME signature: expired", "warning")


def test_what_is_below_the_level_costs_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    """An accepted mail isn't told at WARNING; a misconfigured provider is."""
    fixed = ("d", "e", "h", "mail", "relay", 1)

    configure(logging.WARNING)
    log_observer(Attempted(*fixed, "accepted", "ok", "sent", 1.0))
    log_observer(Attempted(*fixed, "misconfigured", "auth_failed", "again", 1.0))
    configure(logging.NOTSET)
    structlog.reset_defaults()

    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["outcome"] == "misconfigured"
