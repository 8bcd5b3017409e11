"""The table of an SMSC's statuses."""

from __future__ import annotations

import pytest

from notifier.deliver.classify.smpp import TABLE, bind_refusal, classify
from notifier.outcome import Deferred, Misconfigured, Outcome, Reason, Rejected, Throttled


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (0x58, Throttled, Reason.RATE_LIMITED),
        (0x14, Deferred, Reason.RATE_LIMITED),
        (0x08, Deferred, Reason.TEMPORARY_FAILURE),
        (0x0B, Rejected, Reason.ADDRESS_INVALID),
        (0x0A, Misconfigured, Reason.SENDER_REFUSED),
        (0x0E, Misconfigured, Reason.AUTHENTICATION_FAILED),
        (0x05, Misconfigured, Reason.PROVIDER_BROKEN),
        (0x45, Deferred, Reason.TEMPORARY_FAILURE),
        (0x104, Rejected, Reason.CONTENT_REFUSED),
        (0x400, Deferred, Reason.TEMPORARY_FAILURE),
        (0xFFFFFFFF, Deferred, Reason.TEMPORARY_FAILURE),
    ],
)
def test_a_status_is_classified(status: int, kind: type[Outcome], reason: Reason) -> None:
    """What isn't known is tried again."""
    outcome = classify(status)

    assert (type(outcome), outcome.reason) == (kind, reason)
    assert f"{status:02X}" in outcome.detail


@pytest.mark.parametrize("status", [*TABLE, 0x4FF])
def test_a_refused_bind_is_the_provider_s(status: int) -> None:
    """No message is refused for it, and it says why."""
    outcome = bind_refusal(status)

    assert isinstance(outcome, Misconfigured | Throttled) or (isinstance(outcome, Deferred) and outcome.provider_failed)
