"""One structured line per change of state: JSON on a pipe, text on a terminal. Ids and reasons, never a datum."""

from __future__ import annotations

import logging
import os
import sys
from contextlib import suppress
from dataclasses import fields
from typing import Any, TextIO

import structlog

from notifier.observe.events import (
    Attempted,
    ConfigurationChanged,
    ConfigurationRefused,
    DefinitionFailed,
    EventDeferred,
    EventPlanned,
    EventQuarantined,
    Observation,
    RestartNeeded,
)

#: Observation → the line's stable action name and its level.
_ACTIONS: dict[type, tuple[str, int]] = {
    EventPlanned: ("event.planned", logging.INFO),
    EventDeferred: ("event.deferred", logging.WARNING),
    EventQuarantined: ("event.quarantined", logging.WARNING),
    DefinitionFailed: ("definition.failed", logging.ERROR),
    Attempted: ("delivery.attempted", logging.INFO),
    ConfigurationChanged: ("configuration.changed", logging.INFO),
    ConfigurationRefused: ("configuration.refused", logging.ERROR),
    RestartNeeded: ("configuration.needs_restart", logging.WARNING),
}


class _Threshold:
    """What is below it isn't written; everything is until `configure`."""

    level = logging.NOTSET


class Lines:
    """Writes each line at once, and with no lock: a process forked while another thread writes would inherit it."""

    def __init__(self, log: TextIO) -> None:
        self._log = log
        try:
            self._file = log.fileno()
        except OSError:  # no file of the system, as where a test reads along
            self._file = -1

    def msg(self, message: str) -> None:
        """One line, whole: lines of several processes are not mixed up unless they are longer than a pipe's page."""
        if self._file < 0:
            self._log.write(message + "\n")
            return
        left = (message + "\n").encode(errors="backslashreplace")
        while left:
            left = left[os.write(self._file, left) :]

    log = debug = info = warn = warning = error = critical = fatal = exception = msg


def configure(level: int) -> None:
    """Set up the process's log, on standard error."""
    _Threshold.level = level
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.EventRenamer("action"),
            renderer,
        ]
        if not sys.stderr.isatty()
        else [structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="%H:%M:%S"), renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: Lines(sys.stderr),
        cache_logger_on_first_use=True,
    )


def write(level: int, action: str, **told: Any) -> None:
    """Write one line, if it can be written: a closed pipe or a full disk ends nobody's work."""
    with suppress(Exception):  # the observer boundary: nothing that only tells stands between a yes and its record
        structlog.get_logger().log(level, action, **told)


def log_observer(observation: Observation) -> None:
    """Write one observation as one line; what ended badly is a warning."""
    action, level = _ACTIONS[type(observation)]
    if isinstance(observation, Attempted) and (observation.warning or observation.step in ("dead", "expired", "held")):
        level = logging.WARNING
    if isinstance(observation, Attempted) and observation.outcome == "misconfigured":
        level = logging.ERROR  # the operator is told: waiting won't mend it
    if level < _Threshold.level:  # a mail accepted has two lines: what nobody reads must cost nothing
        return
    told = {field.name: getattr(observation, field.name) for field in fields(observation)}
    if not told.get("warning", True):
        del told["warning"]
    if "event" in told:  # structlog's own word for the message
        told["event_key"] = told.pop("event")
    write(level, action, **told)
