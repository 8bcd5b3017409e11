"""SMS through sipgate: the REST interface, and the old one (reference section 5.4)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from xmlrpc.client import Fault, dumps, loads

import pytest

from notifier.configuration import SmsGateway
from notifier.deliver.registry import open_provider
from notifier.outcome import Accepted, Misconfigured, Outcome, Reason, Rejected
from notifier.testing import Answer, SmsSink
from tests.support.deliveries import sms

DONE = dumps(({"StatusCode": 200, "StatusString": "Method success", "SessionID": "1"},), methodresponse=True)


@pytest.fixture
def sink() -> Iterator[SmsSink]:
    """Sipgate."""
    with SmsSink() as sink:
        yield sink


@pytest.fixture
def send(sink: SmsSink) -> Callable[..., Outcome]:
    """One SMS, with these options."""

    def send(to: str = "+4915112345678", body: str = "Hello", **options: str) -> Outcome:
        usual = {"URL": sink.url, "TOKEN_ID": "token-7", "TOKEN": "geheim", "TIMEOUT": "5"}
        provider = open_provider(SmsGateway("gateway", "sipgate", usual | options))
        try:
            return provider.send(sms(to, body=body))
        finally:
            provider.close()

    return send


def test_113_rest(sink: SmsSink, send: Callable[..., Outcome]) -> None:
    """Case 113: JSON with the extension, the number and the text; the token logs us in; 204 is a yes."""
    sink.script(Answer(204, ""))

    outcome = send("+49 (151) 12-34", 'Grüße "x"\n', SMS_ID="s3")

    received = sink.messages[0]
    assert outcome == Accepted("HTTP 204")
    assert received.method == "POST"
    assert received.parameters == {"smsId": "s3", "recipient": "+491511234", "message": 'Grüße "x"\n'}
    assert received.headers["Authorization"] == "Basic " + base64.b64encode(b"token-7:geheim").decode()


def test_113_an_empty_account_waits_for_money(sink: SmsSink, send: Callable[..., Outcome]) -> None:
    """Case 113: 402; no message is lost by it."""
    sink.script(Answer(402))

    assert send() == Misconfigured(Reason.PROVIDER_BROKEN, "HTTP 402: the account's balance is used up")


@pytest.mark.parametrize("number", ["", " ", "anna", "+", "49151@x", "+49151;x", "12"])
def test_what_is_no_number_is_refused(sink: SmsSink, send: Callable[..., Outcome], number: str) -> None:
    """Nothing is asked."""
    outcome = send(number)

    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.ADDRESS_INVALID
    assert sink.requests == 0


class Old:
    """The old interface, which speaks XML."""

    def __init__(self, sink: SmsSink, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        # The sink reads JSON and forms; this peer keeps the body as it is.
        monkeypatch.setattr(
            "notifier.testing.sms_sink.parse_qsl",
            lambda text, **_: [("body", self.asked.append(text) or text)],
        )
        self._sink = sink

    def answers(self, text: str) -> None:
        self._sink.script(Answer(text=text))


@pytest.fixture
def old(sink: SmsSink, monkeypatch: pytest.MonkeyPatch) -> Old:
    """Asked as the system taken over did."""
    return Old(sink, monkeypatch)


def test_113_the_old_interface(old: Old, send: Callable[..., Outcome]) -> None:
    """Case 113: its call, escaped as XML wants it; characters that XML has none for are blanks."""
    old.answers(DONE)

    outcome = send("+49151 1234", "<b> & ]]> ü \x07!", API="xmlrpc", USERNAME="", TOKEN_ID="u")

    (call,), method = loads(old.asked[-1])
    assert outcome == Accepted("HTTP 200")
    assert method == "samurai.SessionInitiate"
    assert call == {"RemoteUri": "sip:491511234@sipgate.de", "TOS": "text", "Content": "<b> & ]]> ü  !"}


def test_a_fault_of_the_old_interface_is_a_failure(old: Old, send: Callable[..., Outcome]) -> None:
    """It comes with HTTP 200, and once was a success; its words are cleansed."""
    old.answers(dumps(Fault(400, "sip:491511234567@sipgate.de: 'Code 471147' of token-7:geheim"), methodresponse=True))

    outcome = send("+491511234567", "Code 471147", API="xmlrpc")

    assert outcome == Rejected(Reason.REFUSED, "fault 400: ***: '***' of ***:***")
