"""Configuration directories as texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from notifier.definitions.load import Configuration, load

Written = Callable[..., Configuration]

GOOD = """\
- name: tell the owner
  event: token_init
  action: sendmail
  options: {emailconfig: relay1, To: tokenowner, subject: s, body: b}
"""
RELAY = "relay1: {server: localhost, sender: a@example.com}\n"


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Load a directory that holds these files; names with __ are in folders."""

    def write(environ: Mapping[str, str] | None = None, **files: str) -> Configuration:
        for name, text in {"smtp_servers": RELAY, "handlers__all": GOOD, **files}.items():
            file = tmp_path / (name.replace("__", "/") + ".yaml")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return load(tmp_path, environ or {})

    return write


@pytest.fixture
def good() -> str:
    """One definition without a mistake."""
    return GOOD
