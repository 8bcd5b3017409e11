"""The options of the gateways that send mails, run scripts, ask sipgate or Apprise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from notifier.configuration import SmsGateway, SmtpServer
from notifier.gateways import apprise, script, sipgate, smtp
from notifier.gateways.kinds import read

RELAY = SmtpServer("relay", "mail.invalid", timeout=7)
MAIL = {"MAILTO": "{phone}@sms.example.com", "SMTPIDENTIFIER": "relay"}
TOKEN = {"TOKEN_ID": "id", "TOKEN": "geheim"}


def gateway(kind: str, **options: str) -> SmsGateway:
    return SmsGateway("g", kind, options, relay=RELAY, script_directory=Path("/scripts"))


def test_defaults_of_a_mail() -> None:
    """The number is the subject, the message the text; it waits as its server does."""
    found, problems = smtp.read(gateway("smtp", **MAIL))

    assert [t.fill("1", "x {phone}") for t in (found.mailto, found.subject, found.body)] == [
        "1@sms.example.com", "1", "x {phone}",
    ]  # fmt: skip
    assert (found.timeout, found.regexp, problems) == (7, "", [])


def test_defaults_of_a_script() -> None:
    """Thirty seconds, and its directory."""
    found, problems = script.read(gateway("script", script="send.sh", background="wait"))

    assert found == script.ScriptOptions(Path("/scripts"), "send.sh", "", 30)
    assert problems == []


@pytest.mark.parametrize(
    ("options", "user", "url", "warnings"),
    [
        (TOKEN, "id", "https://api.sipgate.com/v2/sessions/sms", 0),
        ({"USERNAME": "u", "PASSWORD": "geheim"}, "u", "https://api.sipgate.com/v2/sessions/sms", 0),
        ({"USERNAME": "u", "PASSWORD": "geheim", "api": "XMLRPC"}, "u", "https://samurai.sipgate.net/RPC2", 0),
        ({**TOKEN, "USERNAME": "u"}, "id", "https://api.sipgate.com/v2/sessions/sms", 1),
        ({**TOKEN, "URL": "http://h/"}, "id", "http://h/", 1),
    ],
)
def test_who_asks_sipgate_and_where(options: dict[str, str], user: str, url: str, warnings: int) -> None:
    """A token, or what the old system had; REST, unless the old interface is asked for."""
    found, problems = sipgate.read(gateway("sipgate", **options))

    assert (found.user, found.password.reveal(), found.url, found.sms_id) == (user, "geheim", url, "s0")
    assert [p.warning for p in problems] == [True] * warnings
    assert "geheim" not in repr(found)


@pytest.mark.parametrize(
    ("options", "urls"),
    [
        ({"URL": "twilio://S:T@+1/{phone}"}, ("twilio://S:T@+1/%2B49%2F1",)),
        ({"URLS": "a://x/{phone}\n  b://y"}, ("a://x/%2B49%2F1", "b://y")),
    ],
)
def test_a_number_stays_in_its_place_of_a_url(options: dict[str, str], urls: tuple[str, ...]) -> None:
    """Percent-encoded, slashes too; a URL may do without."""
    found, problems = apprise.read(gateway("apprise", **options))

    assert found.filled("+49/1") == urls
    assert problems == []
    assert "S:T" not in repr(found)


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("smtp", {}, "MAILTO: the option MAILTO is missing"),
        ("smtp", {"MAILTO": "a@b"}, "SMTPIDENTIFIER: the option SMTPIDENTIFIER is missing"),
        ("smtp", {**MAIL, "MAILTO": "{phone}"}, "MAILTO: the option MAILTO makes no mail address"),
        ("smtp", {**MAIL, "Body": "{user}"}, "Body: the option BODY knows {phone} and {otp} only"),
        ("smtp", {**MAIL, "BODY": "{otp.__class__}"}, "BODY: the option BODY knows {phone} and {otp} only"),
        ("smtp", {**MAIL, "BODY": "{otp!r}"}, "BODY: the option BODY knows {phone} and {otp} only"),
        ("smtp", {**MAIL, "SUBJECT": "{otp"}, "SUBJECT: the option SUBJECT has a brace without its fellow"),
        ("script", {}, "SCRIPT: the option SCRIPT is missing"),
        ("script", {"SCRIPT": "../x"}, "SCRIPT: the option SCRIPT is the name of a file, not a path"),
        ("script", {"SCRIPT": ".."}, "SCRIPT: the option SCRIPT is the name of a file, not a path"),
        ("script", {"SCRIPT": "x", "background": "maybe"}, "background: the option BACKGROUND must be one of"),
        ("script", {"SCRIPT": "x", "TIMEOUT": "0"}, "TIMEOUT: the option TIMEOUT must be a number from"),
        ("sipgate", {"TOKEN": "t"}, "TOKEN_ID: the option TOKEN_ID is missing"),
        ("sipgate", {"USERNAME": "u"}, "TOKEN: the option TOKEN is missing"),
        ("sipgate", {**TOKEN, "API": "soap"}, "API: the option API must be one of rest, xmlrpc"),
        ("sipgate", {**TOKEN, "URL": "h"}, "URL: the option URL is no URL"),
        ("apprise", {}, "URL: the option URL is missing"),
        ("apprise", {"URL": "twilio"}, "URL: the option URL is no URL of a service"),
        ("apprise", {"URLS": "a://b twilio"}, "URLS: the option URLS is no URL of a service"),
    ],
)
def test_what_cannot_be_used_is_an_error(kind: str, options: dict[str, str], said: str) -> None:
    """At the name as the file spells it."""
    _, problems = read(gateway(kind, **options))

    assert any(f"{p.option}: {p.message}".startswith(said) for p in problems if not p.warning)


@pytest.mark.parametrize(
    ("kind", "options", "hint"),
    [
        ("smtp", {**MAIL, "SUBJEKT": "x"}, "did you mean 'SUBJECT'?"),
        ("script", {"SCRIPT": "x", "TIMEOT": "5"}, "did you mean 'TIMEOUT'?"),
        ("sipgate", {**TOKEN, "SMSID": "s1"}, "did you mean 'SMS_ID'?"),
        ("apprise", {"URL": "a://b", "TAGS": "x"}, "known are REGEXP, TIMEOUT, TITLE, URL, URLS"),
    ],
)
def test_an_option_that_there_is_none_of_is_a_warning(kind: str, options: dict[str, str], hint: str) -> None:
    """A slip of the pen, usually."""
    _, (problem,) = read(gateway(kind, **options))

    assert (problem.warning, problem.hint) == (True, hint)


def test_a_script_is_always_waited_for() -> None:
    """The old `background` is understood, and told."""
    found: Any
    found, (problem,) = read(gateway("script", script="send.sh", background="background"))

    assert found.script == "send.sh"
    assert problem.warning
    assert "its exit code counts" in problem.message
