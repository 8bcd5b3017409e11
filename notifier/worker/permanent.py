"""What stays while a configuration lasts: Python's collector needn't look for garbage in it again and again.

A plan of many deliveries sets the collector going, which then walks through all definitions, once more for every so
many deliveries: what one definition costs would grow with how many there are.
"""

from __future__ import annotations

import gc


class Permanent:
    """One for each process that evaluates."""

    def __init__(self) -> None:
        self._version: str | None = None

    def keep(self, version: str) -> None:
        """All that is there stays, until another version of the configuration replaces this one."""
        if version == self._version:
            return
        self._version = version
        gc.unfreeze()
        gc.collect()
        gc.freeze()


permanent = Permanent()
