"""``savefile``: a text into a file of the spool directory, whole or not at all, and never elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

from notifier.model import Delivery
from notifier.outcome import Accepted, Deferred, Outcome, Reason, Rejected


class SpoolDirectory:
    """One directory; see `notifier.deliver.provider.Provider`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def send(self, delivery: Delivery) -> Outcome:
        """Write the file beside its place, then move it there: a reader sees all of it or nothing."""
        home = self._directory.resolve()
        target = (home / delivery.message.filename).resolve()
        if target == home or not target.is_relative_to(home):
            return Rejected(Reason.POLICY_REFUSED, "the file name leads out of spool_directory")
        draft = target.with_name(f".{delivery.id}.part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as handle:
                handle.write(delivery.message.body.encode())
                handle.flush()
                os.fsync(handle.fileno())
            draft.replace(target)
        except OSError as error:
            return Deferred(Reason.TEMPORARY_FAILURE, error.strerror or "can't write", provider_failed=True)
        return Accepted("written")

    def close(self) -> None:
        """Nothing is open."""
