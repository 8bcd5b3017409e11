from __future__ import annotations

from datetime import timedelta

import pytest

from notifier.deliver.classify.http import classify, retry_after
from notifier.outcome import Accepted, Deferred, Misconfigured, Reason, Rejected, Throttled, Unsure

DATE = "Tue, 24 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, Accepted) for status in (200, 201, 202)),
        *((status, Rejected) for status in (203, 204, 400, 402, 409, 413, 422, 451, 501)),
        *((status, Misconfigured) for status in (301, 302, 307, 308, 401, 403, 404, 405, 407, 410)),
        *((status, Deferred) for status in (408, 425, 500, 503)),
        (429, Throttled),
        *((status, Unsure) for status in (100, 101, 103, 199, 303, 502, 504, 600, 999)),
    ],
)
def test_each_status_has_its_outcome(status: int, kind: type) -> None:
    """Only 200, 201 and 202 are a yes; what ends no answer says neither yes nor no."""
    assert type(classify(status, {})) is kind


@pytest.mark.parametrize("status", [502, 504])
def test_a_proxy_that_got_no_answer_is_silence(status: int) -> None:
    """Nobody knows what became of the request; and the circuit opens, as for a gateway that is silent itself."""
    outcome = classify(status, {})

    assert isinstance(outcome, Unsure)
    assert outcome.reason is Reason.NO_ANSWER


def test_a_503_that_says_when_to_come_back_throttles() -> None:
    """Retry-After turns a failure into a pause that uses up no attempt; a 500 stays a failure."""
    assert classify(503, {"Retry-After": "20"}) == Throttled(timedelta(seconds=20), detail="HTTP 503")
    assert isinstance(classify(500, {"Retry-After": "20"}), Deferred)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 30),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "99999999999999999999"}, 3600),
        ({"Retry-After": "-5"}, 30),
        ({"Retry-After": "soon"}, 30),
        ({"Retry-After": "Tue, 24 Nov 2026 12:01:30 GMT", "Date": DATE}, 90),
        ({"Retry-After": "Tue, 24 Nov 2026 11:00:00 GMT", "Date": DATE}, 0),
        ({"Retry-After": "Wed, 25 Nov 2026 12:00:00 GMT", "Date": DATE}, 3600),
        ({"Retry-After": "Tue, 24 Nov 2026 12:01:30 GMT"}, 30),
        ({"Retry-After": "Tue, 24 Nov 2026 12:01:30 -0000", "Date": DATE}, 30),
    ],
)
def test_retry_after_is_seconds_or_a_date_beside_the_answer_s_own(headers: dict[str, str], seconds: int) -> None:
    """No clock of ours is needed; nonsense means half a minute, and nothing means more than an hour."""
    assert retry_after(headers) == timedelta(seconds=seconds)
