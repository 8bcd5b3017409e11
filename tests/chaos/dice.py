"""What happens when: drawn from one seed, so that a run can be repeated."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from notifier.model import Channel

Word = TypeVar("Word", bound=str)


class Temper(StrEnum):
    """How a recipient's server or gateway treats a message."""

    OK = "ok"
    #: Takes a second.
    SLOW = "slow"
    #: Refused for a while, once or twice.
    LATER = "later"
    #: Refused for good.
    REFUSED = "refused"
    #: Taken, but the connection is cut before the answer: it will come again.
    CUT = "cut"
    #: Not taken, and the connection is cut before the answer.
    GONE = "gone"


#: Of a hundred recipients.
TEMPERS = {Temper.OK: 68, Temper.SLOW: 5, Temper.LATER: 10, Temper.REFUSED: 5, Temper.CUT: 6, Temper.GONE: 6}
#: Event type → the channels its definitions send on.
CHANNELS = {
    "token_init": (Channel.MAIL,),
    "token_disable": (Channel.SMS,),
    "token_assign": (Channel.MAIL, Channel.SMS),
    "token_revoke": (Channel.MAIL,),
}
#: Sent at most once: its definition holds what is unsure.
HELD = "token_revoke"
#: How many of a hundred events are of each type.
TYPES = {"token_init": 30, "token_disable": 30, "token_assign": 30, HELD: 10}


#: Events of a burst, and how long it lasts (seconds) when they don't come all at once.
BURST, BURST_SECONDS = 40, 3.0
#: How many producers try again until Redis answers.
STUBBORN = 0.9


class Blow(StrEnum):
    """What is done to the installation."""

    #: Kill -9 of a whole worker.
    WORKER = "worker"
    #: Kill -9 of one of its processes.
    CHILD = "child"
    #: Kill -9 of its main process alone; its children have to notice.
    MAIN = "main"
    #: Kill -9 of a whole worker just when a message has come in.
    IN_THE_ACT = "in_the_act"
    #: Kill -9 of a worker that has just been started.
    NEWBORN = "newborn"
    #: Kill -9 of all workers at once, just when events have come in: the host dies.
    HOST = "host"
    #: Redis ends and is started again.
    RESTART = "restart"
    #: Redis answers nobody for a while.
    FREEZE = "freeze"
    #: Celery's queues are emptied.
    PURGE = "purge"


KILLS = {Blow.WORKER: 25, Blow.CHILD: 25, Blow.MAIN: 10, Blow.IN_THE_ACT: 20, Blow.NEWBORN: 10, Blow.HOST: 10}


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of everything."""

    deliveries: int = 2000
    kills: int = 100
    restarts: int = 5
    freezes: int = 2
    purges: int = 3
    workers: int = 3
    #: How long events come and blows fall.
    seconds: float = 200.0


@dataclass(frozen=True, slots=True)
class Notice:
    """One event to publish: when (seconds), and how its recipients' peers behave."""

    at: float
    ident: str
    type: str
    temper: Temper
    #: Where Redis doesn't answer: publish again until it does, or leave it open whether it was accepted.
    stubborn: bool

    @property
    def channels(self) -> tuple[Channel, ...]:
        """What its definitions send on."""
        return CHANNELS[self.type]


@dataclass(frozen=True, slots=True)
class Strike:
    """One blow: when (seconds), and a number in [0, 1) for what is left to chance about it."""

    at: float
    blow: Blow
    roll: float


def notices(extent: Extent, seed: int) -> list[Notice]:
    """The events, in bursts: a worker that is killed should have been at something, and Redis be missed."""
    dice = random.Random(f"{seed} events")
    missed = [strike.at for strike in strikes(extent, seed) if strike.blow in (Blow.RESTART, Blow.FREEZE)]
    found: list[Notice] = []
    planned = left = 0
    began, scattered = 0.0, True
    while planned < extent.deliveries:
        if not left:
            began = missed.pop() if missed else dice.uniform(0, extent.seconds * 0.95)
            left, scattered = BURST, dice.random() < 0.5
        kind = _pick(dice, TYPES)
        if len(CHANNELS[kind]) > extent.deliveries - planned:
            kind = "token_init"
        at = began + (dice.uniform(0, BURST_SECONDS) if scattered else 0)
        found.append(Notice(at, f"e{len(found)}", kind, _pick(dice, TEMPERS), dice.random() < STUBBORN))
        planned += len(CHANNELS[kind])
        left -= 1
    return sorted(found, key=lambda notice: notice.at)


def strikes(extent: Extent, seed: int) -> list[Strike]:
    """The blows, at random instants."""
    dice = random.Random(f"{seed} blows")
    blows = [_pick(dice, KILLS) for _ in range(extent.kills)]
    blows += [Blow.RESTART] * extent.restarts + [Blow.FREEZE] * extent.freezes + [Blow.PURGE] * extent.purges
    found = [Strike(dice.uniform(0, extent.seconds), blow, dice.random()) for blow in blows]
    return sorted(found, key=lambda strike: strike.at)


def endless(seed: int) -> Iterator[float]:
    """Numbers in [0, 1) for a peer's pauses."""
    dice = random.Random(f"{seed} pauses")
    while True:
        yield dice.random()


def _pick(dice: random.Random, weights: Mapping[Word, int]) -> Word:
    return dice.choices(list(weights), list(weights.values()))[0]
