"""What one event takes in each state of its life, and of each process: what the capacity page counts with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from benchmarks.extent import Extent, room
from benchmarks.figures import Figure
from benchmarks.measures.dead_letters import REFUSED, settle
from benchmarks.measures.memory import MEMBERS, REALM, realm
from benchmarks.site import WORKERS, Site, event, site
from notifier.outcome import Accepted, Outcome
from notifier.retry import Done, GiveUp, Step

EVENTS, BATCH = 5000, 500
STATES: Mapping[str, tuple[str, Callable[[Site], None]]] = {
    "stream": ("waits to be evaluated", lambda _: None),
    "due": ("planned and due", lambda ours: ours.take_in()),
    "sent": ("sent, until `retention` is over", lambda ours: _through(ours, Accepted("250 2.0.0 ok"), Done())),
    "dead": ("a dead letter, until an operator decides", lambda ours: _through(ours, REFUSED, GiveUp(REFUSED.reason))),
}
USES = {
    "worker": ("CPU of the workers", "ms"),
    "redis": ("CPU of Redis", "ms"),
    "in": ("bytes sent to Redis by everybody", "B"),
    "out": ("bytes answered by Redis", "B"),
    "file": ("bytes written to Redis's append-only file", "B"),
}


def capacity(extent: Extent) -> Iterator[Figure]:
    """Bytes in Redis by state, then what an event uses from its publication to its last record."""
    count = extent.of(EVENTS, least=BATCH)
    yield Figure("capacity-text", "an event's text", [len(event("e0000"))], "B")
    for name, (what, reach) in STATES.items():
        yield Figure(f"capacity-{name}", f"an event of one mail: {what}", _bytes(count, reach), "B")
    for name, (what, reach) in list(STATES.items())[1:]:
        each = _bytes(max(count // MEMBERS, 10), reach, MEMBERS)
        yield Figure(f"capacity-{name}-shared", f"a mail, one of {MEMBERS} of its event: {what}", each, "B")
    yield from _uses(extent, count)


def _bytes(events: int, reach: Callable[[Site], None], mails: int = 1) -> list[float]:
    """What Redis has more for each mail, its event included; counted once, as it hardly varies."""
    kind, files = "token_init", {}
    if mails > 1:
        kind, files = "realm_told", {"directory.yaml": realm(mails), "handlers/realm.yaml": REALM}
    with room() as root, site(root / "ours", **files) as ours:
        ours.publish(["first"], kind)
        _through(ours, Accepted("250 2.0.0 ok"), Done())  # scripts are loaded, keys are made
        redis: Any = ours.wiring.redis
        before = redis.info("memory")["used_memory"]
        for start in range(0, events, BATCH):
            ours.publish([f"e{number:04}" for number in range(start, min(start + BATCH, events))], kind)
            reach(ours)
        used = redis.info("memory")["used_memory"] - before
    return [used / (events * mails)]


def _through(ours: Site, outcome: Outcome, step: Step) -> None:
    ours.take_in()
    settle(ours, outcome, step)


def _uses(extent: Extent, count: int) -> Iterator[Figure]:
    """By real workers, in a Redis that doesn't rewrite its file meanwhile."""
    rounds: dict[str, list[float]] = {name: [] for name in USES}
    with room() as root, site(root / "ours") as ours:
        redis: Any = ours.wiring.redis
        redis.config_set("auto-aof-rewrite-percentage", 0)
        ours.start()
        for round_ in extent.rounds:
            before = _used(ours)
            ours.drain(f"u{round_}", count)
            ours.settle()
            for name, value in _used(ours).items():
                rounds[name].append((value - before[name]) / count)
        memory = ours.resident / WORKERS / 1e6
    for name, (what, unit) in USES.items():
        yield Figure(f"capacity-{name}", f"{what}, an event of one mail", rounds[name], unit)
    yield Figure("capacity-memory", "a worker of one child, in memory", [memory], "MB")


def _used(ours: Site) -> dict[str, float]:
    redis: Any = ours.wiring.redis
    stats, file = redis.info("stats"), redis.info("persistence")["aof_current_size"]
    return {
        "worker": ours.cpu * 1e3,
        "redis": ours.redis_cpu * 1e3,
        "in": stats["total_net_input_bytes"],
        "out": stats["total_net_output_bytes"],
        "file": file,
    }
