"""A claim's deliveries on their way through a provider: one after the other, or several at once.

Each is looked at right before it goes out. What a window may not or need not send is handed back, no attempt used.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from datetime import timedelta

from notifier.circuit import Busy, Failed, Health, health_of
from notifier.configuration import RetryPolicy
from notifier.deliver.provider import Provider, Windowed
from notifier.model import Delivery
from notifier.observe.events import Attempted
from notifier.outcome import Accepted, Deferred, Outcome, Reason, Unsure
from notifier.record.hold import Hold
from notifier.record.outbox import Claim, Settlement, Way
from notifier.retry import Again, Done, GiveUp, Progress, Step, next_step, too_late
from notifier.retry import Hold as Held


class Window:
    """What became of one claim; filled by `pass_through`."""

    #: A provider that turns slow inside a window: the rest of it is handed back after this long (seconds).
    LIMIT_SECONDS = 5.0

    def __init__(
        self,
        claim: Claim,
        hold: Hold,
        policy: RetryPolicy,
        *,
        roll: Callable[[], float],
        ending: Callable[[], bool],
        last: str = "",
    ) -> None:
        """Begin.

        Args:
            claim: Whose deliveries go out.
            hold: How long they are ours.
            policy: The provider's.
            roll: The jitter.
            ending: The process is about to end.
            last: The reason of the attempt before.
        """
        self.settlements: list[Settlement] = []
        self.tried: list[Attempted] = []
        self.health: Health | None = None
        #: The reason of the latest attempt.
        self.last = last
        self._claim = claim
        self._hold = hold
        self._policy = policy
        self._roll = roll
        self._ending = ending
        self._began = self._answered = time.monotonic()
        #: Taken by the provider, and no outcome yet; and when.
        self._under_way: deque[tuple[Delivery, Progress, float]] = deque()

    @property
    def is_over(self) -> bool:
        """The provider is to be left alone now."""
        return isinstance(self.health, Failed | Busy)

    def pass_through(self, provider: Provider) -> None:
        """Try them all, as far as that makes sense; each has a settlement then."""
        going = self._going()
        if isinstance(provider, Windowed):
            self._at_once(provider, going)
        # Also what a provider whose window broke has not taken.
        for delivery in going:
            self._ended(_sent(provider, delivery))
        settled = {settlement.delivery_id for settlement in self.settlements}
        rest = (delivery for delivery in self._claim.deliveries if delivery.id not in settled)
        self.settlements += [Settlement(d.id, None, Again(self._claim.now, counted=False)) for d in rest]

    def _at_once(self, provider: Windowed, going: Iterator[Delivery]) -> None:
        outcomes: Iterator[Outcome | None] | None = None
        missing: Outcome = Unsure(Reason.INTERNAL_ERROR, "the provider told no outcome")
        while True:
            try:
                outcomes = outcomes or provider.send_each(going, self._may_go)
                outcome = next(outcomes)
            except StopIteration:
                break
            except Exception as error:  # noqa: BLE001 - a bug met by one message must not stop its queue
                bug = f"{type(error).__name__} in the provider"
                # Alone it is what the bug is about; of several, nobody knows how far each has come.
                alone = len(self._under_way) == 1
                missing = Deferred(Reason.INTERNAL_ERROR, bug) if alone else Unsure(Reason.INTERNAL_ERROR, bug)
                break
            if outcome is None:
                self._under_way.popleft()  # not tried: handed back with the rest
            else:
                self._ended(outcome)
        while self._under_way:
            self._ended(missing)

    def _may_go(self) -> bool:
        """What was taken may still go out."""
        return not (self._hold.lost or self._ending())

    def _going(self) -> Iterator[Delivery]:
        """Those that may go out, until none may."""
        for delivery in self._claim.deliveries:
            # Its fellows would fare alike, or wait too long, or may be somebody else's, or nobody is left to send them.
            late = time.monotonic() - self._began > self.LIMIT_SECONDS
            if self.is_over or late or self._hold.lost or self._ending():
                return
            progress = self._progress(delivery)
            if end := too_late(progress, now=self._claim.now):
                self.settlements.append(Settlement(delivery.id, None, end))
                continue
            self._under_way.append((delivery, progress, time.monotonic()))
            yield delivery

    def _ended(self, outcome: Outcome) -> None:
        delivery, progress, began = self._under_way.popleft()
        ended = time.monotonic()
        # Of several under way: since the one before was answered.
        took = ended - max(began, self._answered)
        again = began >= self._answered
        claim, now = self._claim, self._claim.now + timedelta(seconds=ended - self._began)
        step = next_step(outcome, progress, self._policy, now=now, roll=self._roll())
        self.settlements.append(Settlement(delivery.id, outcome, step))
        # Those that were under way together lost one connection, not one after the other.
        doubtful = not claim.fresh or (again and self.last == Reason.CONNECTION_LOST)
        health = health_of(outcome, claim.provider_failures, self._roll(), took, doubtful=doubtful)
        # What others said before the failure was noticed doesn't make it undone.
        self.health = self.health if self.is_over and not isinstance(health, Failed | Busy) else health or self.health
        self.last, self._answered = outcome.reason, ended
        self.tried.append(_attempted(claim.way, delivery, outcome, step, took * 1000))

    def _progress(self, delivery: Delivery) -> Progress:
        way, message = self._claim.way, delivery.message
        guest = way.provider != message.provider or way.channel != message.channel
        return Progress(delivery.attempts, delivery.deadline, delivery.expires, delivery.on_unsure, guest)


def _sent(provider: Provider, delivery: Delivery) -> Outcome:
    try:
        return provider.send(delivery)
    except Exception as error:  # noqa: BLE001 - a bug met by one message must not stop its queue
        return Deferred(Reason.INTERNAL_ERROR, f"{type(error).__name__} in the provider")


def _attempted(way: Way, delivery: Delivery, outcome: Outcome, step: Step, took: float) -> Attempted:
    match step:
        case Done():
            word = "sent"
        case Again():
            word = "retry"
        case Held():
            word = "held"
        case GiveUp(reason=reason):
            word = "expired" if reason is Reason.EXPIRED else "dead"
    number = delivery.attempts + 1
    fixed = (delivery.id, delivery.event, delivery.handler, str(way.channel), way.provider, number)
    warning = outcome.warning if isinstance(outcome, Accepted) else ""
    return Attempted(*fixed, outcome.kind, outcome.reason, word, round(took, 2), warning)
