"""What letters on the desk cost everybody else: the corridor, whoever looks, and the sweep."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from benchmarks.extent import Extent, room
from benchmarks.figures import Curve
from benchmarks.site import Site, event, site
from notifier.circuit import Well
from notifier.model import Channel
from notifier.outcome import Outcome, Reason, Rejected
from notifier.record.outbox import Settlement, Way
from notifier.retry import GiveUp, Step

MAIL = Way(Channel.MAIL, "relay1")
BATCH, MAILS, PAGE = 500, 1000, 100
REFUSED = Rejected(Reason.MAILBOX_UNAVAILABLE, "550 5.1.1 no such user here")


def dead_letters(extent: Extent) -> Iterator[Curve]:
    """A mail through the corridor in this process, what is asked for a look, and the desk's first page."""
    curves: dict[str, list[tuple[int, list[float]]]] = {"corridor": [], "look": [], "page": []}
    with room() as root, site(root / "ours") as ours:
        there = 0
        for size in (10, 1000, 10_000, extent.of(100_000)):
            settle_all(ours, there, size, REFUSED, GiveUp(REFUSED.reason))
            there = size

            def mails(size: int = size) -> None:
                _mails(ours, f"c{size}")

            curves["corridor"].append((size, [took / MAILS for took in _took(mails, extent)]))
            curves["look"].append((size, _took(lambda: (ours.wiring.glance(), ours.wiring.sweep()), extent)))
            curves["page"].append((size, _took(lambda: list(islice(ours.wiring.desk.letters(), PAGE)), extent)))
    along, words = "dead letters", {
        "corridor": "a mail taken in and sent by one process, by dead letters",
        "look": "what `status` asks, and a sweep, by dead letters",
        "page": f"the first {PAGE} of the desk, by dead letters",
    }  # fmt: skip
    for name, what in words.items():
        yield Curve(f"dead-letters-{name}", what, along, "µs", curves[name])


def settle_all(ours: Site, first: int, last: int, outcome: Outcome, step: Step) -> None:
    """Plan a mail for each number and settle it so, as after an attempt at a provider that answers."""
    outbox = ours.wiring.outbox
    for start in range(first, last, BATCH):
        numbers = range(start, min(start + BATCH, last))
        ours.wiring.stream.append([event(f"{outcome.kind}{number}") for number in numbers])
        ours.take_in()
        while (claim := outbox.claim(MAIL, BATCH)).deliveries:
            outbox.settle(claim, [Settlement(delivery.id, outcome, step) for delivery in claim.deliveries], Well())


def _mails(ours: Site, name: str) -> None:
    ours.publish([f"{name}-{number}-{time.monotonic_ns()}" for number in range(MAILS)])
    ours.take_in()
    ours.wiring.attempts.attempt(MAIL, 60)


def _took(work: Callable[[], Any], extent: Extent) -> list[float]:
    """µs of each round."""
    took = []
    work()
    for _ in extent.rounds:
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) * 1e6)
    return took
