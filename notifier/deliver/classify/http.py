"""HTTP statuses of an SMS gateway to outcomes (reference section 5.3: 200, 201 and 202 are a yes)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime

from notifier.outcome import Accepted, Deferred, Misconfigured, Outcome, Reason, Rejected, Throttled, Unsure

ACCEPTED = (200, 201, 202)
THROTTLED = (429,)
#: Throttled where the answer says when to come back.
PERHAPS_THROTTLED = (503,)
DEFERRED = (408, 425, 500, 503)
#: Nobody knows whether the gateway has the message. 303: the request was dealt with (RFC 9110 section 15.4.4).
UNSURE = {
    303: (Reason.UNEXPECTED_ANSWER, "how it ended is told elsewhere"),
    502: (Reason.NO_ANSWER, "a proxy got no answer from the gateway"),
    504: (Reason.NO_ANSWER, "a proxy got no answer from the gateway"),
}
AUTHENTICATION = (401, 403, 407)
WRONG_ADDRESS = (404, 405, 410)
DEFAULT_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)


def classify(status: int, headers: Mapping[str, str]) -> Outcome:
    """The outcome of an answer, by its status alone."""
    detail = f"HTTP {status}"
    if status in ACCEPTED:
        return Accepted(detail)
    if status in THROTTLED or (status in PERHAPS_THROTTLED and "Retry-After" in headers):
        return Throttled(retry_after(headers), detail=detail)
    if status in DEFERRED:
        return Deferred(Reason.TEMPORARY_FAILURE, detail)
    if status in UNSURE:
        reason, hint = UNSURE[status]
        return Unsure(reason, f"{detail}: {hint}")
    if status in AUTHENTICATION:
        return Misconfigured(Reason.AUTHENTICATION_FAILED, detail)
    if status in WRONG_ADDRESS or 300 <= status < 400:
        hint = "; redirects are not followed, set URL to where it leads" if status < 400 else "; is URL right?"
        return Misconfigured(Reason.UNEXPECTED_ANSWER, detail + hint)
    if not 200 <= status < 600:
        return Unsure(Reason.UNEXPECTED_ANSWER, f"{detail} is not the end of an answer")
    return Rejected(Reason.REFUSED, detail)


def retry_after(headers: Mapping[str, str]) -> timedelta:
    """``Retry-After``: seconds, or a date relative to the answer's own ``Date`` (RFC 9110 section 10.2.3)."""
    text = headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return min(timedelta(seconds=min(int(text), 10**6)), LONGEST_PAUSE)
    try:
        span = parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError):
        return DEFAULT_PAUSE
    return min(max(span, timedelta()), LONGEST_PAUSE)
