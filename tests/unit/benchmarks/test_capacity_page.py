"""What follows from what was measured, and that the page holds it: its form, never its figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.capacity_page import HEAD, RATES, Costs, capacity_page
from benchmarks.extent import Extent
from benchmarks.figures import Figure
from benchmarks.report import BEGIN, END, document

PAGE = Path(__file__).parents[3] / "docs/capacity.md"
COSTS = Costs(sent=2000, redis=0.0002, worker=0.0004, network=3000, file=4000)


def test_memory_grows_with_retention_and_rate() -> None:
    """A million a day for a week, 2,000 bytes each."""
    assert COSTS.memory(1_000_000, 7) == 14e9


def test_the_scarcest_decides_how_many_servers() -> None:
    """At a week it is memory, at a day and a high rate the one thread."""
    assert COSTS.servers(1_000_000, 7) == 1
    assert COSTS.servers(10_000_000, 7) == 9
    assert COSTS.servers(1_728_000, 1) == 1
    assert Costs(sent=1, redis=0.0002, worker=0, network=1, file=1).servers(86_400_000, 1) == 3


def test_limits_of_one_server() -> None:
    """16 GB of record; 70 % of a thread, and of a link, in the busiest minute."""
    assert list(COSTS.limits().values()) == pytest.approx([8e6 / 7, 8e6, 30.24e6, 252e6])


def test_without_a_measurement_there_is_no_page() -> None:
    """A run of something else leaves the last one."""
    assert capacity_page(document([Figure("drain-cpu", "CPU", [1.0], "ms")], Extent(), 1.0)) == ""


def test_the_page_holds_a_whole_run() -> None:
    """Each rate of the table has a line with something in each column."""
    text = PAGE.read_text()
    block = text[text.index(BEGIN) : text.index(END)]

    lines = [line.strip("| ").split(" | ") for line in block.splitlines() if line.startswith("| ")]

    assert list(HEAD) in lines
    for rate in RATES:
        assert [len(line) for line in lines if line[0] == f"{rate:,}"] == [len(HEAD)]
