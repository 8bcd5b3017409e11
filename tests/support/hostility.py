"""The table of hostile peers: what each one's delivery came to, printed after the tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass

from notifier.deliver.provider import Provider
from notifier.model import Delivery
from notifier.outcome import Accepted, Outcome, Reason

#: Of providers whose peer keeps them waiting (seconds); and of the others, for whom it must not matter.
IMPATIENT, PATIENT = 0.5, 20.0
#: No delivery takes longer. Nothing hangs for ever; a busy machine is slow.
LONGEST = 15.0
PROPERTY = "hostile"


@dataclass(frozen=True)
class Met:
    """What was seen of one personality."""

    protocol: str
    name: str
    does: str
    outcome: str
    reason: str
    seconds: float


def attempt(provider: Provider, delivery: Delivery) -> tuple[Outcome, float]:
    """One delivery, and how long it took."""
    began = time.monotonic()
    return provider.send(delivery), time.monotonic() - began


def goes_through(provider: Provider, delivery: Callable[[int], Delivery]) -> bool:
    """The next message is accepted. On a busy machine half a second may pass before a good peer answers."""
    for number in range(10):
        outcome = provider.send(delivery(number))
        if isinstance(outcome, Accepted):
            return True
        if outcome.reason not in {Reason.TIMED_OUT, Reason.NO_ANSWER}:
            break
    return False


def shown(outcome: Outcome) -> str:
    """All that a log or the desk could show of it."""
    return " ".join(map(str, astuple(outcome))) + repr(outcome)


def table(met: Iterable[Met]) -> str:
    """For a terminal."""
    lines = [f"{'peer':<31}{'what it does':<62}{'outcome':<15}{'reason':<22}seconds"]
    for row in met:
        peer = f"{row.protocol} {row.name}"
        lines.append(f"{peer:<31}{row.does:<62}{row.outcome:<15}{row.reason:<22}{row.seconds:7.2f}")
    return "\n".join(lines)
