"""SMTP replies to outcomes: a table, the most specific row wins (RFC 5321 section 4.2, RFC 3463, RFC 5248).

A server with its own ideas is met by rows put in front: ``classify(code, words, table=(*OURS, *TABLE))``; of two
rows that are equally specific, the first one wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from notifier.deliver.scrub import scrub
from notifier.outcome import Deferred, Misconfigured, Outcome, Reason, Rejected, Throttled

#: How long a server that closes because we ask too much is left alone; SMTP has no word for it.
PAUSE = timedelta(seconds=30)
Kind = type[Rejected] | type[Deferred] | type[Misconfigured]


@dataclass(frozen=True, slots=True)
class Row:
    """What a reply means; an empty ``words`` or ``enhanced`` fits all."""

    #: The reply code, or its first digit.
    code: str
    #: The enhanced status code, or its beginning up to a dot.
    enhanced: str
    kind: Kind
    reason: Reason
    #: A regular expression; a reply that says so is meant more than its number.
    words: str = ""

    def fits(self, code: str, enhanced: str, words: str) -> bool:
        """The reply is one of this row's."""
        if not code.startswith(self.code) or (self.words and not re.search(self.words, words, re.IGNORECASE)):
            return False
        return not self.enhanced or f"{enhanced}.".startswith(f"{self.enhanced}.")

    @property
    def weight(self) -> tuple[bool, int, int]:
        """How specific it is."""
        return bool(self.words), len(self.enhanced), len(self.code)


TABLE = (
    Row("4", "", Deferred, Reason.TEMPORARY_FAILURE),
    Row("421", "", Deferred, Reason.TEMPORARY_FAILURE),
    Row("450", "4.2.0", Deferred, Reason.GREYLISTED),
    Row("450", "4.7", Deferred, Reason.GREYLISTED),
    Row("451", "4.7", Deferred, Reason.GREYLISTED),
    Row("452", "", Deferred, Reason.MAILBOX_FULL),
    Row("452", "4.5.3", Deferred, Reason.RATE_LIMITED),
    Row("4", "4.2.2", Deferred, Reason.MAILBOX_FULL),
    Row("4", "4.7", Deferred, Reason.RATE_LIMITED),
    # STARTTLS or AUTH, off for a while (RFC 3207, RFC 4954).
    Row("454", "4.7", Deferred, Reason.TEMPORARY_FAILURE),
    Row("4", "", Deferred, Reason.GREYLISTED, r"gr[ea]ylist"),
    Row("5", "", Rejected, Reason.REFUSED),
    Row("530", "", Misconfigured, Reason.AUTHENTICATION_FAILED),
    Row("530", "", Misconfigured, Reason.TLS_UNAVAILABLE, r"STARTTLS"),
    Row("530", "5.7", Misconfigured, Reason.AUTHENTICATION_FAILED),
    Row("535", "", Misconfigured, Reason.AUTHENTICATION_FAILED),
    Row("550", "", Rejected, Reason.MAILBOX_UNAVAILABLE),
    Row("551", "", Rejected, Reason.MAILBOX_UNAVAILABLE),
    Row("552", "", Rejected, Reason.TOO_LARGE),
    Row("553", "", Rejected, Reason.ADDRESS_INVALID),
    Row("5", "5.1.1", Rejected, Reason.MAILBOX_UNAVAILABLE),
    Row("5", "5.1.2", Rejected, Reason.ADDRESS_INVALID),
    Row("5", "5.1.3", Rejected, Reason.ADDRESS_INVALID),
    Row("5", "5.1.6", Rejected, Reason.MAILBOX_UNAVAILABLE),
    Row("5", "5.1.10", Rejected, Reason.MAILBOX_UNAVAILABLE),
    Row("5", "5.2.1", Rejected, Reason.MAILBOX_UNAVAILABLE),
    Row("5", "5.2.2", Rejected, Reason.MAILBOX_FULL),
    Row("5", "5.2.3", Rejected, Reason.TOO_LARGE),
    Row("5", "5.3.4", Rejected, Reason.TOO_LARGE),
    Row("5", "5.6", Rejected, Reason.CONTENT_REFUSED),
    Row("5", "5.7", Rejected, Reason.POLICY_REFUSED),
    Row("421", "", Deferred, Reason.RATE_LIMITED, r"rate limit|too (many|much)|slow down"),
    # Quotas that some servers announce as final although they ask to come back ("554 5.7.0 try again later").
    Row(
        "5", "", Deferred, Reason.RATE_LIMITED, r"try again later|rate limit|too many (messages|connections|recipients)"
    ),
)
_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")


def classify(
    code: int, text: str | bytes, *, hidden: Iterable[str] = (), table: tuple[Row, ...] = TABLE
) -> Rejected | Deferred | Throttled | Misconfigured:
    """The outcome of a refusal. A reply that isn't one of SMTP's is deferred: the next may make sense.

    Args:
        code: The reply code.
        text: The words after it.
        hidden: What the detail must not show (see `scrub`).
        table: Rows; the most specific wins, the first of equals.
    """
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    detail = f"{code} {scrub(words, hidden)}"
    if not 400 <= code < 600:
        return Deferred(Reason.UNEXPECTED_ANSWER, detail)
    found = _ENHANCED.match(words)
    enhanced = found[1] if found else ""
    fitting = [row for row in table if row.fits(str(code), enhanced, words)]
    if not fitting:
        return Deferred(Reason.UNEXPECTED_ANSWER, detail)
    best = max(fitting, key=lambda row: row.weight)
    if best.kind is Deferred:
        if code == 421 and best.reason is Reason.RATE_LIMITED:
            return Throttled(PAUSE, best.reason, detail)
        return Deferred(best.reason, detail, provider_failed=code == 421)
    return best.kind(best.reason, detail)


def provider_refusal(code: int, text: str | bytes, *, hidden: Iterable[str] = ()) -> Outcome:
    """The outcome of a refusal before any message: the provider's, not a message's."""
    outcome = classify(code, text, hidden=hidden)
    if isinstance(outcome, Misconfigured | Throttled):
        return outcome
    reason = outcome.reason if isinstance(outcome, Deferred) else Reason.TEMPORARY_FAILURE
    return Deferred(reason, outcome.detail, provider_failed=True)
