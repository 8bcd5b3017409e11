"""Compares what arrived with what the record says, message by message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from redis import Redis

from chaos.dice import HELD, Notice, Temper
from notifier.errors import UnknownId
from notifier.model import Channel
from notifier.outcome import Reason
from notifier.record.redis_outbox import PREFIX
from notifier.record.timeline import Timeline

DESK = ("dead", "expired", "held")
#: Why a delivery may be there: it was refused, or too often nobody knew.
REFUSALS = (Reason.MAILBOX_UNAVAILABLE, Reason.REFUSED)
PATIENCE = (Reason.NO_ANSWER, Reason.CONNECTION_LOST, Reason.WORKER_LOST, Reason.ATTEMPTS_EXHAUSTED)
#: What a finished installation may keep without an end: Celery's own names, providers, the desk, its own locks.
LASTING = ("token-events", "_kombu.", "unacked", "provider:", "providers", "sources", "desk", "bells:", "quarantine")


@dataclass(slots=True)
class Findings:
    """What the audit found; the lists hold a line for each case."""

    events: int = 0
    deliveries: int = 0
    states: Counter[str] = field(default_factory=Counter)
    #: Why deliveries are on the desk.
    desk: Counter[str] = field(default_factory=Counter)
    attempts: Counter[str] = field(default_factory=Counter)
    arrived: int = 0
    #: Arrived more than once; each of them was recorded as unsure.
    duplicates: int = 0
    lost: list[str] = field(default_factory=list)
    unrecorded: list[str] = field(default_factory=list)
    #: Not final, or contradicting itself.
    wrong: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Every promise was kept."""
        return not (self.lost or self.unrecorded or self.wrong or self.leaks)


class Audit:
    """Reads the record after everything has come to rest; what arrived is `peers.tally`."""

    def __init__(self, redis: Redis, arrived: Counter[tuple[Channel, str]], identities: Mapping[str, set[str]]) -> None:
        self._redis: Any = redis
        self._timeline = Timeline(redis)
        self._arrived, self._identities = arrived, identities
        self._known: set[tuple[Channel, str]] = set()
        self._open = 0
        self.found = Findings()

    def run(self, accepted: Iterable[Notice], perhaps: Iterable[Notice]) -> Findings:
        """The findings; ``perhaps`` were published without an answer."""
        for notice in accepted:
            self._event(notice, required=True)
        for notice in perhaps:
            self._event(notice, required=False)
        for channel, ident in self._arrived.keys() - self._known:
            self.found.wrong.append(f"{ident}/{channel}: arrived, and nobody published it")
        self.found.arrived = self._arrived.total()
        self._desk()
        self.found.leaks += leaks(self._redis, self.found.states)
        return self.found

    def _event(self, notice: Notice, *, required: bool) -> None:
        try:
            story = self._timeline.show(notice.ident)
        except UnknownId:
            if required:
                self.found.lost.append(f"{notice.ident}: accepted, and not in the record")
            return
        self.found.events += 1
        deliveries: dict[str, dict[str, Any]] = {d["channel"]: d for d in story["deliveries"]}
        if len(story["deliveries"]) != len(notice.channels):
            channels = ", ".join(d["channel"] for d in story["deliveries"])
            self.found.wrong.append(f"{notice.ident}: its deliveries are {channels or 'none'}")
        for channel in notice.channels:
            self._known.add((channel, notice.ident))
            if channel in deliveries:
                self._delivery(notice, channel, deliveries[channel])
            else:
                self.found.lost.append(f"{notice.ident}/{channel}: no delivery in the record")
        waiting = sum(d["state"] in DESK for d in deliveries.values())
        left = int(self._redis.hget(f"{PREFIX}event:{story['event']['key']}", "open") or 0)
        if left != waiting:
            self.found.wrong.append(f"{notice.ident}: {left} open, {waiting} on the desk")
        if not waiting and story["event"]["state"] != "final":
            self.found.wrong.append(f"{notice.ident}: is {story['event']['state']}")

    def _delivery(self, notice: Notice, channel: Channel, told: Mapping[str, Any]) -> None:
        name, state = f"{notice.ident}/{channel}", told["state"]
        outcomes = Counter(a["outcome"] for a in told["attempts"])
        arrived = self._arrived[channel, notice.ident]
        self.found.deliveries += 1
        self.found.states[state] += 1
        self.found.attempts.update(outcomes)
        if state in DESK:
            self.found.desk[told["reason"] or "no reason"] += 1
            self._open += 1
        self._consistent(notice, name, told, outcomes)
        if not arrived and state not in DESK:
            self.found.lost.append(f"{name}: {state}, and it never arrived")
        if arrived > 1:
            self.found.duplicates += 1
        # What arrived was accepted, or nobody knew.
        if arrived > outcomes["accepted"] + outcomes["unsure"]:
            self.found.unrecorded.append(f"{name}: arrived {arrived} times, attempts {dict(outcomes)}")
        if channel is Channel.MAIL and self._identities.get(notice.ident, {told["id"]}) != {told["id"]}:
            self.found.wrong.append(f"{name}: its mails have other identities than the delivery")

    def _consistent(self, notice: Notice, name: str, told: Mapping[str, Any], outcomes: Counter[str]) -> None:
        state = told["state"]
        if state not in (*DESK, "sent"):
            self.found.wrong.append(f"{name}: is {state}")
        if state in DESK and told["reason"] not in (REFUSALS if notice.temper is Temper.REFUSED else ()) + PATIENCE:
            self.found.wrong.append(f"{name}: {state} for {told['reason'] or 'no reason'}")
        if outcomes["accepted"] != (state == "sent"):
            self.found.wrong.append(f"{name}: {state} after attempts {dict(outcomes)}")
        if notice.temper is Temper.REFUSED and state == "sent":
            self.found.wrong.append(f"{name}: sent, though it was refused")
        channel_arrived = self._arrived[Channel.MAIL, notice.ident]
        if notice.type == HELD and channel_arrived > 1:
            self.found.unrecorded.append(f"{name}: arrived {channel_arrived} times, though it is held when unsure")

    def _desk(self) -> None:
        count = int(self._redis.zcard(f"{PREFIX}desk"))
        if count != self._open:
            self.found.wrong.append(f"{count} letters on the desk, {self._open} deliveries that should be there")


def leaks(redis: Any, states: Mapping[str, int]) -> list[str]:
    """Keys that should be gone, or should end some day and won't."""
    found = []
    endless: Counter[str] = Counter()
    for raw in redis.scan_iter(count=1000):
        key = raw.decode()
        kind = key.removeprefix(PREFIX)
        if kind.startswith(("due:", "leased:", "deferred", "reopened")):
            found.append(f"{kind} is still there")
        elif redis.ttl(key) == -1 and not kind.startswith(LASTING):
            endless[kind.partition(":")[0]] += 1
    waiting = sum(states.get(state, 0) for state in DESK)
    # What is on the desk stays until somebody decides, with its event and its fellow deliveries.
    bounds = {"event": 2 * waiting, "ids": waiting, "delivery": 2 * waiting, "attempts": 2 * waiting}
    found += [
        f"{count} keys of {kind} have no end; {bounds.get(kind, 0)} may"
        for kind, count in endless.items()
        if count > bounds.get(kind, 0)
    ]
    return found


def keys_by_pattern(redis: Any) -> dict[str, int]:
    """How many keys of each kind there are."""
    kinds: Counter[str] = Counter()
    for raw in redis.scan_iter(count=1000):
        words = raw.decode().removeprefix(PREFIX)
        kinds["_kombu" if words.startswith("_kombu") else words.partition(":")[0]] += 1
    return dict(sorted(kinds.items()))
