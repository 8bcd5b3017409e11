"""The desk: dead letters (dead, expired, held) listed, sent again, composed again or discarded by an operator."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, Protocol

from redis import Redis

from notifier.configuration import Policies
from notifier.record.codec import iso, to_milliseconds, to_ms
from notifier.record.home import home_of
from notifier.record.label import labelled, named
from notifier.record.redis_outbox import PREFIX, Scripts

PAGE = 500
#: Enough of an id to mean one.
BEGINNING = re.compile(r"[0-9a-z]{4,}")
#: What a letter has of its event.
EVENT_FIELDS = ("id", "type", "version")
FIELDS = (
    "event", "handler", "channel", "name", "to", "reason", "detail", "tries", "first", "last", "state",
    "provider", "definition_version", "configuration_version", "replays", "event_id", "type", "of",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A delivery given up (or held), as the desk shows it; addresses are masked."""

    id: str
    event: str
    type: str
    handler: str
    channel: str
    provider: str
    to: str
    reason: str
    detail: str
    attempts: int
    first: str | None
    last: str | None
    state: str
    #: Who took over from ``provider``, or the same.
    via: str
    definition_version: str
    configuration_version: str
    #: How often an operator sent it again, or had it composed again.
    replays: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Which dead letters are meant; empty fields don't restrict."""

    handler: str = ""
    provider: str = ""
    reason: str = ""
    since: datetime | None = None
    state: str = ""

    def admits(self, letter: DeadLetter) -> bool:
        """All that is given must agree; ``since`` is applied by the desk."""
        return (
            self.handler in ("", letter.handler)
            and self.provider in ("", letter.provider, letter.via)
            and self.reason in ("", letter.reason)
            and self.state in ("", letter.state)
        )


class Answer(IntEnum):
    """What became of a wish."""

    NOT_THERE = 0
    DONE = 1
    #: Its event meets its definition again; it stays on the desk until then.
    REOPENED = 2
    #: It can't be composed (again): its event isn't kept any more.
    EVENT_GONE = 3


#: What a letter may be on the desk as.
STATES = ("dead", "expired", "held", "reopened")


class DeadLetters(Protocol):
    """What an operator can do at the desk."""

    def letters(self, wanted: Filter | None = None) -> Iterator[DeadLetter]:
        """The dead letters, oldest first."""
        ...

    def replay(self, letters: Sequence[DeadLetter], *, recompose: bool = False) -> list[Answer]:
        """Send again: same identity, history kept, attempts and deadline anew.

        What never was a message is composed by today's definition; with ``recompose`` everything is.
        """
        ...

    def discard(self, letters: Sequence[DeadLetter]) -> list[Answer]:
        """Give them up for good; their texts are erased at once."""
        ...


class Desk:
    """Dead letters in Redis; see `DeadLetters`."""

    def __init__(self, redis: Redis, *, retention: timedelta, policies: Policies) -> None:
        self._redis: Any = redis  # its annotations serve clients of str and of bytes alike
        self._run = Scripts(redis)
        self._retention = to_milliseconds(retention)
        self._policies = policies

    def letters(self, wanted: Filter | None = None) -> Iterator[DeadLetter]:
        """The dead letters, oldest first, read page by page."""
        wanted = wanted or Filter()
        low: str | int = to_ms(wanted.since) if wanted.since else "-inf"
        for start in itertools.count(0, PAGE):
            ids = self._redis.zrangebyscore(f"{PREFIX}desk", low, "+inf", start=start, num=PAGE)
            if not ids:
                return
            yield from filter(wanted.admits, self._read(i.decode() for i in ids))

    def letter(self, delivery_id: str) -> DeadLetter | None:
        """One dead letter, or None when it isn't on the desk."""
        if self._redis.zscore(f"{PREFIX}desk", delivery_id) is None:
            return None
        return next(iter(self._read([delivery_id])), None)

    def find(self, word: str) -> DeadLetter | None:
        """The letter of an id, or of the first letters of one where no other begins with them."""
        if (letter := self.letter(word)) or not BEGINNING.fullmatch(word):
            return letter
        begun = {i for i, _ in self._redis.zscan_iter(f"{PREFIX}desk", match=f"{word}*", count=PAGE)}
        return self.letter(begun.pop().decode()) if len(begun) == 1 else None

    def replay(self, letters: Sequence[DeadLetter], *, recompose: bool = False) -> list[Answer]:
        """See `DeadLetters.replay`."""
        pairs: list[str | int] = []
        for letter in letters:
            pairs += letter.id, to_milliseconds(self._policies.of(letter.channel, letter.provider).deadline)
        return self._answers("recompose" if recompose else "replay", pairs)

    def discard(self, letters: Sequence[DeadLetter]) -> list[Answer]:
        """Give them up for good; their texts are erased at once."""
        return self._answers("discard", itertools.chain(*((letter.id, "0") for letter in letters)))

    def _answers(self, verb: str, pairs: Iterable[str | int]) -> list[Answer]:
        return [Answer(a) for a in self._run("desk", verb, self._retention, *pairs)]

    def _read(self, ids: Iterable[str]) -> Iterator[DeadLetter]:
        wanted = list(ids)
        with self._redis.pipeline(transaction=False) as pipe:
            for i in wanted:
                pipe.hmget(f"{PREFIX}delivery:{i}", FIELDS)
            rows = [labelled(named(FIELDS, row)) for row in pipe.execute()]
        events = self._events({row["event"] for row in rows})
        for i, row in zip(wanted, rows, strict=True):
            if row["event"]:
                yield _letter(i, row, events[row["event"]])

    def _events(self, keys: Iterable[str]) -> dict[str, dict[str, str]]:
        wanted = list(keys)
        with self._redis.pipeline(transaction=False) as pipe:
            for key in wanted:
                pipe.hmget(f"{PREFIX}event:{key}", EVENT_FIELDS)
            return {key: named(EVENT_FIELDS, row) for key, row in zip(wanted, pipe.execute(), strict=True)}


def _letter(delivery_id: str, fields: dict[str, str], event: dict[str, str]) -> DeadLetter:
    home = home_of(fields)
    return DeadLetter(
        id=delivery_id,
        event=fields["event_id"] or event["id"] or fields["event"],
        type=fields["type"] or event["type"],
        handler=fields["handler"],
        channel=home.channel,
        provider=home.provider,
        to=fields["to"],
        reason=fields["reason"],
        detail=fields["detail"],
        attempts=int(fields["tries"] or 0),
        first=iso(fields["first"]),
        last=iso(fields["last"]),
        state=fields["state"],
        via=home.via,
        definition_version=fields["definition_version"],
        configuration_version=fields["configuration_version"] or event["version"],
        replays=int(fields["replays"] or 0),
    )
