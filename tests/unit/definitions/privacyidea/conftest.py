"""Exports as Python values, imported into a directory and read back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import privacyidea
import pytest
from privacyidea import Import, Imported

from notifier.definitions.load import load
from notifier.definitions.privacyidea.write import write
from notifier.wiring import Wiring


@pytest.fixture
def imported(tmp_path: Path) -> Import:
    """Import an envelope of these sections, or the bytes given; unless ``errors``, the result has none."""

    def run(raw: bytes | None = None, *, errors: bool = False, **sections: Any) -> Imported:
        root = tmp_path / "config"
        conversion = privacyidea.convert(json.dumps(sections).encode() if raw is None else raw, root)
        write({root / name: content for name, content in conversion.files.items()}, force=True)
        environ = {place.name: place.value or "" for place in conversion.secrets}
        assert errors or [str(p) for p in Wiring(root, environ).check() if not p.warning] == []
        return Imported(conversion, load(root, environ), root)

    return run


@pytest.fixture
def public() -> Iterator[Path]:
    """A directory that everybody may enter; pytest's own is its owner's alone."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def one(imported: Import) -> Import:
    """Import one definition: these fields over those of a good one, beside a server and a gateway."""

    def run(**fields: Any) -> Imported:
        given = privacyidea.definition(**fields)
        return imported(event=[given], smtpserver=privacyidea.SERVERS, smsgateway=privacyidea.GATEWAYS)

    return run
