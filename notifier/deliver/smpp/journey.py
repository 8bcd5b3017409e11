"""One delivery on its way: which of its parts are said, which are answered, and what that comes to.

The first part goes alone. Refused, it decides for all, and nobody got anything; accepted, the others follow at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence

from notifier.deliver.classify.smpp import OK, TABLE, Row, classify
from notifier.deliver.smpp.link import LEFT, Asked, End, Link
from notifier.deliver.smpp.pdu import Command, Fields, Pdu
from notifier.deliver.stop import Stop
from notifier.outcome import Accepted, Deferred, Outcome, Reason, Rejected, Throttled, Unsure

#: A part that an SMSC has no time for, behind one that it took: so many seconds later again, so often.
BREATH, MOST_TRIES = 1.0, 4


class Journey:
    """Of one delivery, over one link."""

    def __init__(self, bodies: Sequence[bytes], link: Link, statuses: Mapping[int, Row] = TABLE) -> None:
        """Begin.

        Args:
            bodies: A ``submit_sm`` for each part.
            link: Where they are said.
            statuses: What a refusal means.
        """
        self.link = link
        #: None: it isn't over.
        self.outcome: Outcome | None = None
        #: The SMSC's ids of the parts, in their order.
        self.message_ids: list[str] = [""] * len(bodies)
        self._bodies = bodies
        self._statuses = statuses
        self._waiting = deque(range(len(bodies)))
        self._asked: dict[int, Asked] = {}
        self._accepted = 0
        self._not_before = 0.0
        self._tries = 0
        self._moved = False
        self._withdrawn = False

    @property
    def over(self) -> bool:
        """It has an outcome, or was withdrawn."""
        return self.outcome is not None or self._withdrawn

    @property
    def untried(self) -> bool:
        """Nobody has any part of it yet, and somebody may."""
        return not (self.over or self._accepted or self._asked)

    def withdraw(self) -> None:
        """It isn't to go out any more: no outcome, and no attempt."""
        self._withdrawn = True
        self._waiting.clear()

    @property
    def under_way(self) -> int:
        """Parts that are said and not answered."""
        return len(self._asked)

    @property
    def has_news(self) -> bool:
        """Something was answered since the last look."""
        return any(asked.answer is not None for asked in self._asked.values())

    def next_time(self, *, room: bool) -> float:
        """When it has to be looked at although nothing is answered; ``room``: it could say something."""
        times = [asked.until for asked in self._asked.values()]
        if self._may_say and room:
            times.append(self._not_before)
        return min(times, default=float("inf"))

    @property
    def _may_say(self) -> bool:
        return self.outcome is None and bool(self._waiting) and (self._accepted > 0 or not self._asked)

    def say(self, most: int, now: float) -> int:
        """Say as many parts as there are to be said now; how many."""
        said = 0
        while said < most and self._may_say and now >= self._not_before:
            asked = self.link.ask(Command.SUBMIT_SM, self._bodies[self._waiting[0]])
            if asked is None:
                break
            self._asked[self._waiting.popleft()] = asked
            said += 1
        return said

    @property
    def stranded(self) -> bool:
        """Its link takes no more, and nothing that it has asked there is in doubt: it may go on over another one."""
        return self.outcome is None and not self._asked and not self.link.usable

    def move(self, bound: Callable[[], Link]) -> None:
        """Go on over another link; once, or it would go on for ever."""
        end = self.link.end or LEFT
        if self._moved:
            self._end(Deferred(end.reason, end.words))
            return
        self._moved = True
        try:
            self.link = bound()
        except Stop as stop:
            self._end(stop.outcome)

    def _end(self, outcome: Outcome) -> None:
        """Nothing is under way, and no more can be said."""
        if self._accepted:
            outcome = Unsure(outcome.reason, f"{outcome.detail}; {self._so_far()}")
        self.outcome = outcome

    def look(self, now: float) -> None:
        """What has been answered, and what never will be."""
        end = self.link.end  # before the answers: what came before it counts
        for part, asked in list(self._asked.items()):
            if asked.answer is not None:
                del self._asked[part]
                self._answered(part, asked, asked.answer, now)
            elif end is None and now >= asked.until and self.outcome is None:
                self._silence(asked)
        if self._accepted == len(self._bodies):
            self.outcome = Accepted(f"{self._accepted} parts" if self._accepted > 1 else "")
        elif end is not None and self.outcome is None:
            self._lost(end)
        if self.outcome is not None:
            self.abandon()

    def abandon(self) -> None:
        """Nobody waits for what is under way any more."""
        for asked in self._asked.values():
            self.link.forget(asked)
        self._asked.clear()
        self._waiting.clear()

    def _answered(self, part: int, asked: Asked, answer: Pdu, now: float) -> None:
        if answer.status == OK and not asked.astray:
            self._accepted += 1
            self._tries = 0
            self.message_ids[part] = Fields(answer.body).text()
            return
        if self.outcome is not None:
            return
        if asked.astray:
            self.outcome = Unsure(Reason.UNEXPECTED_ANSWER, f"{asked.astray}{self._but()}")
            return
        outcome = classify(answer.status, table=self._statuses)
        if not self._accepted and not self._asked:
            self.outcome = outcome
        elif isinstance(outcome, Rejected):
            # The same again would be refused again, and what was accepted sent again.
            self.outcome = Rejected(outcome.reason, f"{outcome.detail}; {self._so_far()}")
        elif isinstance(outcome, Throttled | Deferred) and self._tries < MOST_TRIES:
            self._tries += 1
            self._not_before = now + BREATH
            self._waiting.appendleft(part)
        else:
            self.outcome = Unsure(outcome.reason, f"{outcome.detail}; {self._so_far()}")

    def _silence(self, asked: Asked) -> None:
        self.link.leave()
        if self.link.went_out(asked) or self._accepted:
            self.outcome = Unsure(Reason.NO_ANSWER, f"no answer in time{self._but()}")
        else:
            self.outcome = Deferred(Reason.TIMED_OUT, "not read in time", provider_failed=True)

    def _lost(self, end: End) -> None:
        if any(self.link.went_out(asked) for asked in self._asked.values()):
            self.outcome = Unsure(end.reason, f"{end.words}{self._but()}")
            return
        # Nobody has read what didn't go out whole.
        self._waiting.extendleft(sorted(self._asked, reverse=True))
        self._asked.clear()

    def _so_far(self) -> str:
        return f"{self._accepted} of {len(self._bodies)} parts accepted"

    def _but(self) -> str:
        return f"; {self._so_far()}" if len(self._bodies) > 1 else " after the message was sent"
