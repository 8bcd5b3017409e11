"""The examples of docs/testing.md run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any


def test_the_examples_of_the_testing_page_run(repository: Path) -> None:
    """From top to bottom, as a reader would try them."""
    page = (repository / "docs" / "testing.md").read_text()
    examples = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)

    namespace: dict[str, Any] = {}
    for example in examples:
        exec(compile(example, "docs/testing.md", "exec"), namespace)  # noqa: S102 - it is our own page

    assert len(examples) == 5
