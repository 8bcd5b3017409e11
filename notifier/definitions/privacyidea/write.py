"""Files are written all or none: nothing that is there is lost, and a crash leaves no half of one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

from notifier.errors import NotifierError


class NotWritten(NotifierError):
    """Nothing was written."""


def conflicts(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The files that are there already."""
    return tuple(path for path in paths if os.path.lexists(path))


def write(files: Mapping[Path, bytes], private: Iterable[Path] = (), *, force: bool = False) -> None:
    """Write all files; whole ones take their places at the end.

    Args:
        files: Path → content.
        private: Those that only their owner may read.
        force: Replace what is there.

    Raises:
        NotWritten: one is there already, or the disk refuses.
    """
    there = conflicts(files)
    if there and not force:
        raise NotWritten(f"there already: {', '.join(map(str, there))}; nothing was written (--force replaces them)")
    for path in there:
        if path.is_dir():
            raise NotWritten(f"{path} is a directory; nothing was written")
    private = frozenset(private)
    ready: dict[Path, Path] = {}
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            ready[path] = _beside(path, content, 0o600 if path in private else 0o644)
        for path, temporary in ready.items():
            temporary.replace(path)
    except OSError as error:
        raise NotWritten(f"{error.filename or 'a file'} can't be written: {error.strerror}") from error
    finally:
        for temporary in ready.values():
            with suppress(FileNotFoundError):
                temporary.unlink()


def _beside(path: Path, content: bytes, mode: int) -> Path:
    """The content in a file of the same directory, hidden, on the disk."""
    handle, name = mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(mode & ~umask)
    except BaseException:
        Path(name).unlink()
        raise
    return Path(name)
