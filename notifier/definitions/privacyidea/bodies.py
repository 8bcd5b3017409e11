"""Bodies that are files on privacyIDEA's machine: copied where they can be read, else to be copied."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path, PurePosixPath

from notifier.definitions.privacyidea.report import Report

#: No notice is longer; a device or a dump may be.
LARGEST = 1024 * 1024
PRIVATE = "not everybody may read (look whether it is meant to be sent)"


class Bodies:
    """Gives each file a name under ``templates/``."""

    def __init__(self, templates: Path, report: Report) -> None:
        self._templates = templates
        self._report = report
        #: Source → name.
        self._names: dict[str, str] = {}
        #: Source → why it can't be copied.
        self._reasons: dict[str, str] = {}
        #: Name → bytes to be written there, if a definition that is carried names it.
        self.copies: dict[str, bytes] = {}

    def option(self, body: str, what: str) -> str:
        """The option ``body`` as it is here."""
        source = body.removeprefix("file:")
        if source == body:
            return body
        if source not in self._names:
            self._names[source] = self._take(source)
        name = self._names[source]
        if name in self.copies:
            self._report.changed(what, f"its body, the file {source}, was copied to templates/{name}: edit it there")
        elif _read_target(self._templates / name) is None:
            self._report.left(what, f"its body stands in the file {source}, which {self._reasons[source]}: copy it "
                                    f"to {self._templates / name}, and import again (--force)")  # fmt: skip
        return f"file:{name}"

    def _take(self, source: str) -> str:
        name = re.sub(r"[^A-Za-z0-9._-]", "_", PurePosixPath(source.strip()).name).lstrip(".")[:100] or "body.txt"
        content, self._reasons[source] = _read(source)
        if content is None:
            return name
        name = self._free(name, content)
        if _read_target(self._templates / name) is None:
            self.copies[name] = content
        return name

    def _free(self, name: str, content: bytes) -> str:
        """A name that nobody has, or that the same text has."""
        path = PurePosixPath(name)
        number = 1
        while True:
            there = self.copies.get(name)
            target = self._templates / name
            if there is None and target.exists():
                there = _read_target(target) or b"\0"
            if there is None or there == content:
                return name
            number += 1
            name = f"{path.stem}-{number}{path.suffix}"


def _read(source: str) -> tuple[bytes | None, str]:
    """The text of a file that everybody may read, as bytes; or None and why not.

    Whoever wrote the definition may not read what the importing user may: so only what is no secret on this machine.
    """
    try:
        file = Path(source)
        if not file.is_absolute():
            return None, "has no absolute path"
        file = file.resolve()
        if not all(folder.stat().st_mode & stat.S_IXOTH for folder in file.parents):
            return None, PRIVATE
        # A pipe would keep us waiting for its other end.
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as opened:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                return None, "is no file"
            if not status.st_mode & stat.S_IROTH:
                return None, PRIVATE
            content = opened.read(LARGEST + 1)
        content.decode("utf-8")
    except (OSError, ValueError, RuntimeError):
        return None, "can't be read here"
    return (content, "") if len(content) <= LARGEST else (None, "is too large")


def _read_target(file: Path) -> bytes | None:
    """What stands in ``templates/`` already."""
    try:
        return file.read_bytes() if file.is_file() and file.stat().st_size <= LARGEST else None
    except (OSError, ValueError):
        return None
