"""What tests of several steps share: a real Redis for each test process, emptied before each test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings
from redis import Redis

from notifier.embedded import EmbeddedRedis
from notifier.record.redis_client import connect
from tests.support import faults
from tests.support.hostility import PROPERTY, Met, table

# A machine that is busy is no bug: what takes too long is told by the tests' own time-out.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
#: One fixed moment: tests that need a time are given it.
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """The embedded server, one for each test process."""
    with EmbeddedRedis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis(redis_server: EmbeddedRedis) -> Iterator[Redis]:
    """A client of an empty Redis."""
    client = connect(redis_server.url)
    client.flushall()
    yield client
    client.close()


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout."""
    return Path(__file__).parent.parent


@pytest.fixture
def noon() -> datetime:
    """A fixed moment."""
    return NOON


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the tables of hostile peers and of crash points.

    Here, because with several processes the main one knows this conftest alone.
    """
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    calls = [report for report in reports if getattr(report, "when", "") == "call"]
    properties = [pair for report in calls for pair in report.user_properties]
    met = [Met(**value) for name, value in properties if name == PROPERTY]
    if met:
        terminalreporter.section("hostile peers")
        terminalreporter.write_line(table(sorted(met, key=lambda row: (row.protocol, row.name))))

    points = [point for name, value in properties if name == faults.PROPERTY for point in value]
    if points:
        terminalreporter.section("points at which a worker ended")
        terminalreporter.write_line(faults.table(points))
