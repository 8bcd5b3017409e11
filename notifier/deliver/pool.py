"""Providers with their connections between two uses: one that is lent is its user's alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from notifier.deliver.provider import Provider
from notifier.record.outbox import Way


class ProviderPool:
    """Those of one process."""

    def __init__(self, open_provider: Callable[[Way], Provider]) -> None:
        """Hold nothing yet; ``open_provider`` makes one, and connects to nobody by that."""
        self._open = open_provider
        self._free: dict[Way, list[Provider]] = {}
        self._lock = threading.Lock()
        self._closed = False

    @contextmanager
    def lend(self, way: Way) -> Iterator[Provider]:
        """One that nobody else uses inside the block; the one used last, since its connection is the freshest."""
        with self._lock:
            free = self._free.setdefault(way, [])
            provider = free.pop() if free else None
        provider = provider or self._open(way)
        try:
            yield provider
        finally:
            with self._lock:
                keep = not self._closed
                if keep:
                    free.append(provider)
            if not keep:
                provider.close()

    def shed(self, way: Way) -> None:
        """Close what is free but for one: what several were needed for is done, and a server counts its connections."""
        with self._lock:
            free = self._free.get(way, [])
            surplus = free[:-1]
            del free[:-1]
        for provider in surplus:
            provider.close()

    def close(self) -> None:
        """Close all of them; those that are lent, when they come back."""
        with self._lock:
            self._closed = True
            free = [provider for providers in self._free.values() for provider in providers]
            self._free.clear()
        for provider in free:
            provider.close()
