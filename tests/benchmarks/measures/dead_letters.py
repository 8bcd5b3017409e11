"""What letters on the desk cost everybody else: the corridor, `status`, the sweep, and whoever lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.extent import Extent, room
from benchmarks.figures import COST, Curve, Figure, Found, each
from benchmarks.measures.growth import spent
from benchmarks.site import Site, event, site
from notifier.circuit import Well
from notifier.model import Channel
from notifier.outcome import Outcome, Reason, Rejected
from notifier.record.desk import PAGE
from notifier.record.outbox import Settlement, Way
from notifier.retry import GiveUp, Step

MAIL = Way(Channel.MAIL, "relay1")
BATCH, MAILS, LOOKS, SWEEPS, PAGES = 500, 1000, 200, 50, 10
REFUSED = Rejected(Reason.MAILBOX_UNAVAILABLE, "550 5.1.1 no such user here")
#: Somebody else's hashes, of about the sizes of an event, a delivery, its attempts, and two small keys: name -> fields.
STRANGERS = {"event": 16, "delivery": 28, "attempts": 8, "list": 1, "ids": 1}
CURVES: Mapping[str, str] = {
    "corridor": "a mail taken in, sent and recorded by one process, by dead letters",
    "status": "what `status` asks Redis, by dead letters",
    "sweep": "a sweep, by dead letters",
    "page": f"the first {PAGE} letters of `dead list`, by dead letters",
    "list": "a letter of the whole `dead list`, by dead letters",
}


def dead_letters(extent: Extent) -> Iterator[Found]:
    """Each at an installation whose desk fills."""
    points: dict[str, list[tuple[int, list[float]]]] = {name: [] for name in CURVES}
    with room() as root, site(root / "ours") as ours:
        _mails(ours, "first")
        there = 0
        for size in extent.sizes(0, 1000, 10_000, large=100_000):
            settle_all(ours, range(there, size), REFUSED, GiveUp(REFUSED.reason))
            there = size
            for name, took in _at(ours, size, extent).items():
                if took:
                    points[name].append((size, took))
        beside = _beside_strangers(ours, root / "strangers", extent)
    for name, what in CURVES.items():
        yield Curve(f"dead-letters-{name}", what, "dead letters", COST, points[name])
    yield Figure(
        "dead-letters-over-strangers",
        f"CPU of a mail with {there:,} dead letters over with as many keys of somebody else in the same Redis",
        beside,
        note="about 1: what grows is what Redis pays for any large memory",
    )


def _beside_strangers(ours: Site, root: Path, extent: Extent) -> list[float]:
    """In turns at a record that is nearly empty, in a Redis as full as ours."""
    with site(root) as other:
        _mails(other, "first")
        redis: Any = other.wiring.redis
        keys = ours.wiring.redis.dbsize() // len(STRANGERS)
        for start in range(0, keys, BATCH):
            with redis.pipeline(transaction=False) as pipe:
                for number in range(start, min(start + BATCH, keys)):
                    for name, size in STRANGERS.items():
                        pipe.hset(f"{name}:{number}", mapping={str(n): "v" * 25 for n in range(size)})
                pipe.execute()
        rounds = [
            [spent(at, lambda at=at, n=f"s{round_}": _mails(at, n), MAILS) for at in (ours, other)]
            for round_ in extent.rounds
        ]
    return each((with_letters for with_letters, _ in rounds), (without for _, without in rounds))


def settle_all(ours: Site, numbers: range, outcome: Outcome, step: Step) -> None:
    """Plan a mail for each number and settle it so, as after an attempt at a provider that answers."""
    for start in range(numbers.start, numbers.stop, BATCH):
        some = range(start, min(start + BATCH, numbers.stop))
        ours.wiring.stream.append([event(f"{outcome.kind}{number}") for number in some])
        ours.take_in()
        settle(ours, outcome, step)


def settle(ours: Site, outcome: Outcome, step: Step) -> None:
    """All that is due."""
    outbox = ours.wiring.outbox
    while (claim := outbox.claim(MAIL, BATCH)).deliveries:
        outbox.settle(claim, [Settlement(delivery.id, outcome, step) for delivery in claim.deliveries], Well())


def _at(ours: Site, size: int, extent: Extent) -> dict[str, list[float]]:
    """µs of each round with so many on the desk."""
    desk, took = ours.wiring.desk, {name: list[float]() for name in CURVES}
    for round_ in extent.rounds:
        took["corridor"].append(spent(ours, lambda name=f"c{size}-{round_}": _mails(ours, name), MAILS))
        took["status"].append(spent(ours, lambda: _times(LOOKS, ours.wiring.glance), LOOKS))
        took["sweep"].append(spent(ours, lambda: _times(SWEEPS, ours.wiring.sweep), SWEEPS))
        if size >= PAGE:
            took["page"].append(spent(ours, lambda: _times(PAGES, lambda: list(islice(desk.letters(), PAGE))), PAGES))
    if size >= PAGE:
        took["list"].append(spent(ours, lambda: sum(1 for _ in desk.letters()), size))
    return took


def _times(count: int, work: Callable[[], Any]) -> None:
    for _ in range(count):
        work()


def _mails(ours: Site, name: str) -> None:
    ours.publish([f"{name}-{number}" for number in range(MAILS)])
    ours.take_in()
    ours.wiring.attempts.attempt(MAIL, 60)
