"""The retry decision: pure, so every property is tried hundreds of times."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.configuration import RetryPolicy
from notifier.model import OnUnsure
from notifier.outcome import Accepted, Deferred, Misconfigured, Outcome, Reason, Rejected, Throttled, Unsure
from notifier.retry import LAST_TRY, LEAST_WAIT, Again, Done, GiveUp, Hold, Progress, delay, next_step, too_late

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
POLICY = RetryPolicy(
    first=timedelta(seconds=5), factor=2, cap=timedelta(minutes=30), attempts=5, deadline=timedelta(days=1)
)
YEARS, NEARLY = timedelta(days=400 * 365), timedelta(milliseconds=1)
rolls = st.floats(0, 1, exclude_max=True)
spans = st.timedeltas(timedelta(), timedelta(days=36500))
#: Whatever `notifier check` lets pass.
policies = st.builds(RetryPolicy, spans, st.floats(1, 100), spans, st.integers(1, 10**9), spans)
outcomes = st.sampled_from(
    [
        Accepted(),
        Rejected(Reason.MAILBOX_UNAVAILABLE),
        Deferred(Reason.GREYLISTED),
        Throttled(timedelta(seconds=7)),
        Throttled(timedelta()),
        Misconfigured(Reason.AUTHENTICATION_FAILED),
        Unsure(Reason.NO_ANSWER),
    ]
)


def progress(
    attempts: int = 0, *, left: timedelta = timedelta(hours=1), unsure: OnUnsure = OnUnsure.RESEND
) -> Progress:
    return Progress(attempts, NOW + left, on_unsure=unsure)


@pytest.mark.parametrize("reason", [Reason.POLICY_REFUSED, Reason.REFUSED])
def test_a_fallback_s_policy_is_not_the_last_word(reason: Reason) -> None:
    """Whom the message was planned for is asked, even where one attempt is all there is; its own no is final."""
    once = RetryPolicy(attempts=1)
    guest = replace(progress(), guest=True)

    step = next_step(Rejected(reason), guest, once, now=NOW, roll=0.5)

    assert isinstance(step, Again)
    assert (step.counted, step.home) == (True, True)
    assert next_step(Rejected(reason), progress(), once, now=NOW, roll=0.5) == GiveUp(reason)


def test_a_mailbox_that_a_fallback_does_not_know_is_final() -> None:
    """Nobody else would find it."""
    guest = replace(progress(), guest=True)
    gone = Rejected(Reason.MAILBOX_UNAVAILABLE)

    assert next_step(gone, guest, POLICY, now=NOW, roll=0.5) == GiveUp(Reason.MAILBOX_UNAVAILABLE)


@given(st.integers(1, 10**9), policies, rolls)
def test_delay_stays_within_its_bounds(attempt: int, policy: RetryPolicy, roll: float) -> None:
    """No delay is negative, longer than the cap, or longer than the first may have grown by then."""
    wait = delay(attempt, policy, roll)

    assert timedelta() <= wait <= policy.cap
    if attempt <= 20:
        assert wait.total_seconds() <= policy.first.total_seconds() * policy.factor ** (attempt - 1) + 1e-6


@given(st.integers(1, 10**6), policies)
def test_the_jitter_is_full(attempt: int, policy: RetryPolicy) -> None:
    """What failed together doesn't come back together: any moment up to the bound may be it."""
    assert delay(attempt, policy, 0) == timedelta()
    assert abs(delay(attempt, policy, 0.25) * 2 - delay(attempt, policy, 0.5)) <= timedelta(microseconds=2)


@given(st.integers(1, 8))
def test_delay_grows_until_the_cap(attempt: int) -> None:
    """With the same roll, a later attempt waits no less."""
    assert delay(attempt, POLICY, 0.5) <= delay(attempt + 1, POLICY, 0.5)


@given(outcomes, st.integers(0, 10**6), policies, rolls, st.sampled_from(OnUnsure))
def test_every_outcome_ends_in_exactly_one_step(
    outcome: Outcome, attempts: int, policy: RetryPolicy, roll: float, unsure: OnUnsure
) -> None:
    """Only the provider's yes is done, and nothing is due before now or after the deadline, whatever the policy."""
    where = progress(attempts, unsure=unsure)

    step = next_step(outcome, where, policy, now=NOW, roll=roll)

    assert isinstance(step, Done) == isinstance(outcome, Accepted)
    if isinstance(step, Again):
        assert NOW <= step.at <= where.deadline
        # What costs no attempt never comes back at once, or it would for ever.
        assert step.counted or step.at >= NOW + LEAST_WAIT
        assert not step.counted or attempts + 1 < policy.attempts


@given(rolls, st.integers(0, 100))
def test_throttled_and_misconfigured_use_up_no_attempt(roll: float, attempts: int) -> None:
    """A provider that asks for patience, or is set up wrongly, costs the message nothing."""
    for outcome in (Throttled(timedelta(seconds=7)), Misconfigured(Reason.HOST_UNKNOWN)):
        step = next_step(outcome, progress(attempts), POLICY, now=NOW, roll=roll)

        assert isinstance(step, Again)
        assert not step.counted


@given(spans, st.integers(0, 10**6), policies, rolls)
def test_a_provider_that_asks_for_time_gets_it(
    asked: timedelta, attempts: int, policy: RetryPolicy, roll: float
) -> None:
    """No try before that, whatever the policy; but one at the deadline, when it asks for longer."""
    where = progress(attempts)

    step = next_step(Throttled(asked), where, policy, now=NOW, roll=roll)

    assert step == Again(min(NOW + max(asked, policy.first, LEAST_WAIT), where.deadline), counted=False)


@given(st.integers(0, 10**6), policies, rolls)
def test_a_misconfigured_provider_is_tried_again_within_bounds(attempts: int, policy: RetryPolicy, roll: float) -> None:
    """Half of the wait is fixed, so that it is no hot loop; the cap holds, so that a mended one is found soon."""
    step = next_step(Misconfigured(Reason.HOST_UNKNOWN), progress(attempts, left=YEARS), policy, now=NOW, roll=roll)

    assert isinstance(step, Again)
    bound = delay(attempts + 3, policy, 1 - 2**-53)
    assert max(bound / 2, LEAST_WAIT) - NEARLY <= step.at - NOW <= max(policy.cap, LEAST_WAIT)


@given(st.sampled_from([Deferred(Reason.GREYLISTED), Unsure(Reason.NO_ANSWER)]), policies, rolls)
def test_attempts_come_to_an_end(outcome: Outcome, policy: RetryPolicy, roll: float) -> None:
    """As many as the policy has, however long that takes; each is due within the cap."""
    policy = replace(policy, attempts=policy.attempts % 50 + 1)
    made = 1
    while isinstance(step := next_step(outcome, progress(made - 1, left=YEARS), policy, now=NOW, roll=roll), Again):
        assert step.at - NOW <= policy.cap
        made += 1

    assert (made, step) == (policy.attempts, GiveUp(Reason.ATTEMPTS_EXHAUSTED))


@given(outcomes, policies, rolls, st.sampled_from(OnUnsure), st.timedeltas(timedelta(), timedelta(days=1)))
def test_nothing_is_due_after_its_deadline(
    outcome: Outcome, policy: RetryPolicy, roll: float, unsure: OnUnsure, late: timedelta
) -> None:
    """Once it has passed, there is no further try for any outcome."""
    step = next_step(outcome, progress(left=-late, unsure=unsure), policy, now=NOW, roll=roll)

    assert not isinstance(step, Again)


def test_rejected_is_given_up_at_once() -> None:
    """A permanent refusal is a dead letter on the first attempt."""
    assert next_step(Rejected(Reason.REFUSED), progress(), POLICY, now=NOW, roll=0) == GiveUp(Reason.REFUSED)


def test_the_last_attempt_is_the_last() -> None:
    """Five attempts mean five."""
    assert isinstance(next_step(Deferred(Reason.GREYLISTED), progress(3), POLICY, now=NOW, roll=0.5), Again)
    assert next_step(Deferred(Reason.GREYLISTED), progress(4), POLICY, now=NOW, roll=0.5) == GiveUp(
        Reason.ATTEMPTS_EXHAUSTED
    )


def test_retry_after_is_honoured() -> None:
    """The provider's own word decides when."""
    step = next_step(Throttled(timedelta(seconds=90)), progress(), POLICY, now=NOW, roll=0)

    assert step == Again(NOW + timedelta(seconds=90), counted=False)


@pytest.mark.parametrize(("expires", "reason"), [(False, Reason.DEADLINE_PASSED), (True, Reason.EXPIRED)])
def test_past_the_deadline_nothing_is_tried_again(expires: bool, reason: Reason) -> None:
    """A deadline of the policy and one of the definition give up with words of their own."""
    where = Progress(0, NOW, expires=expires)

    assert next_step(Deferred(Reason.GREYLISTED), where, POLICY, now=NOW, roll=0.5) == GiveUp(reason)


def test_unsure_follows_the_definition() -> None:
    """Resend says again, hold says wait for an operator."""
    resend = next_step(Unsure(Reason.NO_ANSWER), progress(), POLICY, now=NOW, roll=0)
    hold = next_step(Unsure(Reason.NO_ANSWER), progress(unsure=OnUnsure.HOLD), POLICY, now=NOW, roll=0)

    assert isinstance(resend, Again)
    assert hold == Hold(Reason.NO_ANSWER)


@pytest.mark.parametrize(
    ("attempts", "late", "expires", "expected"),
    [
        (0, timedelta(), True, GiveUp(Reason.EXPIRED)),
        (0, timedelta(days=1), False, None),
        (1, timedelta(), False, None),
        (1, LAST_TRY, False, GiveUp(Reason.DEADLINE_PASSED)),
        (1, LAST_TRY, True, GiveUp(Reason.EXPIRED)),
        (1, -timedelta(seconds=1), True, None),
    ],
)
def test_what_is_too_late_is_not_tried_again(
    attempts: int, late: timedelta, expires: bool, expected: GiveUp | None
) -> None:
    """The last try is at the deadline; what nobody has tried yet gets its one, unless it expires."""
    assert too_late(Progress(attempts, NOW - late, expires), now=NOW) == expected
