"""Deliveries and settlements as the scripts read and answer them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, assert_never

from notifier.circuit import Busy, Failed, Health, Well
from notifier.configuration import RetryPolicy
from notifier.model import Delivery, OnUnsure
from notifier.outcome import Accepted, Deferred, Reason, Rejected, Unsure
from notifier.record.codec import decode_message, encode_message, from_ms, spaced, to_milliseconds, to_ms
from notifier.record.flood import words
from notifier.record.label import handler_of
from notifier.record.masking import mask_all
from notifier.record.outbox import Claim, Failure, Plan, Settlement, Way
from notifier.retry import Again, Done, GiveUp, Hold, Progress, Step, next_step


def flat(rows: Iterable[Iterable[Any]]) -> list[Any]:
    """Rows as a script's arguments."""
    return [_sound(field) if isinstance(field, str) and not field.isascii() else field for row in rows for field in row]


def _sound(field: str) -> bytes:
    """A text that can be written. Half a character (a lone surrogate) would keep the whole batch out of the record."""
    try:
        return field.encode()
    except UnicodeEncodeError:
        return field.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def rows_of(plan: Plan, *, limited: bool = False) -> Iterator[list[str | int]]:
    """Its deliveries and, after those, its failures, as they are taken; ``limited``: the flood guard counts."""
    for delivery in plan.deliveries:
        yield delivery_row(delivery, limited=limited)
    for failure in plan.failures:
        yield failure_row(plan, failure)


#: What is said of a delivery whose time was over before anybody tried it (again).
TOO_LATE = "its time was over before it could be sent"
#: Where definition, message and realm's member stand in a delivery's row.
HANDLER, MESSAGE, MEMBER = 1, 4, 13


def same_member(one: Sequence[str | int], other: Sequence[str | int]) -> bool:
    """Two deliveries' rows are for one member of a realm, by one definition."""
    return bool(one[MEMBER]) and (one[MEMBER], one[HANDLER]) == (other[MEMBER], other[HANDLER])


def delivery_row(delivery: Delivery, *, limited: bool = False) -> list[str | int]:
    """A delivery as write.lua reads it: its id, its fields, and what the flood guard has to know."""
    message = delivery.message
    return [
        delivery.id,
        delivery.handler,
        str(Way(message.channel, message.provider)),
        mask_all(message.to),
        encode_message(message),
        to_ms(delivery.created),
        to_ms(delivery.deadline),
        int(delivery.expires),
        delivery.on_unsure,
        delivery.definition_version,
        "queued",
        "",
        "",
        message.member,
        *(words(delivery) if limited else ("", "")),
    ]


def failure_row(plan: Plan, failure: Failure) -> list[str | int]:
    """A failure as plan.lua reads it: a dead letter at once."""
    way = Way(failure.channel, failure.provider)
    now = to_ms(plan.event.time)
    fixed: list[str | int] = [str(way), "", "", now, now, 0, OnUnsure.RESEND]
    version = failure.definition_version
    return [failure.id, failure.handler, *fixed, version, "dead", failure.reason, failure.detail, "", "", ""]


def delivery_of(row: Sequence[Any]) -> Delivery:
    """A delivery as claim.lua answers it; what is usual isn't written (write.lua)."""
    did, event, handler, message, created, deadline, expires, unsure, attempts, label = row
    return Delivery(
        id=did.decode(),
        event=event.decode(),
        handler=(handler or b"").decode() or handler_of(label.decode()),
        message=decode_message(message),
        created=from_ms(created),
        deadline=from_ms(deadline),
        expires=expires == b"1",
        on_unsure=OnUnsure(unsure.decode()) if unsure else OnUnsure.RESEND,
        attempts=int(attempts or 0),
    )


def unreadable(row: Sequence[Any], error: Exception, now: datetime, roll: float) -> Settlement:
    """What becomes of a delivery that `delivery_of` couldn't read: perhaps a worker of another version can."""
    outcome = Deferred(Reason.INTERNAL_ERROR, f"{type(error).__name__} while its record was read")
    step: Step = GiveUp(Reason.INTERNAL_ERROR)
    with suppress(ValueError, TypeError, OverflowError):  # its numbers may be what can't be read
        progress = Progress(attempts=int(row[8] or 0), deadline=from_ms(row[5]))
        step = next_step(outcome, progress, RetryPolicy(), now=now, roll=roll)
    return Settlement(row[0].decode(), outcome, step)


def settlement_row(claim: Claim, settlement: Settlement) -> list[str | int]:
    """A settlement as settle.lua reads it."""
    state, due, counted, reason = _state(settlement.step)
    outcome = settlement.outcome
    if outcome is None:
        return [settlement.delivery_id, state, due, 0, "", reason, TOO_LATE, "", ""]
    attempt = spaced(
        {
            "outcome": outcome.kind,
            "reason": outcome.reason,
            "detail": outcome.detail,
            "provider": claim.way.provider,
        }
    )
    shown = reason or outcome.reason
    messages = outcome.message_ids if isinstance(outcome, Accepted | Rejected | Unsure) else ()
    names = " ".join(message or "-" for message in messages)
    return [settlement.delivery_id, state, due, counted, outcome.kind, shown, outcome.detail, attempt[1:], names]


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
        case Again(at=at, counted=counted, home=home):
            return "home" if home else "retry", to_ms(at), int(counted), ""
        case Hold(reason=reason):
            return "held", 0, 1, reason
        case GiveUp(reason=reason):
            return "expired" if reason is Reason.EXPIRED else "dead", 0, 1, reason
        case _:
            assert_never(step)
