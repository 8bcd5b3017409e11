"""The log that nobody's work depends on."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import pytest
import structlog

from notifier.observe.events import EventPlanned
from notifier.observe.log import log_observer
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
