"""A claim's leases as far as this process knows: a worker that was frozen must not go on sending."""

from __future__ import annotations

import math
import time
from typing import Protocol

from notifier.record.outbox import Claim

#: Of a lease; the rest is for what takes time between a look at the clock and the provider's last byte.
SAFE = 0.9


class Leases(Protocol):
    """What a hold needs of an outbox."""

    def renew(self, claim: Claim) -> bool:
        """Prolong a claim's leases; False: they are lost."""
        ...


class Hold:
    """A claim that was asked for at a moment (monotonic), and how long it is ours."""

    def __init__(self, leases: Leases, claim: Claim, asked: float, most: float = math.inf) -> None:
        """Begin.

        Args:
            leases: Where it is renewed.
            claim: Whose.
            asked: When.
            most: It isn't renewed any more after so long (seconds): whoever takes longer hangs, and others should know.
        """
        self._leases = leases
        self._claim = claim
        self._until = self._end(asked)
        self._last = asked + most

    @property
    def lost(self) -> bool:
        """Somebody else may be at it by now."""
        return time.monotonic() >= self._until

    def renew(self) -> None:
        """Ask for more time; what is lost stays lost."""
        asked = time.monotonic()
        if asked > self._last:
            return
        self._until = self._end(asked) if self._leases.renew(self._claim) else asked

    def _end(self, asked: float) -> float:
        return asked + SAFE * self._claim.lease.total_seconds()
