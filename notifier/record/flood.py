"""The flood guard: what one recipient gets is limited, and what was held back from them is told, once a window.

A window begins with the first delivery that counts and is as long as the limit says. What is beyond the limit lies on
the desk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from notifier.configuration import Rate
from notifier.model import Channel, Delivery, Message, digest
from notifier.record.codec import encode_message, to_milliseconds
from notifier.record.outbox import Plan


@dataclass(frozen=True, slots=True)
class Overflow:
    """What was held back from one recipient within one window that is over."""

    #: The recipient (a digest) and the window.
    ident: str
    #: The first that was held, to this recipient alone and without its text.
    envelope: Message
    #: How many deliveries were held.
    count: int
    #: When the first and the last of them were.
    since: datetime
    until: datetime


class Floods(Protocol):
    """What the sweep needs to tell recipients of what they didn't get."""

    def overflows(self, most: int = 100) -> Sequence[Overflow]:
        """Those that weren't told yet; and what was held back longer ago than the retention is given up."""
        ...

    def tell(self, overflow: Overflow, plan: Plan) -> bool:
        """Plan the summary, and forget the overflow; False: it was told before, or is another one by now."""
        ...


def guarded(delivery: Delivery) -> bool:
    """Whether it counts, and may be held back."""
    return bool(delivery.message.to) and not delivery.critical and delivery.message.channel is not Channel.FILE


def recipients(message: Message) -> list[str]:
    """Whom it is for, as digests: an address is in no key, however it is written."""
    return [digest("recipient", message.channel, "".join(to.split()).lower()) for to in message.to]


def words(delivery: Delivery) -> tuple[str, str]:
    """As plan.lua reads it: whom it counts for, and its envelope; both empty: for nobody."""
    if not guarded(delivery):
        return "", ""
    return " ".join(recipients(delivery.message)), encode_message(envelope_of(delivery.message))


def envelope_of(message: Message) -> Message:
    """What is kept of it to write to its recipients: no text, nothing that an operator could want erased."""
    return replace(message, subject="", body="", alternative="", attachments=())


def detail_of(limit: Rate) -> str:
    """What the desk says of a delivery that was held back."""
    return f"more than {limit} to this recipient"


def limit_words(limit: Rate | None) -> tuple[int, int, str]:
    """The limit as plan.lua reads it: number (0: no limit), window (ms), and what is said of what is beyond it."""
    return (limit.count, to_milliseconds(limit.period), detail_of(limit)) if limit else (0, 0, "")


def alone(envelope: Message, number: int) -> Message:
    """The envelope of one of its recipients, counted from 0."""
    return replace(envelope, to=envelope.to[number : number + 1], part=0, member="")
