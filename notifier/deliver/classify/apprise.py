"""What Apprise's services let slip of a failure, to outcomes.

A service answers true or false; why, only its log tells, and each service has its own words. Two things are alike in
most: an HTTP status is told as ``error=401``, a request that failed by the exception's text. Where neither tells
whether the message was sent, it is doubt.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from notifier.deliver.classify import http
from notifier.outcome import Deferred, Misconfigured, Outcome, Reason, Throttled, Unsure

_STATUS = re.compile(r"\berror=(\d{3})\b")
#: urllib3's words for what was no connection: nothing was sent.
_NO_CONNECTION: Sequence[tuple[str, Outcome]] = (
    ("NameResolutionError", Misconfigured(Reason.HOST_UNKNOWN, "the host name is unknown")),
    ("CERTIFICATE_VERIFY_FAILED", Misconfigured(Reason.CERTIFICATE_INVALID, "certificate refused")),
    ("ConnectTimeoutError", Deferred(Reason.TIMED_OUT, "no connection in time", provider_failed=True)),
    ("Connection refused", Deferred(Reason.CONNECTION_REFUSED, "connection refused", provider_failed=True)),
    ("NewConnectionError", Deferred(Reason.NETWORK_UNREACHABLE, "no connection", provider_failed=True)),
)


def classify(lines: Sequence[str], words: str) -> Outcome:
    """The outcome of a service that said false.

    Args:
        lines: What it logged, at any level, in order.
        words: What of it is for people, scrubbed.
    """
    for line in reversed(lines):
        for sign, outcome in _NO_CONNECTION:
            if sign in line:
                return outcome
        if found := _STATUS.search(line):
            return _by_status(int(found[1]), words)
    return Unsure(Reason.NO_ANSWER, words or "the service failed, and doesn't say how far it came")


def _by_status(status: int, words: str) -> Outcome:
    if status in http.AUTHENTICATION:
        return Misconfigured(Reason.AUTHENTICATION_FAILED, words)
    outcome = http.classify(status, {})
    # A refusal may be for good or for now, one service's 400 is another's 404: the deadline decides.
    return outcome if isinstance(outcome, Throttled | Unsure) else Deferred(Reason.TEMPORARY_FAILURE, words)
