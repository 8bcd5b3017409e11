"""What a gateway is asked, and what is made of its answers (reference section 5.3)."""

from __future__ import annotations

import base64
import http.server
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping

import pytest

from notifier.configuration import SmsGateway
from notifier.deliver.provider import Side
from notifier.deliver.registry import open_provider
from notifier.model import Channel, Message
from notifier.outcome import Accepted, Deferred, Misconfigured, Outcome, Reason, Rejected, Unsure
from notifier.testing import Answer, SmsSink
from tests.support.deliveries import deliver, sms


@pytest.fixture
def sink() -> Iterator[SmsSink]:
    """The gateway."""
    with SmsSink() as sink:
        yield sink


@pytest.fixture
def send(sink: SmsSink) -> Callable[..., Outcome]:
    """One SMS through the sink, with these options."""

    def send(
        options: Mapping[str, str] | None = None, *, body: str = "Hello", headers: Mapping[str, str] | None = None
    ) -> Outcome:
        usual = {"URL": sink.url, "TIMEOUT": "1"}
        provider = open_provider(SmsGateway("gateway", "http", {**usual, **(options or {})}, headers or {}))
        try:
            return provider.send(sms(body=body))
        finally:
            provider.close()

    return send


def test_54_111_get_sends_parameters_in_the_query(sink: SmsSink, send: Callable[..., Outcome]) -> None:
    """The default; nothing of ours is added."""
    outcome = send({"to": "{phone}", "text": "Note: {otp}", "from": "us"}, body="Grüße & 100 %")

    received = sink.messages[0]
    assert outcome == Accepted("HTTP 200")
    assert (received.method, received.path) == ("GET", "/sms")
    assert received.parameters == {"to": "+4915112345678", "text": "Note: Grüße & 100 %", "from": "us"}


@pytest.mark.parametrize("method", ["POST", "post", " Post "])
def test_post_sends_a_form_in_any_spelling(sink: SmsSink, send: Callable[..., Outcome], method: str) -> None:
    """`post` was GET once; here it is what it says (reference section 10)."""
    send({"http_method": method, "to": "{phone}", "Text": "{otp}"})

    received = sink.messages[0]
    assert received.method == "POST"
    assert received.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert received.parameters == {"to": "+4915112345678", "Text": "Hello"}


def test_111_json_keeps_what_the_operator_wrote(sink: SmsSink, send: Callable[..., Outcome]) -> None:
    """Literal JSON is JSON; number and text are put in afterwards, so quotes, newlines and digits do no harm."""
    options = {
        "HTTP_METHOD": "POST",
        "SEND_DATA_AS_JSON": "yes",
        "REGEXP": r"/\+//",
        "recipients": '["{phone}"]',
        "message": '{"body": {"text": "{otp}"}, "{phone}": 1}',
        "number": "{phone}",
        "priority": "5",
        "flash": "true",
        "note": "{not json",
    }

    send(options, body='5 "quoted"\nGrüße {phone}')

    assert sink.messages[0].parameters == {
        "recipients": ["4915112345678"],
        "message": {"body": {"text": '5 "quoted"\nGrüße {phone}'}, "4915112345678": 1},
        "number": "4915112345678",
        "priority": 5,
        "flash": True,
        "note": "{not json",
    }


def test_a_text_of_digits_stays_a_text(sink: SmsSink, send: Callable[..., Outcome]) -> None:
    """A code of 000123 keeps its zeros."""
    send({"HTTP_METHOD": "POST", "SEND_DATA_AS_JSON": "yes", "text": "{otp}"}, body="000123")

    assert sink.messages[0].parameters == {"text": "000123"}


@pytest.mark.parametrize("where", ["options", "url"])
def test_111_user_and_password_are_basic_auth(sink: SmsSink, send: Callable[..., Outcome], where: str) -> None:
    """From the options, or from the URL."""
    url = sink.url.replace("http://", "http://anna:geheim@")

    send({"Username": "anna", "Password": "geheim"} if where == "options" else {"URL": url})

    expected = "Basic " + base64.b64encode(b"anna:geheim").decode()
    assert sink.messages[0].headers["Authorization"] == expected


def test_headers_are_sent_as_they_are(sink: SmsSink, send: Callable[..., Outcome]) -> None:
    """No tag is replaced in them."""
    send(headers={"X-Key": "{otp}"})

    assert sink.messages[0].headers["X-Key"] == "{otp}"


@pytest.mark.parametrize(
    ("options", "text", "kind"),
    [
        ({"RETURN_SUCCESS": "ID"}, "ID: 7", Accepted),
        ({"RETURN_SUCCESS": "ID"}, "id: 7", Rejected),
        ({"RETURN_SUCCESS": "ID", "RETURN_FAIL": "7"}, "ID: 7", Accepted),
        ({"RETURN_FAIL": "Failed"}, "ID: 7", Accepted),
        ({"RETURN_FAIL": "Failed"}, "Failed: 7", Rejected),
        ({"RETURN_SUCCESS": "", "RETURN_FAIL": "Failed"}, "Failed: 7", Rejected),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_110_the_answer_s_text_has_a_say(
    sink: SmsSink, send: Callable[..., Outcome], options: dict[str, str], text: str, kind: type, method: str
) -> None:
    """RETURN_SUCCESS before RETURN_FAIL, by plain, case-sensitive search (reference case 110)."""
    sink.script(Answer(text=text))

    outcome = send({**options, "HTTP_METHOD": method})

    assert type(outcome) is kind
    assert outcome.reason is (Reason.OK if kind is Accepted else Reason.REFUSED)


def test_110_a_status_that_says_no_outweighs_the_text(sink: SmsSink, send: Callable[..., Outcome]) -> None:
    """401 with the words of success is a wrong password."""
    sink.script(Answer(401, "ID: 7"))

    assert send({"RETURN_SUCCESS": "ID"}) == Misconfigured(Reason.AUTHENTICATION_FAILED, "HTTP 401")


def test_a_redirect_is_not_followed(sink: SmsSink, send: Callable[..., Outcome]) -> None:
    """The message goes where the configuration says, or nowhere."""
    sink.script(Answer(307, headers={"Location": sink.url + "/elsewhere"}))

    outcome = send()

    assert isinstance(outcome, Misconfigured)
    assert sink.requests == 1


def test_twenty_messages_share_one_connection(sink: SmsSink) -> None:
    """Also where answers are not looked into."""
    provider = open_provider(SmsGateway("gateway", "http", {"URL": sink.url}))

    outcomes = [provider.send(sms()) for _ in range(20)]
    provider.close()

    assert outcomes == [Accepted("HTTP 200")] * 20
    assert sink.connections == 1


def test_an_answer_without_end_is_not_read_to_its_end(sink: SmsSink, send: Callable[..., Outcome]) -> None:
    """64 kB of it are enough."""
    sink.script(Answer(text="x" * 200_000 + "ID"))

    assert isinstance(send({"RETURN_SUCCESS": "ID"}), Rejected)


def test_the_environment_s_proxy_is_not_used_the_configured_one_is(
    sink: SmsSink, send: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable in somebody's shell doesn't reroute codes."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    direct = send()
    proxied = send({"URL": "http://sms.invalid/send", "PROXY": f"http://127.0.0.1:{sink.port}"})

    assert (direct, proxied) == (Accepted("HTTP 200"), Accepted("HTTP 200"))
    assert sink.messages[1].headers["Host"] == "sms.invalid"


def test_55_a_port_where_nobody_listens_is_the_provider_s_failure(send: Callable[..., Outcome]) -> None:
    """Nothing was sent."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and nobody listens
        outcome = send({"URL": f"http://127.0.0.1:{taken.getsockname()[1]}/"})

    assert outcome == Deferred(Reason.CONNECTION_REFUSED, "connection refused", provider_failed=True)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://gateway.invalid/", Reason.HOST_UNKNOWN),
        ("gateway", Reason.PROVIDER_BROKEN),
        ("http://", Reason.PROVIDER_BROKEN),
    ],
)
def test_110_a_url_that_leads_nowhere_is_the_configuration_s_fault(
    send: Callable[..., Outcome], url: str, reason: Reason, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unknown host, or no URL at all."""

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    outcome = send({"URL": url})

    assert isinstance(outcome, Misconfigured)
    assert outcome.reason is reason


def test_a_message_needs_exactly_one_number(sink: SmsSink) -> None:
    """None is an error of the message; of two, one would be lost in silence."""
    provider = open_provider(SmsGateway("gateway", "http", {"URL": sink.url}))

    outcomes = [provider.send(deliver(Message(Channel.SMS, "gateway", to, "x"))) for to in ((), ("",), ("1", "2"))]

    assert all(isinstance(o, Rejected) and o.reason is Reason.ADDRESS_INVALID for o in outcomes)
    assert sink.requests == 0


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")  # it is what CHECK_SSL=no asks for
@pytest.mark.parametrize(("check", "kind"), [("yes", Misconfigured), ("Yes", Misconfigured), ("no", Unsure)])
def test_a_gateway_s_certificate_is_verified_unless_told_otherwise(
    server_tls: ssl.SSLContext, send: Callable[..., Outcome], check: str, kind: type
) -> None:
    """CHECK_SSL: anything but yes switches it off; then the request gets through (and this peer just hangs up)."""
    with http.server.HTTPServer(("127.0.0.1", 0), _HangUp) as server:
        server.socket = server_tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        outcome = send({"URL": f"https://127.0.0.1:{server.server_address[1]}/", "CHECK_SSL": check})
        server.shutdown()
        thread.join()

    assert type(outcome) is kind
    assert outcome.reason is (Reason.CERTIFICATE_INVALID if kind is Misconfigured else Reason.CONNECTION_LOST)


def test_the_conversation_can_be_heard(sink: SmsSink) -> None:
    """Request line, headers and body as they go out, the answer as it comes in; the login is masked."""
    heard: list[tuple[Side, str]] = []
    options = {
        "URL": f"{sink.url}?a=1",
        "HTTP_METHOD": "POST",
        "text": "{otp}",
        "USERNAME": "anna",
        "PASSWORD": "geheim",
    }
    sink.script(Answer(503, "busy\nvery busy"))
    provider = open_provider(SmsGateway("gateway", "http", options), hear=lambda side, line: heard.append((side, line)))
    provider.send(sms(body="Hello"))
    provider.close()

    assert heard[0] == (Side.NOTE, f"connecting to 127.0.0.1:{sink.port}")
    assert heard[1] == (Side.US, "POST /sms?a=1 HTTP/1.1")
    assert (Side.US, "Authorization: ***") in heard
    assert (Side.US, "text=Hello") in heard
    answer = [line for side, line in heard if side is Side.PEER]
    assert answer[0] == "HTTP/1.1 503 Service Unavailable"
    assert answer[-2:] == ["busy", "very busy"]
    assert "geheim" not in str(heard)


class _HangUp(http.server.BaseHTTPRequestHandler):
    """Reads a request and closes."""

    def do_GET(self) -> None:
        """Say nothing."""
        self.close_connection = True
