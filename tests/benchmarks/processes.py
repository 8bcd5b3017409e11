"""What processes use, as the kernel counts it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def cpu_seconds(session: int) -> float:
    """CPU of all processes of a session, and of their children that have ended."""
    return sum(sum(map(int, fields[11:15])) for fields in _of(session)) / TICKS


def cpu_of(process: int) -> float:
    """CPU of one process."""
    return sum(map(int, _fields(process)[11:13])) / TICKS


def resident(session: int) -> int:
    """Bytes in memory of all processes of a session; what they share counts for each."""
    return sum(int(fields[21]) for fields in _of(session)) * PAGE


def _of(session: int) -> Iterator[list[str]]:
    for directory in Path("/proc").iterdir():
        if directory.name.isdigit():
            try:
                fields = _fields(int(directory.name))
            except OSError:  # it has just ended
                continue
            if int(fields[3]) == session:
                yield fields


def _fields(process: int) -> list[str]:
    """From the state on: what comes before may hold blanks."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
