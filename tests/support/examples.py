"""The shipped examples, each as somebody who tries it has it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "config" / "examples"


def example(name: str, place: Path) -> Path:
    """A copy of an example, with the keys that it needs."""
    copy = place / name
    shutil.copytree(EXAMPLES / name, copy)
    maker = copy / "make-keys"
    if maker.exists():
        subprocess.run([str(maker)], check=True, capture_output=True, timeout=60)
    return copy
