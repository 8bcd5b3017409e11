"""SMTP replies to outcomes: a table, the most specific line wins (RFC 5321 section 4.2, RFC 3463, RFC 5248)."""

from __future__ import annotations

import re

from notifier.deliver.scrub import scrub
from notifier.outcome import Deferred, Outcome, Reason, Rejected

#: (reply code or its first digit, start of the enhanced code) → reason. Whether it is for good is the first digit's
#: word, except where the table's third column says otherwise.
TABLE: tuple[tuple[str, str, Reason, bool | None], ...] = (
    # code, enhanced, reason, permanent? (None: 5yz is, 4yz isn't)
    ("421", "", Reason.TEMPORARY_FAILURE, False),
    ("450", "", Reason.GREYLISTED, None),
    ("451", "", Reason.TEMPORARY_FAILURE, None),
    ("451", "4.7.1", Reason.GREYLISTED, None),
    ("450", "4.2.0", Reason.GREYLISTED, None),
    ("452", "", Reason.MAILBOX_FULL, None),
    ("452", "4.5.3", Reason.RATE_LIMITED, None),
    ("4", "4.2.2", Reason.MAILBOX_FULL, None),
    ("4", "4.7", Reason.RATE_LIMITED, None),
    ("550", "", Reason.MAILBOX_UNAVAILABLE, None),
    ("551", "", Reason.MAILBOX_UNAVAILABLE, None),
    ("552", "", Reason.TOO_LARGE, None),
    ("553", "", Reason.ADDRESS_INVALID, None),
    ("554", "", Reason.REFUSED, None),
    ("5", "5.1.1", Reason.MAILBOX_UNAVAILABLE, None),
    ("5", "5.1.2", Reason.ADDRESS_INVALID, None),
    ("5", "5.1.3", Reason.ADDRESS_INVALID, None),
    ("5", "5.1.6", Reason.MAILBOX_UNAVAILABLE, None),
    ("5", "5.1.10", Reason.MAILBOX_UNAVAILABLE, None),
    ("5", "5.2.1", Reason.MAILBOX_UNAVAILABLE, None),
    ("5", "5.2.2", Reason.MAILBOX_FULL, None),
    ("5", "5.2.3", Reason.TOO_LARGE, None),
    ("5", "5.3.4", Reason.TOO_LARGE, None),
    ("5", "5.6", Reason.CONTENT_REFUSED, None),
    ("5", "5.7", Reason.POLICY_REFUSED, None),
)
_ENHANCED = re.compile(r"^([245]\.\d{1,3}\.\d{1,3})\b")
#: Quotas that some servers announce as final although they ask to come back.
_COME_BACK = re.compile(
    r"try again later|rate limit|too many (messages|connections|recipients)|quota exceeded for", re.IGNORECASE
)


def classify(code: int, text: str | bytes) -> Outcome:
    """The outcome of a refusal. A reply that isn't one of SMTP's is deferred: the next may make sense."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    detail = f"{code} {scrub(words)}"
    if not 400 <= code < 600:
        return Deferred(Reason.UNEXPECTED_ANSWER, detail)
    found = _ENHANCED.match(words.strip())
    enhanced = found[1] if found else ""
    best, reason, permanent = (-1, -1), Reason.REFUSED if code >= 500 else Reason.TEMPORARY_FAILURE, None
    for prefix, start, candidate, final in TABLE:
        fits = str(code).startswith(prefix) and (not start or enhanced == start or enhanced.startswith(start + "."))
        if fits and (len(start), len(prefix)) > best:
            best, reason, permanent = (len(start), len(prefix)), candidate, final
    if permanent is None:
        permanent = code >= 500
    if permanent and _COME_BACK.search(words):
        return Deferred(Reason.RATE_LIMITED, detail)
    if permanent:
        return Rejected(reason, detail)
    return Deferred(reason, detail, provider_failed=code == 421)
