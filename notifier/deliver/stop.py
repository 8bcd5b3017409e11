"""The end of an attempt, told from within a conversation."""

from __future__ import annotations

from notifier.outcome import Outcome


class Stop(Exception):
    """The attempt is over, and this is how."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.kind)
        self.outcome = outcome
