"""Receipts: what a provider tells later of a message that it took, in whichever process it is heard. The port."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

#: One of a message that nobody has sent yet, as far as the record knows, is kept for so long.
EARLY = timedelta(days=1)


class ReceiptState(StrEnum):
    """What became of a message behind its provider."""

    DELIVERED = "delivered"
    EXPIRED = "expired"
    DELETED = "deleted"
    UNDELIVERABLE = "undeliverable"
    REJECTED = "rejected"
    #: On its way.
    ENROUTE = "enroute"
    #: Somebody has read it for the recipient.
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Receipt:
    """Of one message: a delivery has several where its text takes several."""

    #: One of an outcome's ``message_ids``.
    message: str
    state: ReceiptState
    #: The network's own code.
    error: str = ""
    #: When that was, as the provider writes it, in its own zone.
    done: str = ""


class Receipts(Protocol):
    """Where they are joined to their deliveries."""

    def join(self, receipts: Sequence[Receipt]) -> Sequence[str]:
        """Note each with its delivery; what is said twice is noted once.

        One of a message that isn't settled yet waits until it is, `EARLY` at most.

        Returns:
            Their deliveries' ids; empty where nobody knows of one.
        """
        ...
