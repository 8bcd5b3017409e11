"""How much is measured."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Extent:
    """How often each figure is taken, and of how much."""

    repeat: int = 3
    #: Of the usual sizes: to try a measure out, or to see more than usual.
    scale: float = 1.0

    @property
    def rounds(self) -> range:
        return range(self.repeat)

    def of(self, usual: int, least: int = 1) -> int:
        """So many in place of the usual number."""
        return max(round(usual * self.scale), least)


@contextmanager
def room() -> Iterator[Path]:
    """A directory for one measure."""
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as directory:
        yield Path(directory)
