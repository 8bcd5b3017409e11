from __future__ import annotations

import pytest

from notifier.deliver.classify.smtp import TABLE, Row, classify, provider_refusal
from notifier.outcome import Deferred, Misconfigured, Reason, Rejected, Throttled


@pytest.mark.parametrize(
    ("code", "words", "kind", "reason"),
    [
        (421, "4.3.2 shutting down", Deferred, Reason.TEMPORARY_FAILURE),
        (450, "mailbox busy", Deferred, Reason.TEMPORARY_FAILURE),
        (450, "4.2.0 try in 300 s", Deferred, Reason.GREYLISTED),
        (450, "4.7.1 come back", Deferred, Reason.GREYLISTED),
        (451, "4.7.1 come back", Deferred, Reason.GREYLISTED),
        (451, "you are greylisted", Deferred, Reason.GREYLISTED),
        (451, "4.3.0 local error", Deferred, Reason.TEMPORARY_FAILURE),
        (452, "out of storage", Deferred, Reason.MAILBOX_FULL),
        (452, "4.2.2 over quota", Deferred, Reason.MAILBOX_FULL),
        (452, "4.5.3 too many recipients", Deferred, Reason.RATE_LIMITED),
        (421, "4.7.0 slow down", Throttled, Reason.RATE_LIMITED),
        (421, "Too many connections", Throttled, Reason.RATE_LIMITED),
        (421, "4.3.2 not available, try again later", Deferred, Reason.TEMPORARY_FAILURE),
        (499, "made up", Deferred, Reason.TEMPORARY_FAILURE),
        (530, "5.7.0 Authentication required", Misconfigured, Reason.AUTHENTICATION_FAILED),
        (530, "Authentication required", Misconfigured, Reason.AUTHENTICATION_FAILED),
        (530, "5.7.0 Must issue a STARTTLS command first", Misconfigured, Reason.TLS_UNAVAILABLE),
        (550, "no such user", Rejected, Reason.MAILBOX_UNAVAILABLE),
        (550, "5.1.1 no such user", Rejected, Reason.MAILBOX_UNAVAILABLE),
        (550, "5.1.10 null MX", Rejected, Reason.MAILBOX_UNAVAILABLE),
        (550, "5.7.1 blocked", Rejected, Reason.POLICY_REFUSED),
        (552, "5.2.2 over quota", Rejected, Reason.MAILBOX_FULL),
        (552, "5.3.4 too big", Rejected, Reason.TOO_LARGE),
        (552, "too big", Rejected, Reason.TOO_LARGE),
        (553, "bad syntax", Rejected, Reason.ADDRESS_INVALID),
        (554, "5.7.1 spam", Rejected, Reason.POLICY_REFUSED),
        (554, "5.6.0 bad content", Rejected, Reason.CONTENT_REFUSED),
        (554, "transaction failed", Rejected, Reason.REFUSED),
        (554, "5.7.0 quota reached, try again later", Deferred, Reason.RATE_LIMITED),
        (599, "made up", Rejected, Reason.REFUSED),
        (-1, "nonsense", Deferred, Reason.UNEXPECTED_ANSWER),
        (250, "ok where no ok was due", Deferred, Reason.UNEXPECTED_ANSWER),
    ],
)
def test_a_reply_means_what_its_most_specific_row_says(code: int, words: str, kind: type, reason: Reason) -> None:
    """Reply code, enhanced code and words decide together."""
    outcome = classify(code, words)

    assert (type(outcome), outcome.reason) == (kind, reason)


def test_only_421_is_the_whole_provider_s_failure() -> None:
    """A mailbox that is busy doesn't stop the other mails; a server that closes does."""
    closing, busy = classify(421, "bye"), classify(450, "busy")

    assert isinstance(closing, Deferred)
    assert closing.provider_failed
    assert isinstance(busy, Deferred)
    assert not busy.provider_failed


def test_a_row_in_front_overrides_one_of_the_same_weight() -> None:
    """An operator's server may mean something else by 552."""
    own = Row("552", "", Deferred, Reason.MAILBOX_FULL)

    outcome = classify(552, "exceeded storage", table=(own, *TABLE))

    assert outcome == Deferred(Reason.MAILBOX_FULL, "552 exceeded storage")


@pytest.mark.parametrize("words", ["554 no service", "421 busy", "450 later"])
def test_a_refusal_before_any_message_is_the_provider_s(words: str) -> None:
    """A greeting of 554 says nothing about the message that waits."""
    code, _, text = words.partition(" ")

    outcome = provider_refusal(int(code), text)

    assert isinstance(outcome, Deferred)
    assert outcome.provider_failed
