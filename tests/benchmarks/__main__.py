"""`python -m benchmarks`: measure, print a table, leave JSON, Markdown and a plot in ``build/``."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.capacity_page import capacity_page
from benchmarks.extent import Extent
from benchmarks.figures import Found
from benchmarks.measures import DEFAULT, MEASURES
from benchmarks.report import document, into, page
from notifier.observe.log import configure

DOCS = Path(__file__).parents[2] / "docs"


def main() -> int:
    """Measure what was asked for."""
    wanted = _arguments()
    configure(logging.WARNING)
    extent = Extent(wanted.repeat, wanted.scale, wanted.large or wanted.page)
    found: list[Found] = []
    began = time.monotonic()
    for name in wanted.only or DEFAULT:
        at = time.monotonic()
        print(f"{name} ...", end="", file=sys.stderr, flush=True)
        found.extend(MEASURES[name](extent))
        print(f" {time.monotonic() - at:.0f} s", file=sys.stderr)
    whole = document(found, extent, time.monotonic() - began) | {"measured": list(wanted.only or DEFAULT)}
    wanted.to.mkdir(parents=True, exist_ok=True)
    (wanted.to / "bench.json").write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n")
    text = page(whole)
    (wanted.to / "bench.md").write_text(text)
    print(text)
    if wanted.page:
        _publish(whole)
    to = DOCS / "figures" if wanted.page and not wanted.only else wanted.to
    try:
        from benchmarks.plot import draw  # noqa: PLC0415 - matplotlib is an extra
    except ImportError:
        print("no plot: pip install -e '.[bench]'", file=sys.stderr)
    else:
        draw(whole, to)
    return 0


def _publish(whole: Mapping[str, Any]) -> None:
    """Write the pages anew; that of a part is written alone where it is measured alone."""
    pages = {"capacity.md": capacity_page(whole)}
    if set(whole["measured"]) == set(DEFAULT):
        pages["performance.md"] = page(whole, beside="capacity-")
    for name, text in pages.items():
        if text:
            (DOCS / name).write_text(into((DOCS / name).read_text(), text))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure what an event costs, beside what others take for less. Nothing is asserted.",
    )
    parser.add_argument("--only", action="append", choices=MEASURES, help="may be given several times")
    parser.add_argument("--repeat", type=int, default=3, help="rounds of each; default %(default)s")
    parser.add_argument("--scale", type=float, default=1.0, help="of the usual sizes; default %(default)s")
    parser.add_argument("--large", action="store_true", help="growth up to sizes that take minutes to reach")
    parser.add_argument("--to", type=Path, default=Path("build"), help="a directory; default %(default)s")
    parser.add_argument("--page", action="store_true", help="write the tables and plots of docs/ anew; --large")
    wanted = parser.parse_args()
    if wanted.page and (wanted.only or wanted.scale != 1):
        parser.error("--page is of a whole run: without --only and --scale")
    return wanted


if __name__ == "__main__":
    sys.exit(main())
