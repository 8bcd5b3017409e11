"""Kannel, as its page configures it: what is sent arrives at the operator, and each of its answers gets its outcome."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from kannel import DENIED, LONGEST_QUEUE, PASSWORD, USER, Kannel, kannel
from servers import listens
from waiting import until

from notifier.configuration import SmsGateway
from notifier.definitions.load import load
from notifier.deliver.registry import open_provider
from notifier.outcome import Accepted, Deferred, Misconfigured, Outcome, Reason, Rejected
from tests.support.deliveries import sms
from tests.support.hostility import shown

TEXT = "Your code is 4711: Grüße, [x] für 5 €"


@pytest.fixture(scope="module")
def gateway() -> Iterator[Kannel]:
    """Kannel and its operator."""
    with kannel() as running:
        running.operator.start()
        yield running


@pytest.fixture(scope="module")
def documented() -> SmsGateway:
    """The entry of the example."""
    example = Path(__file__).parents[3] / "config" / "examples" / "kannel"
    return load(example, {"KANNEL_PASSWORD": PASSWORD}).sms_gateways["kannel"]


def send(
    entry: SmsGateway, kannel: Kannel, number: str, text: str, options: Mapping[str, str] | None = None
) -> Outcome:
    """One SMS, and nothing secret in what comes of it."""
    provider = open_provider(replace(entry, options={**entry.options, "URL": kannel.url, **(options or {})}))
    try:
        outcome = provider.send(sms(number, body=text))
    finally:
        provider.close()
    for secret in (number, number[1:], text, "4711", USER, PASSWORD):
        assert secret not in shown(outcome)
    return outcome


@pytest.mark.parametrize(
    ("number", "text", "coding"),
    [
        ("+4915110000001", TEXT, "0"),
        ("+4915110000002", "100% & 'more' <b>+</b> a=b;c", "0"),
        ("+4915110000003", "Привет, 漢字 😀", "2"),
        ("+4915110000004", "ü" * 300, "0"),
        ("+4915110000005", "я" * 150, "2"),
    ],
    ids=["letters", "signs", "other alphabets", "long", "long in another alphabet"],
)
def test_number_and_text_arrive(gateway: Kannel, documented: SmsGateway, number: str, text: str, coding: str) -> None:
    """Letter by letter, also where Kannel sends several segments."""
    assert isinstance(send(documented, gateway, number, text, {"coding": coding}), Accepted)

    until(lambda: len(gateway.text_of(number)) >= len(text))
    assert gateway.text_of(number) == text


def test_a_wrong_password(gateway: Kannel, documented: SmsGateway) -> None:
    """403: the operator of the worker is told, the SMS waits."""
    outcome = send(documented, gateway, "+4915120000001", TEXT, {"pass": "wrong"})

    assert isinstance(outcome, Misconfigured)
    assert outcome.reason is Reason.AUTHENTICATION_FAILED


def test_another_path(gateway: Kannel, documented: SmsGateway) -> None:
    """404: it is the URL that has to be mended."""
    outcome = send(documented, gateway, "+4915120000002", TEXT, {"URL": f"{gateway.url}x"})

    assert isinstance(outcome, Misconfigured)


def test_a_number_that_kannel_denies(gateway: Kannel, documented: SmsGateway) -> None:
    """400: no later attempt helps."""
    assert isinstance(send(documented, gateway, DENIED, TEXT), Rejected)
    assert not gateway.text_of(DENIED)


def test_a_full_queue(documented: SmsGateway) -> None:
    """While the operator is away Kannel keeps some, then refuses for a while; back again, all of those arrive."""
    numbers = [f"+49151300000{number:02}" for number in range(LONGEST_QUEUE + 1)]
    with kannel() as alone:
        outcomes = [send(documented, alone, number, TEXT) for number in numbers]
        alone.operator.start()
        until(lambda: len(alone.arrived) >= LONGEST_QUEUE)

        assert [type(outcome) for outcome in outcomes] == [*[Accepted] * LONGEST_QUEUE, Deferred]
        assert outcomes[-1].reason is Reason.TEMPORARY_FAILURE
        assert sorted(alone.arrived) == [(number, TEXT) for number in numbers[:-1]]


def test_a_kannel_that_ends(documented: SmsGateway) -> None:
    """Nobody there is the gateway's failure, also under a kept connection."""
    with kannel() as alone:
        provider = open_provider(replace(documented, options={**documented.options, "URL": alone.url}))
        assert isinstance(provider.send(sms("+4915140000001")), Accepted)
        alone.smsbox.kill()
        until(lambda: not listens(alone.port))
        away = provider.send(sms("+4915140000002"))
        provider.close()

    assert isinstance(away, Deferred)
    assert (away.reason, away.provider_failed) == (Reason.CONNECTION_REFUSED, True)
