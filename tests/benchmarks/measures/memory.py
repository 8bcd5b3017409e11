"""What a delivery that waits takes of Redis beyond what it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.extent import Extent, room
from benchmarks.figures import Figure, at_most
from benchmarks.site import Site, event, site

WAITING, BATCH, MEMBERS = 100_000, 1000, 100
REALM = """\
- name: tell the realm
  event: realm_told
  action: sendmail
  options:
    {emailconfig: relay1, To: "admin realm", "To admin realm": sales, subject: "Token {serial}",
     body: "Hello, code {registrationcode}"}
"""


def memory(extent: Extent) -> Iterator[Figure]:
    """Once: the event, the delivery, and where they are found; each has an event of its own, then many share one."""
    count = extent.of(WAITING, BATCH)
    with room() as root, site(root / "ours") as ours:
        used, payload = _waiting(ours, count)
    with (
        room() as root,
        site(root / "ours", **{"directory.yaml": realm(MEMBERS), "handlers/realm.yaml": REALM}) as ours,
    ):
        events = count // MEMBERS
        used_shared, payload_shared = _waiting(ours, events, "realm_told", MEMBERS)
    yield Figure(
        "waiting-bytes",
        f"bytes in Redis of a waiting delivery over its payload, with {count:,} waiting, each of an event of its own",
        [(used - payload) / count],
        "B",
        target=at_most(600),
        note="payload: the event's text, and the message that stands beside it",
    )
    yield Figure(
        "waiting-bytes-shared",
        f"the same with {MEMBERS} recipients of each event",
        [(used_shared - payload_shared) / (events * MEMBERS)],
        "B",
        target=at_most(600),
        note="as before",
    )
    yield Figure("waiting-bytes-whole", "the first with its payload", [used / count], "B")


def realm(members: int) -> str:
    """A directory of so many people."""
    people = "".join(f"        - {{username: u{n}, email: member{n}@example.com}}\n" for n in range(members))
    return f"realms: {{sales: [staff]}}\nstores:\n  staff:\n    type: static\n    users:\n{people}"


def _waiting(ours: Site, count: int, kind: str = "token_init", each: int = 1) -> tuple[int, int]:
    """Bytes in Redis, and of them the events' texts and the messages."""
    redis: Any = ours.wiring.redis
    ours.publish(["first"], kind)
    ours.take_in()
    before, payload = redis.info("memory")["used_memory"], 0
    for start in range(0, count, BATCH):
        raws = [event(f"m{number}", kind) for number in range(start, min(start + BATCH, count))]
        payload += sum(map(len, raws))
        ours.wiring.stream.append(raws)
        ours.take_in()
    used = redis.info("memory")["used_memory"] - before
    some = next(redis.scan_iter("nt:{0}:delivery:*", count=1000))
    return used, payload + count * each * len(redis.hget(some, "message"))
