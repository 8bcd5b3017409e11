"""The handler module API: names fixed by the system taken over, usable on its own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from notifier.errors import ComposeError, ConfigError
from notifier.eventhandler.options import Context, Findings, options_for
from notifier.eventhandler.usernotification import NOTIFY_TYPE, UserNotificationEventHandler
from notifier.model import Event, Facts, HandlerDefinition, Request, Result, TokenOwner
from notifier.model import Response as Answer

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def handler() -> UserNotificationEventHandler:
    """A module nobody has wired."""
    return UserNotificationEventHandler()


def options(**handler_def: Any) -> dict[str, Any]:
    """Options as plain mappings."""
    return {
        "g": {"tokenowner": {"username": "kim", "realm": "sales", "email": "kim@example.com", "givenname": "Kim"}},
        "request": {"path": "/token/init", "client_ip": "10.1.2.3"},
        "response": {"result": {"status": True, "value": True}},
        "handler_def": handler_def,
        "findings": Findings(),
    }


def test_1_the_fixed_names(handler: UserNotificationEventHandler) -> None:
    """Identifier, positions, actions and recipient types are what others rely on."""
    assert handler.identifier == "UserNotification"
    assert set(handler.allowed_positions) == {"post", "pre"}
    assert set(handler.actions) == {"sendmail", "sendsms", "savefile"}
    assert len(handler.conditions) == 42
    assert "token_init" in handler.events
    assert {k: v for k, v in vars(NOTIFY_TYPE).items() if k.isupper()} == {
        "TOKENOWNER": "tokenowner",
        "LOGGED_IN_USER": "logged_in_user",
        "INTERNAL_ADMIN": "internal admin",
        "ADMIN_REALM": "admin realm",
        "EMAIL": "email",
    }


def test_everything_describes_itself(handler: UserNotificationEventHandler) -> None:
    """Actions and conditions say of what type they are and what they are for."""
    for condition in handler.conditions.values():
        assert condition["type"] in ("str", "multi", "text", "regexp")
        assert {"desc", "group", "value"} <= set(condition)
    for action in handler.actions.values():
        for option in action.values():
            assert {"type", "required", "description"} <= set(option)
    assert handler.actions["sendmail"]["To admin realm"]["required"]


@pytest.mark.parametrize(
    ("conditions", "holds"),
    [
        ({}, True),
        ({"realm": "sales,hr"}, True),
        ({"realm": "hr"}, False),
        ({"client_ip": "10.0.0.0/8"}, True),
        ({"result_value": "False"}, False),
        ({"tokentype": "hotp"}, False),
    ],
)
def test_conditions_on_plain_mappings(
    handler: UserNotificationEventHandler, conditions: dict[str, str], holds: bool
) -> None:
    """A caller needs none of our classes; a fact that isn't known doesn't hold."""
    assert handler.check_condition(options(conditions=conditions)) is holds


def test_missing_facts_as_in_the_system_taken_over(handler: UserNotificationEventHandler) -> None:
    """`on_unknown: privacyidea` lets a token condition hold without a token."""
    assert handler.check_condition(options(conditions={"tokentype": "hotp"}, on_unknown="privacyidea"))


def test_do_leaves_the_messages_behind(handler: UserNotificationEventHandler) -> None:
    """Composing is the module's work, delivering the outbox's."""
    given = options(action="sendmail", options={"emailconfig": "relay1", "body": "Hello {givenname}", "subject": "x"})

    assert handler.do("sendmail", given)

    (message,) = given["findings"].write()
    assert (message.to, message.body, message.provider) == (("kim@example.com",), "Hello Kim", "relay1")


def test_do_tells_an_unknown_action_from_a_done_one(handler: UserNotificationEventHandler) -> None:
    """False is nobody's success."""
    assert handler.do("sendfax", options()) is False


def test_an_unknown_tag_is_an_error_with_a_suggestion(handler: UserNotificationEventHandler) -> None:
    """At check with its place, live as a composing error."""
    bad = HandlerDefinition("n", ("e",), "sendmail", options={"emailconfig": "r", "body": "{serail}"})
    event = Event("1", "/s", "e", NOON, Facts(tokenowner=TokenOwner(username="kim", email="kim@example.com")))

    assert any(place == "options.body" and "{serial}" in why for place, why in handler.check(bad))
    with pytest.raises(ComposeError, match="serail"):
        handler.do("sendmail", options_for(Context(event), bad))


def test_options_of_the_pipeline_are_views_on_the_event(handler: UserNotificationEventHandler) -> None:
    """g, request and response are the event's own parts."""
    facts = Facts(request=Request(path="/x", client_ip="::1"), response=Answer(result=Result(value=True)))
    given = options_for(Context(Event("1", "/s", "e", NOON, facts)), HandlerDefinition("n", ("e",), "sendmail"))

    assert given["request"].path == "/x"
    assert given["response"].result.value is True
    assert given["g"].client_ip == "::1"
    assert handler.check_condition(given)


@pytest.mark.parametrize(("last_auth", "holds"), [("2016-10-10T10:10+0000", True), ("2026-11-24T11:30+0000", False)])
def test_72_without_a_time_it_happens_now(last_auth: str, holds: bool) -> None:
    """Case 72, called with plain mappings: ``last_auth`` counts back from the clock where nobody says when it was."""
    handler = UserNotificationEventHandler(clock=lambda: NOON)
    given = options(conditions={"last_auth": "1h"}) | {"g": {"token": {"serial": "S", "last_auth": last_auth}}}

    assert handler.check_condition(given) is holds


def test_without_a_clock_it_has_its_own(handler: UserNotificationEventHandler) -> None:
    """Who just makes the module needs none."""
    given = options(conditions={"last_auth": "1h"})

    assert handler.check_condition(given | {"g": {"token": {"last_auth": "2016-10-10T10:10+0000"}}})


def test_a_time_that_is_given_is_the_events(handler: UserNotificationEventHandler) -> None:
    """Conditions on dates are decided as of then."""
    given = options(conditions={"last_auth": "1h"})
    facts = {"time": "2016-10-10T10:30:00+00:00", "token": {"last_auth": "2016-10-10T10:10+0000"}}

    assert not handler.check_condition(given | {"g": facts})


@pytest.mark.parametrize(
    "conditions",
    [
        {"realm": ["hr", "sales"]},
        {"realm": ("hr", "sales")},
        {"token_locked": True},
        {"user_token_number": 1},
        {"result_value": True, "realm": "sales"},
    ],
)
def test_a_mapping_is_read_as_yaml_is(handler: UserNotificationEventHandler, conditions: dict[str, Any]) -> None:
    """Lists, truth values and numbers mean what they mean in a file."""
    owner = {"realm": "sales", "token_count": 1, "has_locked_token": True}

    assert handler.check_condition(options(conditions=conditions) | {"g": {"tokenowner": owner}})


@pytest.mark.parametrize(
    ("handler_def", "why"),
    [
        ({"conditions": {"realm": {"a": 1}}}, "'realm' must be a text, not a mapping"),
        ({"on_unknown": "guess"}, "'guess' is not a valid OnUnknown"),
        ({"event": 5}, "must be a list of names"),
    ],
)
def test_a_mapping_that_is_no_definition_is_told_so(
    handler: UserNotificationEventHandler, handler_def: dict[str, Any], why: str
) -> None:
    """An error of ours that names the key."""
    with pytest.raises(ConfigError, match=why):
        handler.check_condition(options(**handler_def))


def test_definitions_that_are_gone_leave_nothing_behind(handler: UserNotificationEventHandler) -> None:
    """What was made ready of a definition ends with it, whether it came as a mapping or was replaced."""
    for number in range(3):
        given = options(action="sendmail", conditions={"realm": f"r{number}"}, options={"body": "b"})
        handler.check_condition(given)
        handler.do("sendmail", given)
    kept = HandlerDefinition("n", ("e",), "sendmail", conditions={"realm": "sales"}, options={"body": "b"})
    given = options() | {"handler_def": kept}
    handler.check_condition(given)
    handler.do("sendmail", given)

    assert (len(handler._conditions), len(handler._actions), len(handler._kept)) == (1, 1, 1)
