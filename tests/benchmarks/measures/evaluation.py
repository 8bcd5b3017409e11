"""Deciding and composing in one process: many definitions that are bound to an event, few that match."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import yaml_text

from benchmarks.extent import Extent, room
from benchmarks.figures import COST, Curve, Figure, at_least, at_most, each
from benchmarks.site import event
from notifier.evaluation import plan_of
from notifier.intake.contract import parse
from notifier.wiring import Wiring
from notifier.worker.permanent import Permanent

DEFINITIONS, MATCHING, EVENTS = 1000, 3, 2000
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DEFINITION = """\
- name: definition {number}
  event: {event}
  conditions: {{realm: [{realm}], tokentype: [hotp, totp]}}
  action: sendmail
  options: {{emailconfig: relay1, To: tokenowner, subject: "Token {{serial}}", body: "Hello {{givenname}}"}}
"""


def evaluation(extent: Extent) -> Iterator[Figure]:
    """Events a second of one process; and what definitions of other events add."""
    count = extent.of(EVENTS)
    with room() as root:
        house = configured(root / "bound", bound=DEFINITIONS, others=0)
        whole = [1 / one(house, events(count, round_)) for round_ in extent.rounds]
        alone = [1 / one(house, events(count, round_), decide_only=True) for round_ in extent.rounds]
        few = configured(root / "few", bound=3, others=10)
        many = configured(root / "many", bound=3, others=10_000)
        least, most = [], []
        for round_ in extent.rounds:
            least.append(one(few, events(count, round_, 3)))
            most.append(one(many, events(count, round_, 3)))
    yield Figure(
        "other-definitions",
        "cost of an event with 10,000 definitions bound to other events over with 10",
        each(most, least),
        target=at_most(1.1),
    )
    yield Figure(
        "evaluate",
        f"evaluate only, {DEFINITIONS:,} definitions bound, {MATCHING} match, in one process: decide and compose",
        alone,
        "events/s",
        target=at_least(4000),
    )
    yield Figure("evaluate-whole", "the same with reading the event's JSON", whole, "events/s")


def definitions_bound(extent: Extent) -> Iterator[Curve]:
    """What an event costs, by how many definitions meet it, how many match, and how many others there are."""
    count = extent.of(500)
    yield Curve(
        "definitions-bound",
        "an event, by definitions bound to this event, 3 match",
        "definitions",
        COST,
        [(n, _cpu(extent, count, n, bound=n, others=0)) for n in (10, 100, 1000)],
        per="definition",
    )
    yield Curve(
        "definitions-matching",
        "an event, by definitions bound to this event, all match",
        "definitions",
        COST,
        [(n, _cpu(extent, max(2 * count // n, 3), 1, bound=n, others=0, matching=n)) for n in (10, 100, 1000)],
        per="definition",
    )
    yield Curve(
        "definitions-others",
        "an event, by definitions bound to other events",
        "definitions",
        COST,
        [(n, _cpu(extent, count, 3, bound=3, others=n)) for n in (10, 100, 1000, 10_000)],
    )


def _cpu(extent: Extent, count: int, met: int, **sizes: int) -> list[float]:
    """µs of CPU an event, each round; ``met``: over so many definitions the events' realms are spread."""
    with room() as root:
        house = configured(root / "house", **sizes)
        one(house, events(3, len(extent.rounds), met))  # templates are compiled
        with as_in_a_worker():
            return [one(house, events(count, r, met), clock=time.process_time) * 1e6 for r in extent.rounds]


@contextmanager
def as_in_a_worker() -> Iterator[None]:
    """What is loaded is kept from Python's collector."""
    threshold = gc.get_threshold()
    Permanent().keep("loaded")
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*threshold)


def configured(root: Path, *, bound: int, others: int, matching: int = MATCHING) -> Wiring:
    """A configuration of so many definitions; three for each realm, or so many."""
    (root / "handlers").mkdir(parents=True)
    (root / "notifier.yaml").write_text(yaml_text.NOTIFIER)
    (root / "smtp_servers.yaml").write_text(yaml_text.smtp(25))
    (root / "handlers/all.yaml").write_text(
        "".join(DEFINITION.format(number=n, event="token_init", realm=f"realm{n // matching}") for n in range(bound))
        + "".join(DEFINITION.format(number=f"o{n}", event="token_disable", realm=f"realm{n}") for n in range(others))
    )
    house = Wiring(root, {})
    house.require_usable()
    list(house.evaluator.evaluate(parse(events(1, 0)[0], arrived=NOW)).reports)
    return house


def events(count: int, seed: int, bound: int = DEFINITIONS) -> list[bytes]:
    """Events of realms in any order: a thousand definitions have to be looked at again for each."""
    dice = random.Random(seed)
    realms = max(min(bound, DEFINITIONS) // MATCHING, 1)
    return [event(f"e{number}", realm=f"realm{dice.randrange(realms)}") for number in range(count)]


def one(
    house: Wiring,
    raws: Sequence[bytes],
    *,
    decide_only: bool = False,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Seconds an event."""
    evaluator, policies = house.evaluator, house.policies
    if decide_only:
        read = [parse(raw, arrived=NOW) for raw in raws]
        began = clock()
        for known in read:
            list(plan_of(evaluator.evaluate(known), policies, NOW, NOW).deliveries)
    else:
        began = clock()
        for raw in raws:
            plan = plan_of(evaluator.evaluate(parse(raw, arrived=NOW)), policies, NOW, NOW)
            list(plan.deliveries)
    return (clock() - began) / len(raws)
