"""What one event takes of Redis in each state of its life: what the capacity page counts with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.extent import Extent, room
from benchmarks.figures import Figure
from benchmarks.measures.dead_letters import REFUSED, settle_all
from benchmarks.site import Site, event, site
from notifier.outcome import Accepted
from notifier.retry import Done, GiveUp

EVENTS = 5000


def capacity(extent: Extent) -> Iterator[Figure]:
    """Bytes an event of one mail, everything included."""
    count = extent.of(EVENTS, least=500)
    states: dict[str, tuple[str, Callable[[Site], None]]] = {
        "published": ("waits to be evaluated", lambda ours: _publish(ours, count)),
        "planned": ("its mail waits", lambda ours: _plan(ours, count)),
        "sent": (
            "its mail is sent, until `retention` is over",
            lambda ours: settle_all(ours, 0, count, Accepted("250 2.0.0 ok"), Done()),
        ),
        "dead": (
            "its mail is on the desk",
            lambda ours: settle_all(ours, 0, count, REFUSED, GiveUp(REFUSED.reason)),
        ),
    }
    yield Figure("event-bytes", "an event's text", [len(event("published0"))], "B")
    for name, (what, reach) in states.items():
        bytes_each = []
        for _ in extent.rounds:
            with room() as root, site(root / "ours") as ours:
                settle_all(ours, -1, 0, Accepted("250 2.0.0 ok"), Done())  # scripts loaded, keys made
                redis: Any = ours.wiring.redis
                before = redis.info("memory")["used_memory"]
                reach(ours)
                bytes_each.append((redis.info("memory")["used_memory"] - before) / count)
        yield Figure(f"bytes-{name}", f"bytes in Redis of an event of one mail: {what}", bytes_each, "B")


def _publish(ours: Site, count: int) -> None:
    ours.publish([f"published{number}" for number in range(count)])


def _plan(ours: Site, count: int) -> None:
    _publish(ours, count)
    ours.take_in()
