"""A window of deliveries under way: begun in their order, answered in any, told in their order."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace

from notifier.deliver.classify.smpp import EXPIRING, TABLE
from notifier.deliver.smpp.journey import Journey
from notifier.deliver.smpp.link import Link
from notifier.deliver.smpp.parts import parts_of
from notifier.deliver.smpp.receipt import message_key
from notifier.deliver.smpp.submission import destination, submission
from notifier.deliver.sms.number import number_of
from notifier.deliver.stop import Stop
from notifier.gateways.smpp import SmppOptions
from notifier.model import Delivery
from notifier.outcome import Accepted, Outcome, Reason, Rejected, Unsure


class Flight:
    """One call of `send_each`."""

    def __init__(
        self, options: SmppOptions, bound: Callable[[], Link], may_go: Callable[[], bool], *, receipts: bool
    ) -> None:
        """Begin.

        Args:
            options: Of the gateway.
            bound: A link that takes requests, or `Stop`.
            may_go: What was taken may still go out.
            receipts: They are asked for.
        """
        self._options = replace(options, receipts=receipts)
        self._dial = bound
        self._may_go = may_go
        #: Links that it goes over: a pause between two parts doesn't make one idle.
        self._held: list[Link] = []
        self._journeys: deque[Journey | Outcome] = deque()
        self._more = True
        self._trouble = False

    def outcomes(self, deliveries: Iterator[Delivery]) -> Iterator[Outcome | None]:
        """See `notifier.deliver.provider.Windowed.send_each`."""
        try:
            while True:
                self._begin(deliveries)
                if not self._journeys:
                    return
                if _is_over(self._journeys[0]):
                    yield self._told(self._journeys.popleft())
                    self._trouble = any(map(_troubled, self._journeys)) if self._trouble else False
                else:
                    self._wait()
        finally:
            for journey in self._under_way():
                journey.abandon()
            for link in self._held:
                link.release()

    def _bound(self) -> Link:
        link = self._dial()
        if link not in self._held:
            self._held.append(link)
            link.hold()
        return link

    def _begin(self, deliveries: Iterator[Delivery]) -> None:
        room = self._say()
        while self._more and room > 0 and len(self._journeys) < self._options.window and not self._trouble:
            delivery = next(deliveries, None)
            self._more = delivery is not None
            if delivery is None:
                return
            journey = self._journey(delivery)
            self._journeys.append(journey)
            if isinstance(journey, Journey):
                room -= self._said(journey, room, time.monotonic())
            self._note(_outcome(journey))

    def _journey(self, delivery: Delivery) -> Journey | Outcome:
        options, message = self._options, delivery.message
        number = number_of(message, options.regexp)
        if not isinstance(number, str):
            return number
        written = destination(number, options)
        if written is None:
            return Rejected(Reason.ADDRESS_INVALID, "the number has more than digits, or more than 20 of them")
        parts = parts_of(message.body, delivery.id, options)
        if isinstance(parts, Rejected):
            return parts
        try:
            bodies = [submission(part, written, delivery, options) for part in parts]
            return Journey(bodies, self._bound(), EXPIRING if delivery.expires else TABLE)
        except Stop as stop:
            return stop.outcome

    def _say(self) -> int:
        """What there is to be said, of the oldest first: what is half sent is to be whole soon. What room is left."""
        now, room = time.monotonic(), self._room
        for journey in self._under_way():
            if journey.stranded:
                journey.move(self._bound)
                self._note(journey.outcome)
            room -= self._said(journey, room, now)
        return room

    def _said(self, journey: Journey, most: int, now: float) -> int:
        """How many parts were said. A bind may have taken its time: before the first of them it is asked once more."""
        if most > 0 and journey.untried and not self._may_go():
            journey.withdraw()
        return journey.say(most, now)

    def _wait(self) -> None:
        """Until something is answered, or never will be."""
        under_way = list(self._under_way())
        link = under_way[0].link
        beside = [journey for journey in under_way if journey.link is link]
        room = self._room > 0
        link.wait_for(
            lambda: any(journey.has_news for journey in beside),
            min(journey.next_time(room=room) for journey in under_way),
        )
        now = time.monotonic()
        for journey in under_way:
            journey.look(now)
            self._note(journey.outcome)

    def _told(self, journey: Journey | Outcome) -> Outcome | None:
        outcome = _outcome(journey)
        if (
            isinstance(journey, Journey)
            and isinstance(outcome, Accepted | Rejected | Unsure)
            and self._options.receipts
        ):
            keys = [message_key(ident, self._options) if ident else "" for ident in journey.message_ids]
            return replace(outcome, message_ids=tuple(keys) if any(keys) else ())
        return outcome

    @property
    def _room(self) -> int:
        return self._options.window - sum(journey.under_way for journey in self._under_way())

    def _under_way(self) -> Iterator[Journey]:
        return (each for each in self._journeys if isinstance(each, Journey) and not each.over)

    def _note(self, outcome: Outcome | None) -> None:
        """Of somebody who wasn't served: first it is told, and whoever gives us deliveries decides about the rest."""
        self._trouble = self._trouble or _troubled(outcome)


def _troubled(journey: Journey | Outcome | None) -> bool:
    outcome = _outcome(journey)
    return not (outcome is None or isinstance(outcome, Accepted | Rejected))


def _is_over(journey: Journey | Outcome) -> bool:
    return not isinstance(journey, Journey) or journey.over


def _outcome(journey: Journey | Outcome | None) -> Outcome | None:
    return journey.outcome if isinstance(journey, Journey) else journey
