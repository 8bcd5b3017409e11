"""A spool against a model: whatever is published, flushed, cut off and killed, in whatever order."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from redis.exceptions import RedisError

from notifier.spool.directory import Spool
from notifier.spool.flush import Flusher

PROCESSES = 3


class Killed(BaseException):
    """Kill -9, at the port: nothing of ours runs after it."""


class Stream:
    """Redis: there or not, cut off before or after it took a batch; kills whoever sends when told to."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.fate = ""

    def __call__(self, _: str, raws: Sequence[bytes]) -> None:
        if self.fate == "away":
            raise RedisError
        if self.fate == "killed before":
            raise Killed
        self.ids += [json.loads(raw)["id"] for raw in raws]
        if self.fate == "no answer":
            raise RedisError
        if self.fate == "killed after":
            raise Killed


class Producers(RuleBasedStateMachine):
    """Several processes, one spool. A process publishes as `SpoolingProducer` does, step by step."""

    process = st.integers(0, PROCESSES - 1)
    fate = st.sampled_from(["", "", "away", "no answer", "killed before", "killed after"])

    def __init__(self) -> None:
        super().__init__()
        self.place = tempfile.TemporaryDirectory()
        self.redis = Stream()
        self.accepted: dict[str, list[str]] = {}
        self.published = self.lives = self.time = 0
        self.processes = [self.born() for _ in range(PROCESSES)]

    def teardown(self) -> None:
        """Redis is back for good: one flush takes everything there."""
        self.redis.fate = ""
        Flusher(self.spool("0"), self.redis, stream="s").flush()
        assert not self.spool("0").waiting()
        first_time = list(dict.fromkeys(self.redis.ids))
        for mine in self.accepted.values():
            assert [i for i in first_time if i in mine] == mine
        self.place.cleanup()

    def spool(self, writer: str) -> Spool:
        return Spool(Path(self.place.name) / "spool", writer=writer, clock=lambda: self.time)

    def born(self) -> tuple[str, Flusher, Spool]:
        self.lives += 1
        spool = self.spool(f"{self.lives:x}")
        return f"{self.lives:x}", Flusher(spool, self.redis, stream="s"), spool

    @rule(to=st.integers(1, 50))
    def the_clock_is_set(self, to: int) -> None:
        """Forwards or back."""
        self.time = to

    @rule(number=process, fate=fate, most=st.sampled_from([1, 2, None]))
    def publish(self, number: int, fate: str, most: int | None) -> None:
        """Directly where nothing waits, else behind the others and a portion on."""
        name, flusher, spool = self.processes[number]
        self.published += 1
        ident = f"{name}-{self.published}"
        raw = json.dumps({"id": ident}).encode()
        self.redis.fate = fate
        try:
            if spool.waiting():
                spool.add("s", [raw])
                self.accept(name, ident)
                flusher.flush(most)
                return
            try:
                self.redis("s", [raw])
            except RedisError:
                spool.add("s", [raw])
            self.accept(name, ident)
        except RedisError:
            pass
        except Killed:
            self.processes[number] = self.born()

    def accept(self, name: str, ident: str) -> None:
        self.accepted.setdefault(name, []).append(ident)

    @rule(number=process, fate=fate, most=st.sampled_from([1, 3, None]))
    def flush(self, number: int, fate: str, most: int | None) -> None:
        """A timer, or another publish; may be cut off or killed."""
        self.redis.fate = fate
        try:
            self.processes[number][1].flush(most)
        except RedisError:
            pass
        except Killed:
            self.processes[number] = self.born()

    @rule(number=process)
    def killed_while_writing(self, number: int) -> None:
        """Between write and rename: a draft stays."""
        spool = self.processes[number][2]
        spool.add("s", [])
        (spool.directory / f".{self.lives}-draft.json.draft").write_text('{"id": "draft"}')
        self.processes[number] = self.born()

    @precondition(lambda self: self.spool("0").waiting())
    @rule(text=st.sampled_from(["", "{", "[]", '{"id": 1}']), name=st.sampled_from(["0.json", "zz.json"]))
    def poison(self, text: str, name: str) -> None:
        """Somebody puts there what is no event."""
        (Path(self.place.name) / "spool" / name).write_text(text)

    @invariant()
    def nothing_accepted_is_lost(self) -> None:
        """In the stream or in the spool, at every moment."""
        spool = self.spool("0")
        here = {json.loads(raw)["id"] for n in spool.listing() if (raw := spool.read(n)) and b"-" in raw}
        assert {i for mine in self.accepted.values() for i in mine} <= here | set(self.redis.ids)


TestProducers = Producers.TestCase
TestProducers.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
