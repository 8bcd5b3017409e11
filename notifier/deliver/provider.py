"""The port every way out stands behind: one message in, one outcome out."""

from __future__ import annotations

from typing import Protocol

from notifier.model import Delivery
from notifier.outcome import Outcome


class Provider(Protocol):
    """One configured server or gateway. Used by one thread at a time; keeps its connections between calls."""

    def send(self, delivery: Delivery) -> Outcome:
        """Try to deliver once. Never raises for what a peer or a network can do: that is an outcome."""
        ...

    def close(self) -> None:
        """Let go of the connections, politely."""
        ...
