"""An event meets the definitions of its reopened letters again, and no other definition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from notifier.configuration import Policies
from notifier.errors import UnreadableEvent
from notifier.evaluation import Evaluator, plan_of
from notifier.model import Event
from notifier.outcome import Reason
from notifier.record.outbox import Plan, RecordError
from notifier.record.reopening import Reopenings


class Recomposer:
    """What the corridor does with an event that came back for its letters."""

    def __init__(self, reopenings: Reopenings, evaluator: Evaluator, policies: Policies, version: str = "") -> None:
        self._reopenings = reopenings
        self._evaluator = evaluator
        self._policies = policies
        self._version = version

    def recompose(
        self, event_key: str, read: Callable[[], Event], now: Callable[[], datetime]
    ) -> Sequence[Plan] | None:
        """Evaluate, and let the letters become what comes of it.

        Returns:
            What was planned; nothing when the letters had to be given back to the desk; None: nobody asked for it, so
            it is an event like others.
        """
        try:
            return self._meet(read(), now())
        except RecordError:
            raise
        except UnreadableEvent as error:
            detail = f"the event can't be read again: {error.detail}"
        except Exception as error:  # noqa: BLE001 - a bug gives the letters back to the desk, and stops no other event
            detail = f"{type(error).__name__} while it was recomposed"
        return () if self._reopenings.give_back(event_key, Reason.INTERNAL_ERROR, detail) else None

    def _meet(self, event: Event, now: datetime) -> Sequence[Plan] | None:
        """An operator asked for it, so ``expires_after`` and the deadline begin anew."""
        reopening = self._reopenings.of(event.key)
        if reopening is None:
            return None
        names = frozenset(letter.handler for letter in reopening.letters)
        plan = plan_of(self._evaluator.evaluate(event, names), self._policies, now, now, version=self._version)
        return [replace(plan, ways=self._reopenings.recompose(reopening, plan))]
