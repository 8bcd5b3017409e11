"""What stays while a configuration lasts: Python's collector needn't look for garbage in it again and again.

A plan of many deliveries sets the collector going, which then walks through all definitions, and the plan so far, once
more for every so many deliveries: what one definition costs would grow with how many there are.
"""

from __future__ import annotations

import gc

#: So many objects more than at the last look, and garbage is looked for again: a plan of a thousand deliveries has as
#: many, and none of them is garbage yet. Of what goes in circles so much may lie around: about 10 MB.
MORE = 50_000


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
        gc.set_threshold(MORE, *gc.get_threshold()[1:])


permanent = Permanent()
