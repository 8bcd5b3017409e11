"""``savefile``: a text into a file of the spool directory, whole or not at all, and never elsewhere."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from notifier.model import Delivery
from notifier.outcome import Accepted, Deferred, Outcome, Reason, Rejected

#: Errors that this file name makes, and that the next one won't.
_OF_THE_NAME = (errno.ENAMETOOLONG, errno.EISDIR, errno.ENOTDIR, errno.EINVAL, errno.EEXIST, errno.EILSEQ)
#: Errors that a folder makes which is closed to us, until somebody opens it; others may be open.
_OF_THE_FOLDER = (errno.EACCES, errno.EPERM, errno.ELOOP)


class SpoolDirectory:
    """One directory; see `notifier.deliver.provider.Provider`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def send(self, delivery: Delivery) -> Outcome:
        """Write the file beside its place, then move it there: a reader sees all of it or nothing."""
        try:
            home = self._directory.resolve()
            target = (home / delivery.message.filename).resolve()  # symbolic links are followed, then looked at
        except (OSError, RuntimeError, ValueError):  # a loop of links, a NUL
            return Rejected(Reason.POLICY_REFUSED, "the file name can't be one")
        if target == home or not target.is_relative_to(home):
            return Rejected(Reason.POLICY_REFUSED, "the file name leads out of spool_directory")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            _replace(target, delivery.message.body.encode("utf-8", "replace"))
        except OSError as error:
            if error.errno in _OF_THE_NAME:
                return Rejected(Reason.POLICY_REFUSED, os.strerror(error.errno))
            failed = error.errno not in _OF_THE_FOLDER or not _open_to_us(home)
            return Deferred(Reason.TEMPORARY_FAILURE, error.strerror or "can't write", provider_failed=failed)
        return Accepted("written")

    def close(self) -> None:
        """Nothing is open."""


def _open_to_us(home: Path) -> bool:
    """Other files can be written."""
    try:
        with tempfile.TemporaryFile(dir=home):
            return True
    except OSError:
        return False


def _replace(target: Path, content: bytes) -> None:
    """Readable by us alone (mkstemp gives 0600), and on the disk before it has its name."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
