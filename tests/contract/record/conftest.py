"""Every test here runs against the twin and against a real Redis: what one does, the other has to do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from records import Record, memory_record, redis_record


@pytest.fixture(params=["memory", "redis"])
def build(request: pytest.FixtureRequest) -> Callable[..., Record]:
    """Makes a record; options are those of the outbox."""
    if request.param == "memory":
        return memory_record
    redis = request.getfixturevalue("redis")
    return lambda **options: redis_record(redis, **options)


@pytest.fixture
def record(build: Callable[..., Record]) -> Record:
    """A record with the usual options."""
    return build()
