"""Deliveries and settlements as the scripts read and answer them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import assert_never

from notifier.circuit import Busy, Failed, Health, Well
from notifier.model import Delivery, OnUnsure
from notifier.outcome import Reason
from notifier.record.codec import decode_message, from_ms, to_milliseconds, to_ms
from notifier.record.outbox import Claim, Settlement
from notifier.retry import Again, Done, GiveUp, Hold, Step


def delivery_of(row: Sequence[bytes]) -> Delivery:
    """A delivery as claim.lua answers it."""
    did, event, handler, message, created, deadline, expires, unsure, attempts = row
    return Delivery(
        id=did.decode(),
        event=event.decode(),
        handler=handler.decode(),
        message=decode_message(message),
        created=from_ms(created),
        deadline=from_ms(deadline),
        expires=expires == b"1",
        on_unsure=OnUnsure(unsure.decode()),
        attempts=int(attempts),
    )


def settlement_row(claim: Claim, settlement: Settlement) -> list[str | int]:
    """A settlement as settle.lua reads it."""
    state, due, counted, reason = _state(settlement.step)
    outcome = settlement.outcome
    if outcome is None:
        return [settlement.delivery_id, state, due, 0, "", reason, "its time was over before it could be sent", ""]
    attempt = json.dumps(
        {
            "outcome": outcome.kind,
            "reason": outcome.reason,
            "detail": outcome.detail,
            "provider": claim.way.provider,
        },
        ensure_ascii=False,
    )
    shown = reason or outcome.reason
    return [settlement.delivery_id, state, due, counted, outcome.kind, shown, outcome.detail, attempt[1:]]


def health_words(health: Health | None) -> tuple[str, int]:
    """A provider's health as settle.lua reads it: a word, and the pause (ms)."""
    match health:
        case None:
            return "", 0
        case Well():
            return "well", 0
        case Failed(pause=pause):
            return "failed", to_milliseconds(pause)
        case Busy(pause=pause):
            return "busy", to_milliseconds(pause)
        case _:
            assert_never(health)


def _state(step: Step) -> tuple[str, int, int, str]:
    """State, due time (ms), whether an attempt was used up, and the reason where the step has its own."""
    match step:
        case Done():
            return "sent", 0, 1, ""
        case Again(at=at, counted=counted):
            return "retry", to_ms(at), int(counted), ""
        case Hold(reason=reason):
            return "held", 0, 1, reason
        case GiveUp(reason=reason):
            return "expired" if reason is Reason.EXPIRED else "dead", 0, 1, reason
        case _:
            assert_never(step)
