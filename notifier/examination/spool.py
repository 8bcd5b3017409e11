"""A producer's spool: whether events can be kept there while Redis is away, and what lies there."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from notifier.errors import SpoolUnusable
from notifier.examination.finding import Finding, Subject
from notifier.spool.directory import Spool


def examine_spool(subject: Subject, directory: Path) -> Iterator[Finding]:
    """Its directory, and the events in it."""
    if not directory.exists():
        # A publish makes it, and what is missing above it.
        above = next(parent for parent in directory.absolute().parents if parent.exists())
        if os.access(above, os.W_OK | os.X_OK):
            yield subject.ok("it is made when it is needed")
        else:
            yield subject.error("it can't be made", "make it, for the producer's user")
        return
    if not directory.is_dir() or not os.access(directory, os.R_OK | os.W_OK | os.X_OK):
        yield subject.error("nothing can be kept there", "make it a directory of the producer's user")
        return
    spool = Spool(directory.absolute(), writer="", clock=time.time_ns)
    try:
        waiting, refused = len(spool.listing()), len(spool.refused())
    except (SpoolUnusable, OSError) as error:
        yield subject.error(str(error), "see its owner and its mode")
        return
    if waiting:
        yield subject.warning(
            f"{waiting} wait there for Redis", "the next publish takes them, or `notifier spool flush`"
        )
    if refused:
        yield subject.warning(f"{refused} were set aside, for they are no events", "`notifier spool list` shows why")
    if not waiting and not refused:
        yield subject.ok("events can be kept there, and none waits")
