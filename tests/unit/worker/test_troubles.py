"""What fails for ever is said more than once, and with its beginning."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import cast

from notifier.record.workers import Report
from notifier.worker.doorkeeper import Doorkeeper
from notifier.worker.reloader import Reloader
from notifier.worker.troubles import Troubles, place_of


def test_what_goes_on_is_said_again_every_minute(noon: datetime) -> None:
    """Once a second it fails; in three minutes that is said three times."""
    troubles = Troubles()

    said = [second for second in range(180) if troubles.failed("sweep", noon + timedelta(seconds=second), second)]

    assert said == [0, 60, 120]
    assert troubles.words(180) == "sweep failing since 2026-11-24T12:00:00+00:00"


def test_what_works_again_is_taken_back(noon: datetime) -> None:
    """By its thread alone, or since nothing failed for a minute; what comes then is a new trouble."""
    troubles = Troubles()
    assert troubles.failed("sweep", noon, 0)
    assert troubles.failed("watch", noon, 0)

    troubles.well("sweep")

    assert troubles.words(59) == "watch failing since 2026-11-24T12:00:00+00:00"
    assert troubles.words(60) is None
    assert troubles.failed("sweep", noon, 1)
    assert troubles.failed("watch", noon + timedelta(hours=1), 61)
    assert troubles.words(62) == "watch failing since 2026-11-24T13:00:00+00:00"


def test_status_is_told_beside_the_configuration_error(noon: datetime) -> None:
    """Both are in the worker's report, and neither where there is none."""
    troubles = Troubles()
    doorkeeper = cast("Doorkeeper", SimpleNamespace(_troubles=troubles))

    def told(error: str | None) -> str | None:
        reloader = SimpleNamespace(report=Report("v1", noon, error))
        return Doorkeeper._report(doorkeeper, cast("Reloader", reloader)).error

    assert told(None) is None
    assert told("a.yaml:1:1") == "a.yaml:1:1"
    troubles.failed("sweep", noon, time.monotonic())
    assert told(None) == "sweep failing since 2026-11-24T12:00:00+00:00"
    assert told("a.yaml:1:1") == "a.yaml:1:1; sweep failing since 2026-11-24T12:00:00+00:00"


def test_a_place_is_told_and_no_words() -> None:
    """File and line of the innermost call."""
    try:
        int("SECRET", base=-1)
    except ValueError as error:
        place = place_of(error)

    file, _, line = place.rpartition(":")
    assert file == __file__
    assert line.isdigit()
    assert place_of(ValueError("SECRET")) == ""
