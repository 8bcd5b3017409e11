"""Recipients are told how much was held back from them: one delivery a window, planned from what the record holds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from notifier.compose.heldback import HeldBack
from notifier.configuration import Policies
from notifier.model import Delivery, Event, delivery_id, digest
from notifier.observe.events import EventPlanned, Observer
from notifier.outcome import Reason
from notifier.record.flood import Floods, Overflow
from notifier.record.outbox import Note, Plan

#: What `notifier show` names as source, type and definition of a summary.
SOURCE, WORD = "notifier", str(Reason.RECIPIENT_LIMIT)


class Summaries:
    """Tells recipients."""

    def __init__(
        self, floods: Floods, held_back: HeldBack, policies: Policies, *, observe: Observer, version: str = ""
    ) -> None:
        self._floods = floods
        self._held_back = held_back
        self._policies = policies
        self._observe = observe
        self._version = version

    def tell(self, overflows: Iterable[Overflow], now: datetime) -> int:
        """Plan a summary for each that wasn't told yet; how many."""
        told = 0
        for overflow in overflows:
            plan = self.plan_of(overflow, now)
            if self._floods.tell(overflow, plan):
                told += 1
                self._observe(EventPlanned(plan.event.key, WORD, 1, 0, first_time=True))
        return told

    def plan_of(self, overflow: Overflow, now: datetime) -> Plan:
        """The summary as an event with one delivery; its ids derive from recipient and window, so there is only one."""
        ident = f"held-{digest('held', overflow.ident)}"
        event = Event(ident, SOURCE, WORD, overflow.until)
        message = self._held_back.write(overflow.envelope, overflow.count, overflow.since, overflow.until)
        deadline = now + self._policies.of(message.channel, message.provider).deadline
        delivery = Delivery(delivery_id(event.key, WORD, message), event.key, WORD, message, now, deadline)
        notes = [Note(WORD, "matched", detail=f"{overflow.count} were held back")]
        return Plan(event, [delivery], notes=notes, configuration_version=self._version)
