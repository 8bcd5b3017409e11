"""Composing for tests: a small directory, a definition, an event, and what comes of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from notifier.compose.action import CompiledAction, Composition
from notifier.compose.composer import Composer
from notifier.compose.directory.realms import RealmDirectory
from notifier.configuration import DirectoryConfig, StaticStoreConfig
from notifier.definitions.files import read_templates
from notifier.model import (
    DeliveryRules,
    Event,
    Facts,
    HandlerDefinition,
    LoggedInUser,
    Message,
    Request,
    Response,
    Result,
    Skipped,
    Token,
    TokenOwner,
)

TIME = datetime(2026, 11, 24, 15, 22, 48, tzinfo=UTC)
SENDER = "noreply@localhost"
ADDRESS = "user@localhost.localdomain"
DIRECTORY = DirectoryConfig(
    default_realm="realm1",
    realms={"Realm1": ("first", "second"), "helpdesk": ("desk",), "mute": ("silent",)},
    stores={
        name: StaticStoreConfig(users)
        for name, users in {
            "first": ({"username": "cornelius", "givenname": "Cornelius", "email": ADDRESS, "locale": "de_DE"},),
            "second": (
                {"username": "cornelius", "givenname": "Impostor", "email": "impostor@localhost"},
                {"username": "selma", "givenname": "Selma", "surname": "Selm", "email": ["s1@x.de", "s2@x.de"]},
                {"username": "hans", "info": {"sec_mail": "hans@secret.de"}, "shoe": "43"},
            ),
            "desk": (
                {"username": "dora", "givenname": "Dora", "email": "dora@desk.de", "mobile": "+49111"},
                {"username": "frida", "givenname": "Frida", "email": "frida@desk.de"},
                {"username": "egon", "email": ""},
            ),
            "silent": ({"username": "mum"},),
        }.items()
    },
    internal_admins={"admin": {"email": "admin@localhost"}, "mailless": {"email": ""}},
)
CORNELIUS = TokenOwner(
    username="cornelius", realm="realm1", givenname="Cornelius", surname="Kölbel", email=ADDRESS, mobile="+4917112345"
)
SPASS = Token(serial="OATH123456", type="spass", description="my token")


def composer(templates: Path = Path("nowhere"), timezone: str = "Europe/Berlin") -> Composer:
    """Writes messages with the directory above."""
    return Composer(
        {"myserver": SENDER}, RealmDirectory(DIRECTORY), read_templates(templates), "https://pi.example.com/", timezone
    )


def compiled(
    action: str = "sendmail", *, templates: Path = Path("nowhere"), together: bool = False, **options: Any
) -> CompiledAction:
    """One definition's action; ``To_email`` stands for the option ``To email``, ``reply_to`` and its like as well."""
    spelled = {_option(key): value for key, value in options.items()}
    ways = {"emailconfig": "myserver"} if action == "sendmail" else {"smsconfig": "gateway"}
    definition = HandlerDefinition(
        "notice", ("token_init",), action, options={**ways, **spelled}, delivery=DeliveryRules(together=together)
    )
    return composer(templates).compile(definition)


def _option(key: str) -> str:
    for option in ("reply_to_", "To_"):
        if key.startswith(option):
            kind = key.removeprefix(option)
            return f"{option[:-1]} {kind if kind in ('logged_in_user', 'tokenowner') else kind.replace('_', ' ')}"
    return key


def event(**facts: Any) -> Event:
    """Something happened to cornelius' token, unless told otherwise."""
    return Event("1", "/test", "token_init", TIME, Facts(**{"tokenowner": CORNELIUS, "token": SPASS, **facts}))


def caller(username: str = "admin", realm: str = "", **attributes: Any) -> LoggedInUser:
    """Who called."""
    return LoggedInUser(username=username, realm=realm, role="admin", **attributes)


def agent(user_agent: str) -> Request:
    """A request of a client of that name."""
    return Request(user_agent=user_agent)


def answer(value: Any = True, **detail: Any) -> Response:  # noqa: FBT002 - a JSON value
    """The server's answer."""
    return Response(result=Result(status=True, value=value), detail=detail)


class Composed(NamedTuple):
    """All that one action makes of one event."""

    messages: tuple[Message, ...]
    skipped: tuple[Skipped, ...]


def taken(composition: Composition) -> Composed:
    """A composition with all its messages taken."""
    return Composed(tuple(composition.messages), tuple(composition.skipped))


def compose(action: CompiledAction, what: Event | None = None) -> Composed:
    """What an action without errors makes of an event."""
    assert action.errors == ()
    return taken(action.compose(what or event()))


def only(composition: Composed) -> Message:
    """The one message there is."""
    assert composition.skipped == ()
    (message,) = composition.messages
    return message


def render(body: str, what: Event | None = None, **options: Any) -> str:
    """The body of the one mail."""
    return only(compose(compiled(body=body, **options), what)).body


def skip(composition: Composed) -> tuple[str, str]:
    """Reason and detail of the one skip, where nothing is sent."""
    assert composition.messages == ()
    (skipped,) = composition.skipped
    return skipped.reason, skipped.detail
