"""Services through Apprise, played by a gateway of ours: json:// posts to any host, signal:// knows numbers."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from urllib.parse import unquote

import apprise
import pytest

from notifier.configuration import SmsGateway
from notifier.deliver.provider import Side
from notifier.deliver.registry import open_provider
from notifier.outcome import Accepted, Deferred, Misconfigured, Outcome, Reason, Rejected, Unsure
from notifier.testing import Answer, SmsSink
from tests.support.deliveries import sms

NUMBER, CODE = "+4915112345678", "Your code is 471147"


@pytest.fixture
def sink() -> Iterator[SmsSink]:
    """The service."""
    with SmsSink() as sink:
        yield sink


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that reaches the root's handlers; caplog listens to loggers that keep to themselves, too."""
    text = io.StringIO()
    handler, root = logging.StreamHandler(text), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield text
    root.removeHandler(handler)
    root.setLevel(level)


def send(*urls: str, to: str = NUMBER, **options: str) -> Outcome:
    """One message to services."""
    gateway = SmsGateway("gateway", "apprise", {"URLS": " ".join(urls), "TIMEOUT": "5", **options})
    provider = open_provider(gateway)
    try:
        return provider.send(sms(to, body=CODE))
    finally:
        provider.close()


def test_the_text_reaches_the_service_and_the_number_its_place(sink: SmsSink) -> None:
    """As it is: no title, no mark-up, no emojis."""
    assert send(f"json://127.0.0.1:{sink.port}/to/{{phone}}", to="+49 1/5") == Accepted("taken")

    received = sink.messages[0]
    assert unquote(received.path) == "/to/+49 1/5"
    assert received.path.count("/") == 2
    assert (received.parameters["title"], received.parameters["message"]) == ("", CODE)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(401), (Misconfigured, Reason.AUTHENTICATION_FAILED)),
        (Answer(400), (Deferred, Reason.TEMPORARY_FAILURE)),
        (Answer(302, headers={"Location": "/elsewhere"}), (Deferred, Reason.TEMPORARY_FAILURE)),
        (Answer(drop=True), (Unsure, Reason.NO_ANSWER)),
        (Answer(hang=30), (Unsure, Reason.NO_ANSWER)),
    ],
)
def test_a_failure_is_what_is_known_of_it(sink: SmsSink, answer: Answer, outcome: tuple[type, Reason]) -> None:
    """No redirect is followed; doubt is called doubt."""
    sink.script(answer)

    found = send(f"json://u:geheim@127.0.0.1:{sink.port}/{{phone}}", TIMEOUT="1")

    assert (type(found), found.reason) == outcome
    assert sink.requests == 1
    assert all(secret not in found.detail for secret in ("geheim", NUMBER, NUMBER[1:], "471147"))


def test_nobody_there_is_the_provider_s_failure() -> None:
    """Nothing was sent."""
    with SmsSink(listens=False) as sink:
        found = send(f"json://127.0.0.1:{sink.port}/")

    assert found == Deferred(Reason.CONNECTION_REFUSED, "connection refused", provider_failed=True)


def test_of_several_services_some_may_have_it(sink: SmsSink) -> None:
    """It can't be taken back: doubt, so that on_unsure decides."""
    url = f"json://127.0.0.1:{sink.port}/"
    sink.script(Answer(), Answer(400))

    found = send(url, url)

    assert isinstance(found, Unsure)
    assert found.detail.startswith("1 of 2 services have it; ")
    assert send(url, url) == Accepted("taken")


@pytest.mark.parametrize("number", ["123x", "123x, 456x", "0171 x", "+49 (0)1", " 12 "])
def test_a_number_that_a_service_would_leave_out_is_refused(sink: SmsSink, number: str) -> None:
    """Signal's drops what it takes for no number, in whole or by its parts, and writes to the sender instead."""
    url = f"signal://127.0.0.1:{sink.port}/+4915100000000/{{phone}}"

    refused = send(url, to=number)
    sink.script(Answer(201))
    taken = send(url)

    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.ADDRESS_INVALID
    assert taken == Accepted("taken")
    assert [message.parameters["recipients"] for message in sink.messages] == [[NUMBER]]


def test_what_is_wrong_with_the_url_itself_waits_for_the_operator(sink: SmsSink) -> None:
    """It is no recipient's fault, so no message is given up for it; and nothing is sent until it is right."""
    outcome = send(f"json://127.0.0.1:{sink.port}/{{phone}}?rto=geheim")

    assert outcome == Misconfigured(Reason.PROVIDER_BROKEN, "Invalid socket read timeout (rto) was specified ***")
    assert not sink.requests


@pytest.mark.parametrize("url", ["nonsense://x", "json://", "twilio://x"])
def test_a_url_that_apprise_can_t_use_waits_for_the_operator(url: str) -> None:
    """Nothing is tried."""
    assert isinstance(send(url), Misconfigured)


def test_nothing_of_apprise_s_log_is_in_ours(sink: SmsSink, log: io.StringIO) -> None:
    """It would tell tokens, numbers and texts; who listens to the conversation hears it."""
    heard: list[tuple[Side, str]] = []
    url = f"json://u:geheim@127.0.0.1:{sink.port}/{{phone}}"
    sink.script(Answer(500, "no"))
    provider = open_provider(
        SmsGateway("g", "apprise", {"URL": url}), hear=lambda side, line: heard.append((side, line))
    )
    provider.send(sms(body=CODE))
    provider.close()

    for secret in ("geheim", NUMBER[1:], "471147"):
        assert secret not in log.getvalue()
    assert heard[0] == (Side.US, f"JSON: {CODE}")
    assert any("error=500" in line for _, line in heard)


def test_a_service_s_words_are_cleansed() -> None:
    """Some tell number, text and token in what they log."""

    @apprise.decorators.notify(on="chatty")
    def refuse(*_: object, **__: object) -> bool:
        logging.getLogger("apprise").warning(f"No {CODE} for {NUMBER} by t0ken: error=400")  # noqa: G004
        return False

    outcome = send("chatty://t0ken/{phone}")

    assert outcome == Deferred(
        Reason.TEMPORARY_FAILURE, "No *** for *** by ***: error=400; Failed to send Custom - chatty notification."
    )


def test_no_secret_is_in_a_repr() -> None:
    """Whoever logs a provider logs no token."""
    provider = open_provider(SmsGateway("g", "apprise", {"URL": "twilio://S:geheim@+1/{phone}"}))

    assert "geheim" not in repr(provider)


@pytest.mark.parametrize("body", ["hello", "failed: error=401", "Connection refused", "a\nNameResolutionError"])
def test_our_own_words_decide_nothing(sink: SmsSink, body: str) -> None:
    """The library logs what it sends, too; the connection ended after that, so nobody knows."""
    sink.script(Answer(drop=True))
    provider = open_provider(SmsGateway("g", "apprise", {"URL": f"json://127.0.0.1:{sink.port}/", "TIMEOUT": "5"}))

    assert isinstance(provider.send(sms(body=body)), Unsure)


def test_several_targets_of_one_url_are_unsure_when_one_fails(sink: SmsSink) -> None:
    """The others may have it."""
    sink.script(Answer(), Answer(500))

    outcome = send(f"ntfy://127.0.0.1:{sink.port}/topicA/topicB")

    assert isinstance(outcome, Unsure)
    assert "targets may have it" in outcome.detail
