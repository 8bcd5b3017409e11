"""A figure: what was measured several times, and the target it has."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

#: The unit of a curve that should be flat.
COST = "µs"


@dataclass(frozen=True, slots=True)
class Target:
    """A bound: at least so much, or at most."""

    bound: float
    at_least: bool = False

    def met(self, value: float) -> bool:
        return value >= self.bound if self.at_least else value <= self.bound


def at_least(bound: float) -> Target:
    return Target(bound, at_least=True)


def at_most(bound: float) -> Target:
    return Target(bound)


@dataclass(frozen=True, slots=True)
class Figure:
    """One row: a ratio has no unit."""

    name: str
    what: str
    values: Sequence[float]
    unit: str = ""
    target: Target | None = None
    #: What the reader must know to read it: another size than the target's, say.
    note: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def is_ratio(self) -> bool:
        return not self.unit

    @property
    def met(self) -> bool | None:
        """None: it has no target."""
        return self.target.met(self.median) if self.target else None

    def document(self) -> dict[str, Any]:
        """As it stands in the JSON."""
        target = {"bound": self.target.bound, "at_least": self.target.at_least} if self.target else None
        return {
            "name": self.name,
            "what": self.what,
            "unit": self.unit,
            "median": self.median,
            "min": min(self.values),
            "max": max(self.values),
            "values": list(self.values),
            "target": target,
            "met": self.met,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Curve:
    """Growth: what one costs, against how many there are."""

    name: str
    what: str
    along: str
    unit: str
    #: Size → cost, each measured several times.
    points: Sequence[tuple[int, Sequence[float]]] = field(default_factory=tuple)
    #: What a cost is shared by where more of them are more work: a cost for each must not grow.
    per: str = ""

    @property
    def bend(self) -> float | None:
        """The last point over the first: much more than 1 where a cost grows with its size; None: it isn't a cost."""
        return self._last_over(self._costs[0])

    @property
    def rise(self) -> float | None:
        """The last point over the least of all, so that what is shared at small sizes hides nothing."""
        return self._last_over(min(self._costs))

    @property
    def _costs(self) -> list[float]:
        return [statistics.median(values) / (size if self.per else 1) for size, values in self.points]

    def _last_over(self, base: float) -> float | None:
        return self._costs[-1] / base if self.unit == COST else None

    def document(self) -> dict[str, Any]:
        """As it stands in the JSON."""
        points = [{"at": at, "median": statistics.median(v), "min": min(v), "max": max(v)} for at, v in self.points]
        return {
            "name": self.name,
            "what": self.what,
            "along": self.along,
            "unit": self.unit,
            "bend": self.bend,
            "rise": self.rise,
            "per": self.per,
            "points": points,
        }


Found = Figure | Curve


def each(ours: Iterable[float], theirs: Iterable[float]) -> list[float]:
    """The ratio of each round: what disturbs a round disturbs both."""
    return [one / other for one, other in zip(ours, theirs, strict=True)]
