"""Directories with scripts for the gateway that runs them."""

from __future__ import annotations

from pathlib import Path

from notifier.configuration import SmsGateway

#: Keeps what it gets in files beside it.
KEEP = """#!/bin/sh
printf '%s\\n' "$1" >> numbers
cat >> texts
"""


def script(directory: Path, text: str, name: str = "send", mode: int = 0o755) -> Path:
    """A script of that text."""
    directory.mkdir(exist_ok=True)
    file = directory / name
    # Beside it first: a file that is open for writing can't be run.
    draft = directory / f".{name}"
    draft.write_text(text)
    draft.chmod(mode)
    draft.replace(file)
    return file


def gateway(directory: Path, **options: str) -> SmsGateway:
    """The gateway that runs the script ``send``."""
    return SmsGateway("gateway", "script", {"script": "send", **options}, script_directory=directory)
