"""What an operator may read of a conversation."""

from __future__ import annotations

from base64 import b64encode

import pytest

from notifier.configuration import Secret, SmsGateway, SmtpServer
from notifier.deliver.provider import Side
from notifier.deliver.transcript import LONGEST, Transcript

SERVER = SmtpServer("relay", "localhost", username="token-user", password=Secret("s3cret pass/word"))
GATEWAY = SmsGateway(
    "sms",
    "http",
    {
        "URL": "https://login:hidden-pw@example.com/send?api=k3y-4711",
        "to": "{phone}",
        "account": "ac-99",
        "TIMEOUT": "30",
    },
    {"X-Key": 'quo"ted'},
)


def told(config: SmtpServer | SmsGateway, text: str) -> list[str]:
    """The lines as they are shown."""
    lines: list[str] = []
    Transcript(config, lambda _, line: lines.append(line))(Side.US, text)
    return lines


@pytest.mark.parametrize(
    "line",
    [
        "x s3cret pass/word y",
        "x s3cret%20pass%2Fword y",
        "x s3cret+pass%2Fword y",
        f"x {b64encode(b's3cret pass/word').decode()} y",
        f"x {b64encode(bytes(1) + b'token-user' + bytes(1) + b's3cret pass/word').decode()} y",
        "x token-user y",
    ],
)
def test_a_secret_is_hidden_in_every_form_that_it_has_on_the_wire(line: str) -> None:
    """Plain, in a URL, in base64."""
    assert told(SERVER, line) == ["x *** y"]


def test_of_a_gateway_everything_that_may_be_a_key_is_hidden() -> None:
    """Logins and keys in a URL, parameters that are the same for all, headers; not what is harmless."""
    lines = told(
        GATEWAY,
        'GET https://login:hidden-pw@example.com/send?api=k3y-4711&account=ac-99&to=%2B49151 HTTP/1.1\nX-Key: quo"ted\n'
        "Keep-Alive: timeout=30",
    )

    assert lines == [
        "GET https://***:***@example.com/send?api=***&account=***&to=%2B49151 HTTP/1.1",
        "X-Key: ***",
        "Keep-Alive: timeout=30",
    ]


def test_of_a_service_of_apprise_every_part_of_its_url_is_hidden() -> None:
    """In any of several URLs: which part the key is, each service decides for itself."""
    urls = "twilio://sid-1:token-2@from-3/{phone} slack://tok-a/tok-b/tok-c?key=tok-d"
    config = SmsGateway("sms", "apprise", {"urls": urls})

    lines = told(config, "to +4915112345678: sid-1 token-2 from-3 tok-a tok-b tok-c tok-d")

    assert lines == ["to +4915112345678: *** *** *** *** *** *** ***"]


def test_of_a_gateway_that_sends_mails_the_servers_login_is_hidden() -> None:
    """It stands in another file."""
    (line,) = told(SmsGateway("sms", "smtp", {"SMTPIDENTIFIER": "relay"}, relay=SERVER), "x token-user y")

    assert line == "x *** y"


@pytest.mark.parametrize("line", ["Authorization: Basic abcdef==", "proxy-authorization: Bearer abc", "AUTH PLAIN abc"])
def test_credentials_are_hidden_whoever_made_them(line: str) -> None:
    """A token fetched by a command stands in no configuration."""
    (shown,) = told(SERVER, line)

    assert shown.endswith(" ***")
    assert "abc" not in shown


def test_a_line_cannot_move_the_cursor_and_has_an_end() -> None:
    """A server writes what it likes."""
    assert told(SERVER, "250 \x1b[2Jhello") == ["250  [2Jhello"]
    assert len(told(SERVER, "x" * 10_000)[0]) == LONGEST
