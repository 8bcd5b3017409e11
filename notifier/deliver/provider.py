"""The port every way out stands behind: one message in, one outcome out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Protocol, runtime_checkable

from notifier.model import Delivery
from notifier.outcome import Outcome
from notifier.record.receipts import Receipts


class Provider(Protocol):
    """One configured server or gateway. Used by one thread at a time; keeps its connections between calls."""

    def send(self, delivery: Delivery) -> Outcome:
        """Try to deliver once. Never raises for what a peer or a network can do: that is an outcome."""
        ...

    def close(self) -> None:
        """Let go of the connections, politely."""
        ...


@runtime_checkable
class Windowed(Provider, Protocol):
    """A provider that has several messages under way at once, because a round trip is dear."""

    def send_each(
        self, deliveries: Iterator[Delivery], may_go: Callable[[], bool] = lambda: True
    ) -> Iterator[Outcome | None]:
        """The outcomes of deliveries, in their order; each that was taken gets one, or None: it wasn't tried.

        It may take some ahead of the outcomes that it has given. Whoever wants it to stop ends the iterator.

        Args:
            deliveries: Each may go out when it is taken.
            may_go: Asked again where a delivery was taken a while before it goes out: it may be somebody else's by now.
        """
        ...


@runtime_checkable
class Reporting(Provider, Protocol):
    """A provider that tells later what became of a message."""

    def report_to(self, receipts: Receipts) -> None:
        """From now on receipts are asked for, and joined there. Called from threads of its own."""
        ...


class Side(StrEnum):
    """Who speaks in a conversation."""

    US = ">"
    PEER = "<"
    #: What happened beside words: a connection, a handshake.
    NOTE = "*"


#: Told each line of a conversation as it is spoken, raw: whoever shows it scrubs it.
Hear = Callable[[Side, str], None]


def unheard(_: Side, __: str) -> None:
    """Nobody listens."""
