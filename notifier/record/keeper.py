"""Leases are renewed while an attempt is running, however slow the provider: one daemon thread a process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Protocol

from redis.exceptions import RedisError

from notifier.record.outbox import Claim


class Leases(Protocol):
    """What the keeper needs of an outbox."""

    lease: timedelta

    def renew(self, claim: Claim) -> None:
        """Prolong a claim's leases."""
        ...


class LeaseKeeper:
    """Renews the leases of the claims being worked on, every third of a lease."""

    def __init__(self, leases: Leases) -> None:
        self._leases = leases
        self._claims: dict[str, Claim] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    @contextmanager
    def keeping(self, claim: Claim) -> Iterator[None]:
        """Keep a claim's leases alive inside the block."""
        with self._lock:
            self._claims[claim.token] = claim
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="lease-keeper", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._claims.pop(claim.token, None)

    def close(self) -> None:
        """Stop renewing."""
        self._stopped.set()

    def _run(self) -> None:
        pause = self._leases.lease.total_seconds() / 3
        while not self._stopped.wait(pause):
            with self._lock:
                claims = list(self._claims.values())
            for claim in claims:
                try:
                    self._leases.renew(claim)
                except RedisError:
                    # Redis is away: the attempt goes on, and settle will tell whether the lease was lost.
                    break
