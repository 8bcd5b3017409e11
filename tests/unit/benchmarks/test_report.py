"""What `make bench` writes, and that the performance page holds what it wrote: its form, never its figures."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from benchmarks.extent import Extent
from benchmarks.figures import Curve, Figure, at_least, at_most, each
from benchmarks.plot_names import SHORT
from benchmarks.report import BEGIN, END, document, into, number, page

PAGE = Path(__file__).parents[3] / "docs/performance.md"


def test_ratios_come_first_and_targets_before_the_rest() -> None:
    """A reader on another machine looks at those."""
    found = [
        Figure("a", "a rate", [1.0], "mails/s"),
        Figure("b", "a bound", [1.0], "ms", at_most(2)),
        Figure("c", "a ratio", [1.0]),
        Figure("d", "a bound ratio", [1.0], target=at_least(3)),
    ]

    whole = document(found, Extent(), 1.0)

    assert [figure["name"] for figure in whole["figures"]] == ["d", "c", "b", "a"]
    assert [figure["met"] for figure in whole["figures"]] == [False, None, True, None]
    assert json.loads(json.dumps(whole)) == whole


def test_a_row_tells_median_spread_target_and_whether_it_is_met() -> None:
    """Each to three digits that count."""
    figure = Figure("a", "mails", [3000.0, 1000.0, 2000.0], "mails/s", at_least(2500), note="few")

    text = page(document([figure], Extent(), 1.0))

    assert "| mails (few) | 2,000 mails/s | 1,000 to 3,000 | ≥ 2,500 mails/s | **no** |" in text


@pytest.mark.parametrize(
    ("value", "words"), [(0.123, "0.12"), (1.5, "1.50"), (12.34, "12.3"), (345.6, "346"), (4567.0, "4,570")]
)
def test_numbers(value: float, words: str) -> None:
    """No more digits than a measurement has."""
    assert number(value) == words


def test_a_curve_is_a_table() -> None:
    """Size, median, least to most."""
    curve = Curve("c", "an event", "definitions", "µs", [(10, [3.0, 1.0, 2.0])])

    assert "| 10 | 2.00 | 1.00 to 3.00 |" in page(document([curve], Extent(), 1.0))


def test_a_cost_that_grows_is_seen() -> None:
    """Over the first point, and over the least: what is shared at small sizes hides nothing."""
    curve = Curve("c", "a mail", "recipients", "µs", [(1, [8.0]), (10, [2.0]), (100, [4.0])])

    text = page(document([curve], Extent(), 1.0))

    assert "| a mail | 1 to 100 recipients | 0.50 \N{MULTIPLICATION SIGN} | 2.00 \N{MULTIPLICATION SIGN} |" in text


def test_what_is_more_work_is_judged_by_each() -> None:
    """Ten times the definitions for ten times the cost is no growth."""
    curve = Curve("c", "an event", "definitions", "µs", [(10, [3.0]), (100, [30.0])], per="definition")

    text = page(document([curve], Extent(), 1.0))

    assert "| an event: for each definition | 10 to 100 definitions | 1.00 \N{MULTIPLICATION SIGN} |" in text


def test_a_rate_is_no_cost() -> None:
    """More mails a second with more workers are nothing to worry about."""
    curve = Curve("c", "drained", "workers", "mails/s", [(1, [1.0]), (2, [2.0])])

    assert curve.bend is None
    assert "last over first" not in page(document([curve], Extent(), 1.0))


def test_a_page_leaves_out_what_another_page_shows() -> None:
    """Those of the capacity page would be many."""
    found = [Figure("capacity-redis", "beside", [1.0], "ms"), Figure("a", "here", [1.0], "ms")]

    text = page(document(found, Extent(), 1.0), beside="capacity-")

    assert "here" in text
    assert "beside" not in text


def test_large_sizes_are_reached_when_asked_for() -> None:
    """In order, each once, also where a scale makes two the same."""
    assert Extent().sizes(0, 1000, large=5000) == [0, 1000]
    assert Extent(large=True).sizes(0, 1000, large=5000) == [0, 1000, 5000]
    assert Extent(scale=0.001).sizes(0, 100, 1000) == [0, 1]


def test_a_ratio_is_taken_round_by_round() -> None:
    """What disturbed a round disturbed both."""
    assert each([2.0, 9.0], [1.0, 3.0]) == [2.0, 3.0]


def test_only_what_is_between_the_marks_is_written_anew() -> None:
    """And twice is once."""
    text = f"before {BEGIN} old {END} after"

    once = into(text, "new")

    assert once == f"before {BEGIN}\n\nnew\n{END} after"
    assert into(once, "new") == once


def test_the_page_holds_a_whole_run() -> None:
    """Every target has its row, with a median, a spread, a bound and whether it is met."""
    text = PAGE.read_text()
    block = text[text.index(BEGIN) : text.index(END)]

    rows = [line.split(" | ") for line in block.splitlines() if re.search(r"\| (yes|\*\*no\*\*) \|$", line)]

    assert len(rows) == len(SHORT)
    assert all(len(row) == 5 and re.search(r"\d.* to .*\d", row[2]) and row[3][0] in "≥≤" for row in rows)
    for picture in re.findall(r"!\[.*?\]\((.*?)\)", text):
        assert (PAGE.parent / picture).is_file()
