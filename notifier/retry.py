"""What happens after an attempt: a pure decision, so it can be tested in microseconds.

The delays are exponential with full jitter (uniform between nothing and the bound): a thousand deliveries that
failed together don't come back together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from notifier.configuration import RetryPolicy
from notifier.model import OnUnsure
from notifier.outcome import Accepted, Deferred, Misconfigured, Outcome, Reason, Rejected, Throttled, Unsure

#: What uses up no attempt waits at least that long: "at once" would be a hot loop without an end.
LEAST_WAIT = timedelta(seconds=1)
#: What a fallback may say because it doesn't know us ("relay access denied"): the provider that was meant may say yes.
OF_STRANGERS = (Reason.POLICY_REFUSED, Reason.REFUSED)
#: The last try is due at the deadline: by so much it may be late, in a queue.
LAST_TRY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Done:
    """The provider has it."""


@dataclass(frozen=True, slots=True)
class Again:
    """Try again at ``at``; ``counted`` says whether this attempt used one up."""

    at: datetime
    counted: bool
    #: By the provider it was planned for, and never again by this one.
    home: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """Nobody knows whether it was sent, and the definition says to wait for an operator."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Dead letter."""

    reason: Reason


Step = Done | Again | Hold | GiveUp


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a delivery stands: what `next_step` needs to know of it."""

    #: Attempts used up before this one.
    attempts: int
    deadline: datetime
    #: The deadline is the definition's ``expires_after``.
    expires: bool = False
    on_unsure: OnUnsure = OnUnsure.RESEND
    #: Who was asked is a fallback.
    guest: bool = False


def delay(attempt: int, policy: RetryPolicy, roll: float) -> timedelta:
    """How long to wait after the ``attempt``-th failure (1, 2, ...); ``roll`` is a number in [0, 1)."""
    exponent = min(attempt - 1, 64)  # beyond this the cap decides, and floats would overflow
    bound = min(policy.first.total_seconds() * policy.factor**exponent, policy.cap.total_seconds())
    return timedelta(seconds=bound * roll)


def too_late(progress: Progress, *, now: datetime) -> GiveUp | None:
    """Whether a delivery is given up without being tried (again).

    What expires is worth nothing any more, or even harmful. All else has one attempt at least,
    however long nobody worked.
    """
    if progress.expires and now >= progress.deadline:
        return GiveUp(Reason.EXPIRED)
    if progress.attempts and now >= progress.deadline + LAST_TRY:
        return GiveUp(Reason.DEADLINE_PASSED)
    return None


def next_step(outcome: Outcome, progress: Progress, policy: RetryPolicy, *, now: datetime, roll: float) -> Step:
    """Decide what an attempt's outcome means for its delivery.

    Args:
        outcome: What the provider said.
        progress: Attempts used, deadline, ``on_unsure``.
        policy: The retry policy of the provider that was asked.
        now: Redis's time.
        roll: A random number in [0, 1): the jitter.
    """
    home = False
    match outcome:
        case Accepted():
            return Done()
        case Rejected(reason=reason) if progress.guest and reason in OF_STRANGERS:
            wait, counted, home = delay(progress.attempts + 1, policy, roll), True, True
        case Rejected(reason=reason):
            return GiveUp(reason)
        case Unsure(reason=reason) if progress.on_unsure is OnUnsure.HOLD:
            return Hold(reason)
        case Deferred() | Unsure():
            attempt, counted = progress.attempts + 1, True
            if attempt >= policy.attempts:
                return GiveUp(Reason.ATTEMPTS_EXHAUSTED)
            wait = delay(attempt, policy, roll)
        case Throttled(retry_after=retry_after):
            wait, counted = max(retry_after, policy.first, LEAST_WAIT), False
        case Misconfigured():
            wait, counted = max(delay(progress.attempts + 3, policy, 0.5 + roll / 2), LEAST_WAIT), False
        case _:
            assert_never(outcome)
    if now >= progress.deadline:
        return GiveUp(Reason.EXPIRED if progress.expires else Reason.DEADLINE_PASSED)
    # The last try is at the deadline itself, never given away.
    return Again(min(now + wait, progress.deadline), counted, home)
