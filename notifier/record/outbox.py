"""The outbox: what has to be delivered, who is at it, and how it ended. The ports and their values.

The record is the truth: a Celery message only says that a look at it is worth while.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from redis.exceptions import RedisError

from notifier.circuit import Health
from notifier.model import Channel, Delivery, Event
from notifier.outcome import Outcome
from notifier.retry import Step

#: What a record raises when it can't be reached, or can't take what it is given: the same may go well later.
RecordError = RedisError


@dataclass(frozen=True, slots=True)
class Way:
    """A provider on its channel: what deliveries queue for."""

    channel: Channel
    provider: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.provider}"

    @classmethod
    def parse(cls, text: str) -> Way:
        """Read what `str` wrote."""
        channel, _, provider = text.partition(":")
        return cls(Channel(channel), provider)


@dataclass(frozen=True, slots=True)
class Note:
    """What one definition said of the event: kept with it, so `notifier show` can tell why nothing came."""

    handler: str
    verdict: str
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A definition that couldn't be evaluated or composed: a dead letter without a message."""

    id: str
    handler: str
    channel: Channel
    provider: str
    reason: str
    detail: str
    #: Of the definition.
    definition_version: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """All that follows from one event. The deliveries may be taken once; the rest is complete after that."""

    event: Event
    deliveries: Iterable[Delivery] = ()
    #: When Redis took it; its time where that isn't known.
    arrived: datetime | None = None
    notes: list[Note] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    #: What can't be decided while a store of the directory is down: with any, the event is evaluated again later.
    deferred: list[Failure] = field(default_factory=list)
    #: Where deliveries go, and how many.
    ways: Counter[Way] = field(default_factory=Counter)
    #: Of the configuration that decided; kept with each delivery.
    configuration_version: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """Deliveries leased to us, and Redis's time."""

    way: Way
    token: str
    now: datetime
    deliveries: Sequence[Delivery]
    #: How often the provider has failed as a whole, in a row.
    provider_failures: int
    #: How long it is ours, from when it was asked for or last renewed.
    lease: timedelta
    #: The provider answered a short while ago, and hasn't failed since.
    fresh: bool


@dataclass(frozen=True, slots=True)
class Settlement:
    """How one claimed delivery fared. Without an outcome nothing was tried: handed back untouched, or expired."""

    delivery_id: str
    outcome: Outcome | None
    step: Step


class Outbox(Protocol):
    """Plan once, claim by lease, settle: each one atomic call per batch."""

    def plan(self, plans: Iterable[Plan]) -> Sequence[bool]:
        """Write all deliveries and mark the events planned; False for an event that was planned before."""
        ...

    def claim(self, way: Way, limit: int) -> Claim:
        """Lease up to ``limit`` due deliveries.

        None while the provider's circuit is open; one while nobody knows how the provider fares, and no other
        before that one is settled.
        """
        ...

    def settle(self, claim: Claim, settlements: Iterable[Settlement], health: Health | None) -> Sequence[str]:
        """Record outcomes, and what they say of the provider's health (None: nothing).

        Returns:
            Ids whose lease was somebody else's by now: their outcome was not recorded. With all of them, nothing was.
        """
        ...

    def renew(self, claim: Claim) -> bool:
        """Prolong the leases of a claim whose attempts are still running; False: they are somebody else's by now."""
        ...


class Upkeep(Protocol):
    """What the sweep needs of an outbox: nothing stays where nobody looks."""

    def reclaim(self, most: int = 1000) -> int:
        """Take back deliveries whose worker is gone, as unsure attempts; how many."""
        ...

    def expire(self, most: int = 500) -> int:
        """Give up what is past its deadline and queues for a provider that isn't well; how many."""
        ...

    def divert(self, fallbacks: Iterable[tuple[Way, Way | None]], most: int = 500) -> Counter[Way]:
        """Let due deliveries go where they can be sent, to a fallback or home; where they went, and how many.

        Guests of providers that aren't named go home, too: those may be in the configuration no more.
        """
        ...
