"""The circuit of a provider: what an outcome says of the provider's health, and what follows for its whole queue.

All workers share it in Redis (`record/lua/circuit.lua`): *ok* lets everybody through, *open* nobody, *half-open*
one delivery at a time until one is answered. Pure, as `notifier.retry` is for a single delivery.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import assert_never

from notifier.outcome import Accepted, Deferred, Misconfigured, Outcome, Reason, Rejected, Throttled, Unsure

#: No pause that a provider asks for is shorter: "at once" would be a hot loop.
LEAST_PAUSE = timedelta(seconds=1)
#: Nobody is there, though a connection may have been.
SILENCE = (Reason.TIMED_OUT, Reason.NO_ANSWER)
#: Says nothing of the provider: a connection lost half-way, once (it may have stumbled over that one message), a bug of
#: ours, an address that never left the house.
NO_WORD = (Reason.CONNECTION_LOST, Reason.INTERNAL_ERROR, Reason.UNEXPECTED_ANSWER, Reason.ADDRESS_INVALID)


class State(StrEnum):
    """How a circuit stands; the word `notifier status` shows."""

    OK = "ok"
    #: Left alone: it failed as a whole.
    OPEN = "open"
    #: One delivery may look whether it is back.
    HALF_OPEN = "half-open"
    #: Left alone: it asked for that.
    THROTTLED = "throttled"


@dataclass(frozen=True, slots=True)
class Well:
    """It answered: the circuit closes."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It failed as a whole: the circuit opens for as long."""

    pause: timedelta


@dataclass(frozen=True, slots=True)
class Busy:
    """It asked for a pause, for all that it gets."""

    pause: timedelta


Health = Well | Failed | Busy


def health_of(
    outcome: Outcome, failures: int, roll: float, took: float = 0.0, *, doubtful: bool = False
) -> Health | None:
    """What an outcome says of its provider; None: nothing.

    Args:
        outcome: How an attempt ended.
        failures: How often the provider has failed in a row before.
        roll: A random number in [0, 1): the jitter.
        took: How long (seconds) the attempt held its worker.
        doubtful: Nobody knows that the provider works, or it lost the connection of the one before, too.
    """
    match outcome:
        case Misconfigured() | Deferred(provider_failed=True):
            return Failed(provider_pause(failures + 1, roll, took))
        case Deferred(reason=reason) | Unsure(reason=reason) if reason in SILENCE:
            return Failed(provider_pause(failures + 1, roll, took))
        case Deferred(reason=Reason.CONNECTION_LOST) | Unsure(reason=Reason.CONNECTION_LOST) if doubtful:
            return Failed(provider_pause(failures + 1, roll, took))
        case Throttled(retry_after=retry_after):
            return Busy(max(retry_after, LEAST_PAUSE))
        case Accepted():
            return Well()
        case Rejected(reason=reason) | Deferred(reason=reason) | Unsure(reason=reason):
            return None if reason in NO_WORD else Well()
        case _:
            assert_never(outcome)


def provider_pause(failures: int, roll: float, took: float = 0.0) -> timedelta:
    """How long a provider is left alone after its ``failures``-th failure in a row.

    Half fixed, half jitter: at least a breath, at most 30 seconds, so a relay that is back is found soon. In between
    no shorter than what the failure took: a server that only times out must not hold a worker most of the time.
    """
    bound = timedelta(seconds=min(max(2.0 ** min(failures - 1, 10), took * 3), 30.0))
    return bound * (0.5 + roll / 2)
