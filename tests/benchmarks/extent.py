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
    #: The sizes, too, that take long to reach.
    large: bool = False

    @property
    def rounds(self) -> range:
        return range(self.repeat)

    def of(self, usual: int, least: int = 1) -> int:
        """So many in place of the usual number."""
        return max(round(usual * self.scale), least)

    def sizes(self, *usual: int, large: int | None = None) -> list[int]:
        """The points of a curve; ``large``: the one that is only reached when asked for."""
        wanted = [*usual, large] if self.large and large is not None else usual
        return sorted({self.of(size, least=0) for size in wanted})


@contextmanager
def room() -> Iterator[Path]:
    """A directory for one measure."""
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as directory:
        yield Path(directory)
