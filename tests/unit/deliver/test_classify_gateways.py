"""Exit codes of scripts, answers of sipgate and the log of Apprise to outcomes."""

from __future__ import annotations

from datetime import timedelta
from xmlrpc.client import Fault, dumps

import pytest

from notifier.deliver.classify import apprise, script, sipgate
from notifier.outcome import Accepted, Deferred, Misconfigured, Outcome, Reason, Rejected, Throttled, Unsure


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (0, Accepted("exit 0: said")),
        (1, Deferred(Reason.TEMPORARY_FAILURE, "exit 1: said")),
        (75, Deferred(Reason.TEMPORARY_FAILURE, "exit 75: said")),
        (69, Deferred(Reason.TEMPORARY_FAILURE, "exit 69: said", provider_failed=True)),
        (65, Rejected(Reason.CONTENT_REFUSED, "exit 65: said")),
        (67, Rejected(Reason.MAILBOX_UNAVAILABLE, "exit 67: said")),
        *((code, Misconfigured(Reason.PROVIDER_BROKEN, f"exit {code}: said")) for code in (64, 77, 78, 126, 127)),
        (-9, Unsure(Reason.UNEXPECTED_ANSWER, "the script was killed by signal 9")),
        (None, Unsure(Reason.NO_ANSWER, "the script was ended after 30 s")),
    ],
)
def test_113_exit_codes(code: int | None, outcome: Outcome) -> None:
    """Case 113: success is 0; whether another one is final, sysexits.h says."""
    assert script.classify(code, "said", 30.0) == outcome


@pytest.mark.parametrize(
    ("status", "kind"),
    [(204, Accepted), (200, Accepted), (400, Rejected), (401, Misconfigured), (402, Misconfigured),
     (403, Misconfigured), (404, Misconfigured), (415, Misconfigured), (429, Throttled), (500, Deferred),
     (502, Unsure)],
)  # fmt: skip
def test_113_statuses_of_sipgate(status: int, kind: type) -> None:
    """Case 113: 402 is an empty account, which is nobody's message's fault."""
    assert type(sipgate.rest(status, {})) is kind


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (dumps(({"StatusCode": 200, "StatusString": "Method success"},), methodresponse=True), Accepted("HTTP 200")),
        (dumps(Fault(403, "no"), methodresponse=True), Misconfigured(Reason.AUTHENTICATION_FAILED, "fault 403: NO")),
        (dumps(Fault(402, "no"), methodresponse=True), Misconfigured(Reason.PROVIDER_BROKEN, "fault 402: NO")),
        (dumps(Fault(503, "no"), methodresponse=True), Deferred(Reason.TEMPORARY_FAILURE, "fault 503: NO")),
        (dumps(Fault(407, "no"), methodresponse=True), Rejected(Reason.REFUSED, "fault 407: NO")),
        (dumps(Fault(400, "no"), methodresponse=True), Rejected(Reason.REFUSED, "fault 400: NO")),
        (dumps(({"StatusCode": 501, "StatusString": "no"},), methodresponse=True),
         Deferred(Reason.TEMPORARY_FAILURE, "fault 501: NO")),
        *((text, Unsure(Reason.UNEXPECTED_ANSWER, "HTTP 200, and the answer is no XML-RPC")) for text in (
            "", "OK", "<html>", dumps((5,), methodresponse=True),
            "<methodResponse><params><param><value><int>x</int></value></param></params></methodResponse>",
            '<!DOCTYPE a [<!ENTITY b "c">]><methodResponse/>',
        )),
    ],
)  # fmt: skip
def test_113_an_xmlrpc_answer_is_looked_at(text: str, outcome: Outcome) -> None:
    """Case 113, more strictly: a fault in an answer 200 was taken for a success."""
    assert sipgate.xmlrpc(text, str.upper) == outcome


@pytest.mark.parametrize(
    ("lines", "outcome"),
    [
        (["Failed: error=401."], Misconfigured(Reason.AUTHENTICATION_FAILED, "words")),
        (["Failed: error=400."], Deferred(Reason.TEMPORARY_FAILURE, "words")),
        (["Failed: error=404."], Deferred(Reason.TEMPORARY_FAILURE, "words")),
        (["Failed: error=500.", "Response Details: x"], Deferred(Reason.TEMPORARY_FAILURE, "words")),
        (["Failed: error=429."], Throttled(timedelta(seconds=30), detail="HTTP 429")),
        (["Failed: error=504."], Unsure(Reason.NO_ANSWER, "HTTP 504: a proxy got no answer from the gateway")),
        (["x", "[Errno 111] Connection refused"],
         Deferred(Reason.CONNECTION_REFUSED, "connection refused", provider_failed=True)),
        (["A Connection error", "Read timed out."], Unsure(Reason.NO_ANSWER, "words")),
        ([], Unsure(Reason.NO_ANSWER, "words")),
    ],
)  # fmt: skip
def test_what_apprise_lets_slip(lines: list[str], outcome: Outcome) -> None:
    """Where it doesn't say how far it came, nobody pretends to know."""
    assert apprise.classify(lines, "words") == outcome
