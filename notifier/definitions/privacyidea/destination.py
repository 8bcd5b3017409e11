"""The directory that an import goes to, as far as somebody wrote it before."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from notifier.definitions.load import load

HANDLERS, SERVERS, GATEWAYS, DIRECTORY = (
    "handlers/privacyidea.yaml",
    "smtp_servers.yaml",
    "sms_gateways.yaml",
    "directory.yaml",
)
SETTINGS = "notifier.yaml"


@dataclass(frozen=True, slots=True)
class Destination:
    """What is there already."""

    root: Path
    #: Names of definitions in other files: each may stand once.
    names: frozenset[str] = frozenset()
    #: The files that exist.
    files: frozenset[str] = frozenset()

    @property
    def templates(self) -> Path:
        """Where bodies of their own files go."""
        return self.root / "templates"


def look_at(root: Path, environ: Mapping[str, str]) -> Destination:
    """Look at a directory that may not exist yet."""
    if not root.is_dir():
        return Destination(root)
    configuration = load(root, environ)
    names = {d.name for d in configuration.definitions if d.location.file != HANDLERS}
    names |= {d.name for d in configuration.broken if d.problem.file != HANDLERS}
    ours = (HANDLERS, SERVERS, GATEWAYS, DIRECTORY, SETTINGS)
    return Destination(root, frozenset(names), frozenset(f for f in ours if os.path.lexists(root / f)))
