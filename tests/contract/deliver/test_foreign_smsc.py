"""An SMPP server that isn't ours: it understands what we send, and its answers get their outcomes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import smpp34
from smsc import Smsc

from notifier.configuration import SmsGateway
from notifier.deliver.provider import Provider, Windowed
from notifier.deliver.registry import open_provider
from notifier.gateways.kinds import KINDS
from notifier.outcome import Accepted, Deferred, Outcome, Rejected, Throttled
from tests.support.deliveries import sms
from tests.support.hostility import shown

pytestmark = pytest.mark.skipif("smpp" not in KINDS, reason="no gateway of that kind is built in")
SYSTEM, PASSWORD = "token-service", "s3cret"
NUMBER, TEXT = "+4915112345678", "Your code is 471147"


@pytest.fixture
def smsc() -> Iterator[Smsc]:
    """Listening."""
    with Smsc() as running:
        yield running


@pytest.fixture
def provider(smsc: Smsc) -> Iterator[Provider]:
    """Bound there when it first sends."""
    options = {
        "SMSC_HOST": "127.0.0.1", "SMSC_PORT": str(smsc.port), "SYSTEM_ID": SYSTEM, "PASSWORD": PASSWORD,
        "S_ADDR": "12345", "TIMEOUT": "10",
    }  # fmt: skip
    opened = open_provider(SmsGateway("smsc", "smpp", options))
    yield opened
    opened.close()


def send(provider: Provider, text: str = TEXT, number: str = NUMBER) -> Outcome:
    """One SMS, and nothing secret in what comes of it."""
    outcome = provider.send(sms(number, body=text))
    for secret in (NUMBER, NUMBER[1:], "471147", PASSWORD):
        assert secret not in shown(outcome)
    return outcome


@pytest.mark.parametrize(
    "text",
    [TEXT, "Grüße, [x] {y} für 5 € \\ ^ ~ | à", "Привет, 漢字 😀", "ü" * 400, "€" * 100, "я" * 200, "😀" * 90],
    ids=["plain", "extended", "other alphabets", "long", "long, extended", "long in another alphabet", "long in pairs"],
)
def test_the_text_arrives(smsc: Smsc, provider: Provider, text: str) -> None:
    """Letter by letter, put together as a phone does."""
    assert isinstance(send(provider, text), Accepted)

    (number,) = {part.number for part in smsc.parts}
    assert number.lstrip("+") == NUMBER.lstrip("+")
    assert smsc.text_of(number) == text
    assert {part.sender for part in smsc.parts} == {"12345"}


def test_one_bind_for_many(smsc: Smsc, provider: Provider) -> None:
    """It is kept; each message has its own answer (this server takes what is under way at once in any order)."""
    assert isinstance(provider, Windowed)
    deliveries = [sms(f"+49151{number:08}", body=f"{TEXT} {number}") for number in range(50)]

    outcomes = list(provider.send_each(iter(deliveries)))

    assert {type(outcome) for outcome in outcomes} == {Accepted}
    assert smsc.binds == 1
    assert {part.text for part in smsc.parts} == {delivery.message.body for delivery in deliveries}
    assert len(smsc.parts) == len(deliveries)


@pytest.mark.parametrize(
    ("status", "kinds"),
    [
        (smpp34.ESME_RTHROTTLED, (Throttled,)),
        (smpp34.ESME_RMSGQFUL, (Deferred, Throttled)),
        (smpp34.ESME_RSYSERR, (Deferred,)),
        (smpp34.ESME_RINVDSTADR, (Rejected,)),
    ],
    ids=["throttled", "queue full", "system error", "no such number"],
)
def test_a_refusal_has_its_outcome(
    smsc: Smsc, provider: Provider, status: int, kinds: tuple[type[Outcome], ...]
) -> None:
    """And the next message goes through over the same bind."""
    smsc.script(status)

    assert isinstance(send(provider), kinds)
    assert isinstance(send(provider), Accepted)
    assert smsc.binds == 1
