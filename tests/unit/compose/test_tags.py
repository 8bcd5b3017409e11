from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from composing import CORNELIUS, SPASS, agent, answer, caller, compiled, compose, event, only, render

from notifier.compose import tags
from notifier.compose.attributes import Attributes
from notifier.model import Event, Facts, Request, Token, TokenOwner

CODE = {"value": "otpauth://totp/x?a=1&b=2", "img": "data:image/png;base64,QUJD"}
REQUEST = Request(
    path="/token/init", client_ip="10.1.2.3", user_agent="privacyidea-cp/3.2 Windows", container_serial="SMPH1"
)
FULL = {
    "logged_in_user": caller("root", "ops"),
    "request": REQUEST,
    "base_url": "https://event.example.com/",
    "response": answer(
        {"container_url": CODE}, registrationcode="c0de", pin="1234", googleurl=CODE, pushurl=CODE, serial="DETAIL1"
    ),
}
EXPECTED = {
    "admin": "root",
    "realm": "ops",
    "action": "/token/init",
    "serial": "DETAIL1",
    "url": "https://event.example.com",
    "user": "Cornelius",
    "givenname": "Cornelius",
    "surname": "Kölbel",
    "username": "cornelius",
    "userrealm": "realm1",
    "tokentype": "spass",
    "tokentyp": "spass",
    "tokendescription": "my token",
    "registrationcode": "c0de",
    "pin": "1234",
    "googleurl_value": CODE["value"],
    "googleurl_img": CODE["img"],
    "pushurl_value": CODE["value"],
    "pushurl_img": CODE["img"],
    "container_url_value": CODE["value"],
    "container_url_img": CODE["img"],
    "container_serial": "SMPH1",
    "recipient_givenname": "Cornelius",
    "recipient_surname": "Kölbel",
    "time": "16:22:48",
    "date": "2026-11-24",
    "now": "2026-11-24T16:22+0100",
    "current_time": "2026-11-24T16:22+0100",
    "client_ip": "10.1.2.3",
    "ua_string": "privacyidea-cp/3.2 Windows",
    "ua_browser": "privacyidea-cp",
    "challenge": "",
}


def test_every_tag_is_tested_here() -> None:
    """No tag is without an expectation."""
    assert EXPECTED.keys() == tags.BODY_NAMES


@pytest.mark.parametrize("tag", EXPECTED)
def test_value_of(tag: str) -> None:
    """Each tag prints its fact."""
    assert render(f"{{{tag}}}", event(**FULL)) == EXPECTED[tag]


@pytest.mark.parametrize("tag", sorted(tags.BODY_NAMES - {"url", "time", "date", "now", "current_time"}))
def test_44_a_missing_value_prints_nothing(tag: str) -> None:
    """Case 44, corrected for 3.14: what isn't known prints an empty text, never None."""
    nothing = Event("1", "/test", "x", datetime(2026, 1, 1, tzinfo=UTC), Facts())

    assert only(compose(compiled(To="email", To_email="a@b.c", body=f"[{{{tag}}}]"), nothing)).body == "[]"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"request": Request(serial="REQ1"), "response": answer(serial="DET1")}, "REQ1"),
        ({"request": Request(serial="A,B")}, "A,B"),
        ({"response": answer(serial="DET1")}, "DET1"),
        ({}, "OATH123456"),
        ({"token": None, "tokenowner": TokenOwner("kim", email="a@b.c", token_serials=("A1", "B2"))}, "A1,B2"),
        ({"token": Token(), "tokenowner": TokenOwner("kim", email="a@b.c")}, ""),
    ],
)
def test_46_serial(facts: dict[str, Any], expected: str) -> None:
    """Case 46: of the request, the answer, the token; else the list of all the owner's; else nothing."""
    assert render("{serial}", event(**facts)) == expected


def test_46_without_an_owner() -> None:
    """Case 46: with no owner the list is empty."""
    nobody = event(token=None, tokenowner=None)

    assert render("[{serial}]", nobody, To="email", To_email="a@b.c") == "[]"


def test_48_url_of_the_settings() -> None:
    """Case 48: an event without a base URL takes the configured one, without its last slash."""
    assert render("{url}") == "https://pi.example.com"


def test_the_directory_fills_what_the_event_lacks() -> None:
    """An owner known by name and realm only has the directory's names."""
    selma = event(tokenowner=TokenOwner(username="selma", realm="realm1", email="mine@x.de"))

    assert render("{user} {givenname} {surname}", selma) == "Selma Selma Selm"


def test_known_and_empty_is_an_answer() -> None:
    """A given name that the event says is empty stays empty."""
    assert render("[{user}]", event(tokenowner=TokenOwner("selma", "realm1", givenname="", email="a@b.c"))) == "[]"


@pytest.mark.parametrize(
    ("text", "name"),
    [("Mozilla/5.0 (X11)", "Mozilla"), ("curl", "curl"), (" a/1 b/2", "a"), ("", ""), ("   ", "")],
)
def test_ua_browser(text: str, name: str) -> None:
    """The client's name is the leading product of its User-Agent."""
    assert render("{ua_browser}", event(request=agent(text))) == name


def test_the_last_second_of_time() -> None:
    """A moment that has no equal in the configured zone is printed as it came."""
    edge = Event("1", "/t", "x", datetime.max.replace(tzinfo=UTC), Facts(tokenowner=CORNELIUS))

    assert render("{date} {time}", edge) == "9999-12-31 23:59:59"


def test_only_the_used_are_worked_out() -> None:
    """Tags that no text uses cost nothing."""
    assert [tag for tag, _ in compiled(subject="{serial}", body="{recipient_givenname}").makers] == ["serial"]


def test_random_is_the_same_for_a_replay() -> None:
    """{random}: 16 letters and digits, from event and definition; another definition has others."""

    class Nobody:
        def user(self, *_: str) -> None:
            return None

    ((_, random),) = tags.makers(["random"])
    scenes = [
        tags.Scene(event(token=SPASS), Attributes(None, Nobody()), "", None, name)  # type: ignore[arg-type]
        for name in ("a", "a", "b")
    ]
    first, again, other = map(random, scenes)

    assert first == again != other
    assert len(first) == 16
    assert first.isalnum()
