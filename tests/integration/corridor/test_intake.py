"""What comes in: one event's trouble is its own, and whoever is at an event keeps it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis

from notifier import evaluation
from notifier.configuration import Policies
from notifier.embedded import EmbeddedRedis
from notifier.intake.stream import Entry, Stream
from notifier.model import Channel
from notifier.observe.events import EventQuarantined
from notifier.outcome import Unreadable
from notifier.pipeline import Intake
from notifier.record.keeper import LeaseKeeper
from notifier.record.outbox import Plan, Way
from notifier.record.redis_outbox import PREFIX, RedisOutbox
from notifier.wiring import Wiring, now

HANDLERS = r"""
- name: tell
  event: token_init
  action: sendmail
  options: {emailconfig: relay1, To: email, To email: kim@example.com, body: "PIN {pin} \ud83d\ude00 {ua_string}"}
"""
SOON = timedelta(milliseconds=20)


class House:
    """A configuration and an intake with a consumer of its own."""

    def __init__(self, root: Path, url: str, *, outbox: RedisOutbox | None = None) -> None:
        (root / "handlers").mkdir(exist_ok=True)
        (root / "handlers" / "all.yaml").write_text(HANDLERS)
        (root / "smtp_servers.yaml").write_text("relay1: {server: mail.example.com, sender: a@example.com}\n")
        self.wiring = Wiring(root, {"NOTIFIER_REDIS_URL": url})
        self.seen: list[object] = []
        self.stream = self.wiring.stream
        self.intake = Intake(
            stream=self.stream,
            quarantine=self.wiring.quarantine,
            outbox=outbox or self.wiring.outbox,
            keeper=LeaseKeeper(SOON),
            evaluator=self.wiring.evaluator,
            recomposer=self.wiring.recomposer,
            policies=Policies(),
            observe=self.seen.append,
        )

    def happens(self, *idents: str, agent: str = "agent") -> None:
        event = {"specversion": "1.0", "source": "/pi", "type": "token_init"}
        data = {"request": {"user_agent": agent}, "response": {"detail": {"pin": "4711"}}}
        self.stream.append(json.dumps({**event, "id": i, "data": data}).encode() for i in idents)

    def bodies(self) -> list[str]:
        answered = "answered_at"  # the provider is known to work, so all may be claimed at once
        self.wiring.redis.hset(f"{PREFIX}provider:mail:relay1", answered, 1 << 42)
        claim = self.wiring.outbox.claim(Way(Channel.MAIL, "relay1"), 1000)
        return [delivery.message.body for delivery in claim.deliveries]


@pytest.fixture
def house(redis: Redis, redis_server: EmbeddedRedis, tmp_path: Path) -> House:
    """A house over an empty Redis."""
    assert redis.dbsize() == 0
    return House(tmp_path, redis_server.url)


def test_half_characters_keep_nobody_out(house: House) -> None:
    """Two halves in a file are joined; an event with a lone one is no text, and set aside."""
    assert not house.wiring.configuration.problems
    house.happens("e1")
    house.happens("e2", agent="\ud83d")

    house.intake.take_in(10, now)

    assert house.bodies() == ["PIN 4711 \U0001f600 agent"]
    assert [label.reason for label in house.wiring.quarantine] == [Unreadable.NOT_JSON]


def test_half_a_character_in_a_file_is_told(tmp_path: Path) -> None:
    """With its place: what it was meant to be nobody knows."""
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "all.yaml").write_text(HANDLERS.replace(r"\ude00", ""))

    found = [str(problem) for problem in Wiring(tmp_path, {}).configuration.problems]

    assert any("handlers/all.yaml:5:" in line and "half a character" in line for line in found), found


class Refusing(RedisOutbox):
    """An outbox with a bug that one event meets."""

    def plan(self, plans: Iterator[Plan]) -> list[bool]:
        def each() -> Iterator[Plan]:
            for plan in plans:
                yield self.looked_at(plan)

        return list(super().plan(each()))

    def looked_at(self, plan: Plan) -> Plan:
        if plan.event.id == "bad":
            raise ValueError("PIN 4711")
        return replace(plan)


def test_a_bug_costs_one_event(redis: Redis, redis_server: EmbeddedRedis, tmp_path: Path) -> None:
    """The others are planned, once; it is in quarantine with the error's kind, not its words, and can be released."""
    house = House(tmp_path, redis_server.url, outbox=Refusing(redis, retention=timedelta(days=1)))
    house.happens("e1", "bad", "e2")

    taken = house.intake.take_in(10, now)

    assert (taken.entries, taken.planned, taken.quarantined) == (3, 2, 1)
    assert len(house.bodies()) == 2
    (label,) = house.wiring.quarantine
    assert (label.reason, label.detail) == (Unreadable.INTERNAL_ERROR, "ValueError")
    assert house.stream.backlog() == (0, 0)


def test_who_is_at_an_event_keeps_it(redis: Redis, redis_server: EmbeddedRedis, tmp_path: Path) -> None:
    """However long it takes, nobody else takes it for abandoned, and it isn't counted as handed out again."""
    other = Stream(redis, "token-events", "other")
    found: list[Entry] = []
    idle: list[int] = []

    class Looking(RedisOutbox):
        def plan(self, plans: Iterator[Plan]) -> list[bool]:
            written = list(plans)
            until = time.monotonic() + 20
            while time.monotonic() < until:
                (row,) = redis.xpending_range("token-events", "notifier", "-", "+", 1)
                idle.append(row["time_since_delivered"])
                if len(idle) > 1 and idle[-1] < idle[-2]:
                    break
            found.extend(other.abandoned(10, 10_000))
            return list(super().plan(written))

    house = House(tmp_path, redis_server.url, outbox=Looking(redis, retention=timedelta(days=1)))
    house.happens("e1")

    house.intake.take_in(10, now)

    assert idle[-1] < idle[-2], "it was renewed while it was being planned"
    assert found == []
    assert len(house.bodies()) == 1


def test_what_was_left_behind_is_not_starved(house: House, redis: Redis) -> None:
    """Under load there is always something new; the abandoned comes first, alone, now and then."""
    house.happens("left")
    Stream(redis, "token-events", "gone").read(10)
    house.happens("new")
    (row,) = redis.xpending_range("token-events", "notifier", "-", "+", 1)
    redis.xclaim("token-events", "notifier", "gone", 0, [row["message_id"]], idle=60_000, justid=True)

    first = house.intake.take_in(10, now)

    assert first.entries == 1
    assert house.wiring.timeline.show("left")["deliveries"]
    assert house.intake.take_in(10, now).entries == 1
    assert house.wiring.timeline.show("new")["deliveries"]


def test_an_event_cannot_fill_the_record(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a bound its messages end as a dead letter that says so."""
    monkeypatch.setattr(evaluation, "MOST_WRITTEN", 100)
    house.happens("large", agent="x" * 200)

    house.intake.take_in(10, lambda: datetime.now(UTC))

    (dead,) = house.wiring.timeline.show("large")["deliveries"]
    assert (dead["state"], dead["reason"]) == ("dead", "too_large")
    assert not [seen for seen in house.seen if isinstance(seen, EventQuarantined)]
