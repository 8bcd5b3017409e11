"""A whole installation for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from installation import Installation, installed


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """An installation whose example definitions mail and text the token owner."""
    with installed(tmp_path) as found:
        yield found
