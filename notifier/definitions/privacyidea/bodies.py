"""Bodies that are files on privacyIDEA's machine: copied where they can be read, else to be copied."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from notifier.definitions.privacyidea.report import Report

#: No notice is longer; a device or a dump may be.
LARGEST = 1024 * 1024


class Bodies:
    """Gives each file a name under ``templates/``."""

    def __init__(self, templates: Path, report: Report) -> None:
        self._templates = templates
        self._report = report
        #: Source → name.
        self._names: dict[str, str] = {}
        #: Name → bytes to be written there.
        self.copies: dict[str, bytes] = {}

    def option(self, body: str, what: str) -> str:
        """The option ``body`` as it is here."""
        source = body.removeprefix("file:")
        if source == body:
            return body
        if source not in self._names:
            self._names[source] = self._take(source, what)
        return f"file:{self._names[source]}"

    def _take(self, source: str, what: str) -> str:
        name = re.sub(r"[^A-Za-z0-9._-]", "_", PurePosixPath(source.strip()).name).lstrip(".")[:100] or "body.txt"
        content = _read(source)
        if content is None:
            if self._read_target(name) is None:
                self._report.left(what, f"its body stands in the file {source}: copy it to {self._templates / name}, "
                                        "and import again (--force)")  # fmt: skip
            return name
        name = self._free(name, content)
        if self._read_target(name) is None:
            self.copies[name] = content
            self._report.changed(what, f"its body, the file {source}, was copied to templates/{name}: edit it there")
        return name

    def _free(self, name: str, content: bytes) -> str:
        """A name that nobody has, or that the same text has."""
        path = PurePosixPath(name)
        number = 1
        while True:
            there = self.copies.get(name)
            target = self._templates / name
            if there is None and target.exists():
                there = self._read_target(name) or b"\0"
            if there is None or there == content:
                return name
            number += 1
            name = f"{path.stem}-{number}{path.suffix}"

    def _read_target(self, name: str) -> bytes | None:
        return _read(str(self._templates / name), absolute=False)


def _read(source: str, *, absolute: bool = True) -> bytes | None:
    """The text of a file, as bytes; None where it isn't one that can be had."""
    try:
        file = Path(source)
        if (absolute and not file.is_absolute()) or not file.is_file() or file.stat().st_size > LARGEST:
            return None
        content = file.read_bytes()
        content.decode("utf-8")
    except (OSError, ValueError):
        return None
    return content
