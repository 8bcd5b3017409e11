"""Every hostile gateway of the fault kit gets the outcome it deserves, and the next message goes through."""

from __future__ import annotations

import logging
import tracemalloc
from collections.abc import Callable, Iterator

import pytest

from notifier.configuration import SmsGateway
from notifier.deliver.registry import open_provider
from notifier.outcome import Accepted, Deferred, Reason, Throttled
from notifier.testing import HTTP_PERSONALITIES, FaultProxy, HostileHTTP, HttpPersonality, SmsSink, Towards
from notifier.testing.certificates import Certificates
from tests.support.deliveries import sms
from tests.support.hostility import IMPATIENT, LONGEST, PATIENT, PROPERTY, Met, attempt, goes_through, shown

NUMBER, CODE = "+4915112345678", "Your code is 471147"
USER, PASSWORD = "gateway-user", "gateway-password"
#: An answer is never held as a whole, however long it is.
MOST_MEMORY = 8 * 1024 * 1024


@pytest.fixture(scope="module")
def certificates() -> Iterator[Certificates]:
    """One authority for all."""
    made = Certificates()
    yield made
    made.close()


@pytest.mark.parametrize("personality", HTTP_PERSONALITIES.values(), ids=lambda personality: personality.name)
def test_a_hostile_gateway_gets_its_outcome(
    personality: HttpPersonality,
    certificates: Certificates,
    record_property: Callable[[str, object], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Within its time, asked once, without a secret told, and nothing is broken for the next message."""
    caplog.set_level(logging.DEBUG)
    with HostileHTTP(personality, certificates) as hostile:
        options = {"USERNAME": USER, "PASSWORD": PASSWORD}
        provider = open_provider(hostile.gateway(IMPATIENT if personality.waits else PATIENT, options))
        for _ in range(personality.after):
            assert isinstance(provider.send(sms(NUMBER, body="before")), Accepted)

        outcome, took = attempt(provider, sms(NUMBER, body=CODE))
        requests = hostile.requests
        hostile.behave()
        recovered = goes_through(provider, lambda _: sms(NUMBER, body="afterwards"))
        provider.close()

    record_property(
        PROPERTY, vars(Met("HTTP", personality.name, personality.does, outcome.kind, outcome.reason.value, took))
    )
    assert (type(outcome), outcome.reason) == (personality.kind, personality.reason), outcome
    assert took < LONGEST
    assert requests <= personality.after + 1
    assert not isinstance(outcome, Throttled) or outcome.retry_after == personality.pause
    assert recovered
    for secret in (NUMBER, NUMBER[1:], CODE, "471147", USER, PASSWORD):
        assert secret not in shown(outcome) + caplog.text


@pytest.mark.parametrize("name", ["endless_text", "endless_headers", "gzip_bomb", "continue_for_ever", "many_headers"])
def test_no_answer_fills_the_memory(name: str) -> None:
    """What is read of it is bounded, packed or not."""
    with HostileHTTP(name) as hostile:
        provider = open_provider(hostile.gateway(PATIENT))
        tracemalloc.start()
        try:
            provider.send(sms(NUMBER, body=CODE))
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
            provider.close()

    assert most < MOST_MEMORY


def test_a_kept_connection_that_was_closed_while_idle_is_no_doubt() -> None:
    """The next request gets a connection of its own; nothing is sent twice."""
    with HostileHTTP("kept_and_closed") as hostile:
        provider = open_provider(hostile.gateway(PATIENT))
        outcomes = []
        for _ in range(5):
            outcomes.append(provider.send(sms(NUMBER, body=CODE)))
            hostile.wait_until_alone()
        provider.close()

    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert (hostile.requests, hostile.connections) == (5, 5)


def test_an_answer_behind_the_answer_is_nobody_s() -> None:
    """What a gateway sends too much doesn't answer the next request."""
    with HostileHTTP("length_too_short") as hostile:
        provider = open_provider(hostile.gateway(PATIENT))
        outcomes = []
        for _ in range(3):
            outcomes.append(provider.send(sms(NUMBER, body=CODE)))
            hostile.wait_until_alone()
        provider.close()

    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert hostile.requests == 3


def test_a_private_authority_is_trusted_where_ca_file_names_it(certificates: Certificates) -> None:
    """CA_FILE; one that can't be read is the configuration's fault, and nothing is sent."""
    with HostileHTTP("certificate_expired", certificates) as hostile:
        hostile.behave()
        trusting = open_provider(hostile.gateway(PATIENT))
        blind = open_provider(hostile.gateway(PATIENT, {"CA_FILE": "/nowhere/ca.pem"}))
        outcomes = trusting.send(sms()), blind.send(sms())
        trusting.close()
        blind.close()

    assert [outcome.kind for outcome in outcomes] == ["accepted", "misconfigured"]
    assert hostile.requests == 1


def test_a_request_that_didn_t_get_out_whole_is_deferred() -> None:
    """The gateway can't have understood half of it: no doubt, and no duplicate."""
    with SmsSink() as sink, FaultProxy(("127.0.0.1", sink.port)) as network:
        options = {"URL": f"http://127.0.0.1:{network.port}/", "HTTP_METHOD": "POST", "text": "{otp}", "TIMEOUT": "20"}
        provider = open_provider(SmsGateway("gateway", "http", options))
        network.cut_after(1000, Towards.SERVER)
        outcome = provider.send(sms(NUMBER, body="x" * 30_000_000))
        after = provider.send(sms(NUMBER))
        provider.close()

    assert outcome == Deferred(Reason.CONNECTION_LOST, "the connection was lost", provider_failed=True)
    assert isinstance(after, Accepted)
    assert len(sink.messages) == 1


def test_no_url_with_a_code_in_it_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A gateway that is asked by GET has number and code in its URL, and urllib3 likes to show it."""
    caplog.set_level(logging.DEBUG)
    with HostileHTTP("broken_headers") as hostile:
        provider = open_provider(hostile.gateway(PATIENT, {"HTTP_METHOD": "GET"}))
        outcome = provider.send(sms(NUMBER, body=CODE))
        provider.close()

    assert isinstance(outcome, Accepted)
    assert "471147" not in caplog.text
    assert NUMBER[1:] not in caplog.text
