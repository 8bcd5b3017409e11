"""The options of an HTTP gateway (reference section 5.3): what they mean, and what is wrong with them."""

from __future__ import annotations

from typing import Any

import pytest

from notifier.configuration import SmsGateway
from notifier.gateways.http import HttpOptions, read

URL = "https://sms.example.com/send"


def options(given: dict[str, str]) -> HttpOptions:
    return read(SmsGateway("g", "http", {"URL": URL, **given}))[0]


def problems(given: dict[str, str]) -> list[tuple[str, bool]]:
    """What is said of each, and whether it is a warning."""
    _, found = read(SmsGateway("g", "http", given))
    return [(f"{p.option}: {p.message}", p.warning) for p in found]


def test_defaults() -> None:
    """GET, verified, a form, three seconds, no proxy, nobody logs in."""
    found = options({})

    assert (found.method, found.check_ssl, found.as_json, found.timeout) == ("GET", True, False, 3.0)
    assert not any((found.username, found.password, found.proxies, found.parameters, found.regexp))


@pytest.mark.parametrize(
    ("name", "value", "attribute", "expected"),
    [
        ("HTTP_METHOD", " post", "method", "POST"),
        ("http_method", "Get", "method", "GET"),
        ("Check_SSL", "no", "check_ssl", False),
        ("CHECK_SSL", "False", "check_ssl", False),
        ("CA_FILE", "/ca.pem", "ca_file", "/ca.pem"),
        ("SEND_DATA_AS_JSON", "Yes", "as_json", True),
        ("USERNAME", "anna", "username", "anna"),
        ("RETURN_SUCCESS", "ID: ", "success", "ID: "),
        ("RETURN_FAIL", "Failed", "failing", "Failed"),
        ("TIMEOUT", "0.5", "timeout", 0.5),
        ("REGEXP", "/a/b/", "regexp", "/a/b/"),
        ("HTTP_PROXY", "proxy:3128", "proxies", {"http": "proxy:3128"}),
        ("HTTPS_PROXY", "http://u:p@proxy:3128", "proxies", {"https": "http://u:p@proxy:3128"}),
        ("PROXY", "https://proxy:3128", "proxies", {"https": "https://proxy:3128"}),
        ("to", "{phone}", "parameters", {"to": "{phone}"}),
        ("prio", "5", "parameters", {"prio": 5}),
        ("prio", "05", "parameters", {"prio": "05"}),
    ],
)
def test_each_parameter_has_its_meaning(name: str, value: str, attribute: str, expected: Any) -> None:
    """In any case of letters; everything else is sent."""
    assert getattr(options({name: value}), attribute) == expected


def test_a_parameter_may_be_called_like_an_option() -> None:
    """Where the option stands beside it in capitals, be it empty."""
    found = options({"PASSWORD": "", "password": "sent", "username": "u"})

    assert (found.username, bool(found.password), found.parameters) == ("u", False, {"password": "sent"})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "URL: the option URL is missing"),
        ({"url": "ftp://h/x"}, "url: the option URL is no URL"),
        ({"URL": "http://"}, "URL: the option URL is no URL"),
        ({"URL": "http://h:port/"}, "URL: the option URL is no URL"),
        ({"URL": URL, "HTTP_METHOD": "PUT"}, "HTTP_METHOD: the option HTTP_METHOD must be one of get, post"),
        ({"URL": URL, "CHECK_SSL": "maybe"}, "CHECK_SSL: the option CHECK_SSL must be yes or no"),
        *(
            ({"URL": URL, "Timeout": t}, "Timeout: the option TIMEOUT must be a number from 0.05 to 600")
            for t in ("soon", "nan", "inf", "-1", "0", "601")
        ),
        ({"URL": URL, "HTTPS_PROXY": "socks5://p:1"}, "HTTPS_PROXY: the option HTTPS_PROXY can't be a proxy"),
        ({"URL": URL, "HTTP_PROXY": "p:port"}, "HTTP_PROXY: the option HTTP_PROXY can't be a proxy"),
        ({"URL": URL, "PROXY": "https://"}, "PROXY: the option PROXY can't be a proxy"),
    ],
)
def test_what_cannot_be_used_is_an_error(given: dict[str, str], said: str) -> None:
    """One, at the name as the file spells it."""
    assert problems(given) == [(said, False)]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"RETURN_SUCCESS": "a", "RETURN_FAIL": "b"}, "RETURN_FAIL: the option RETURN_FAIL is not looked at beside"),
        ({"SEND_DATA_AS_JSON": "yes"}, "SEND_DATA_AS_JSON: the option SEND_DATA_AS_JSON means nothing for GET"),
        ({"PROXY": "proxy:3128"}, "PROXY: the option PROXY is not used: it must begin with http://"),
        ({"PROXY": "http://proxy:3128"}, "PROXY: the option PROXY is not used: it begins with http://, and the URL"),
        ({"PROXY": "https://p:1", "HTTPS_PROXY": "p:1"}, "PROXY: the option PROXY is not used beside HTTP_PROXY"),
        ({"USERNAME": "u"}, "USERNAME: the option USERNAME is not used without PASSWORD"),
        ({"password": "p"}, "password: the option PASSWORD is not used without USERNAME"),
    ],
)
def test_what_does_nothing_is_a_warning(given: dict[str, str], said: str) -> None:
    """The gateway is used all the same."""
    ((message, warning),) = problems({"URL": URL, **given})

    assert message.startswith(said)
    assert warning


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        ("http://sms.example.com/", True),
        ("http://anna:geheim@sms.example.com/", True),
        ("https://sms.example.com/", False),
        ("http://localhost:8080/", False),
        ("http://127.0.0.2/", False),
        ("http://[::1]/", False),
    ],
)
def test_a_password_in_clear_is_warned_of(url: str, warned: bool) -> None:
    """Whoever listens on the way has it; on this machine nobody does."""
    login = {} if "@" in url else {"USERNAME": "anna", "PASSWORD": "geheim"}

    assert problems({"URL": url, **login}) == [("URL: the option URL sends the password unencrypted", True)] * warned


def test_no_secret_is_in_a_repr() -> None:
    """URL, parameters and proxies may hold some, too."""
    found = options({
        "URL": "https://u:geheim1@h/", "PASSWORD": "geheim2", "key": "geheim3", "HTTPS_PROXY": "http://u:geheim4@p:1"
    })  # fmt: skip

    assert "geheim" not in repr(found)
