"""The tags: what ``{serial}`` and the others stand for (reference section 3.3). Missing values print nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from notifier.compose.attributes import Attributes
from notifier.model import Event, digest


@dataclass(frozen=True, slots=True)
class Scene:
    """What tags are worked out from."""

    event: Event
    owner: Attributes
    #: The token server's URL where the event has none.
    url: str
    zone: ZoneInfo
    definition: str = ""


Maker = Callable[[Scene], Any]


def _caller(name: str) -> Maker:
    return lambda scene: getattr(scene.event.facts.logged_in_user, name, None)


def _owner(name: str) -> Maker:
    return lambda scene: scene.owner.get(name)


def _request(name: str) -> Maker:
    return lambda scene: getattr(scene.event.facts.request, name, None)


def _token(name: str) -> Maker:
    return lambda scene: getattr(scene.event.facts.token, name, None)


def detail(event: Event, *path: str) -> Any:
    """A value inside the answer's ``detail``, None where it isn't."""
    response = event.facts.response
    return _dig(response.detail if response else None, path)


def container_url(event: Event, key: str) -> Any:
    """A value of the answer's ``result.value.container_url``."""
    response = event.facts.response
    return _dig(response.result.value if response and response.result else None, ("container_url", key))


def _dig(node: Any, path: Iterable[str]) -> Any:
    for step in path:
        node = node.get(step) if isinstance(node, Mapping) else None
    return node


def _detail(*path: str) -> Maker:
    return lambda scene: detail(scene.event, *path)


def serial(event: Event) -> str:
    """Of the request, of the answer, of the token; else those of all tokens of the owner (section 3.4)."""
    facts = event.facts
    given = (facts.request and facts.request.serial) or detail(event, "serial") or (facts.token and facts.token.serial)
    if given:
        return str(given)
    return ",".join((facts.tokenowner and facts.tokenowner.token_serials) or ())


def _time(pattern: str) -> Maker:
    return lambda scene: _local(scene).strftime(pattern)


def _local(scene: Scene) -> datetime:
    try:
        return scene.event.time.astimezone(scene.zone)
    except OverflowError:  # the first or last day there is, which has no neighbour in another zone
        return scene.event.time


def _browser(scene: Scene) -> str:
    agent = getattr(scene.event.facts.request, "user_agent", None) or ""
    return next(iter(agent.split()), "").partition("/")[0]


def _random(scene: Scene) -> str:
    # The same each time: a replay writes the same file.
    return digest("random", scene.event.key, scene.definition)[:16]


_STAMP = _time("%Y-%m-%dT%H:%M%z")
_TOKENTYPE = _token("type")

#: Tag → what it is, and how it is worked out.
TAGS: Mapping[str, tuple[str, Maker]] = {
    "admin": ("user name of the caller", _caller("username")),
    "realm": ("realm of the caller; empty for internal admins", _caller("realm")),
    "action": ("path of the request", _request("path")),
    "serial": ("serial of the token, or of all tokens of the owner", lambda scene: serial(scene.event)),
    "url": (
        "public URL of the token server",
        lambda scene: (scene.event.facts.base_url or scene.url).rstrip("/"),
    ),
    "user": ("given name of the owner", _owner("givenname")),
    "givenname": ("given name of the owner", _owner("givenname")),
    "surname": ("surname of the owner", _owner("surname")),
    "username": ("user name of the owner", _owner("username")),
    "userrealm": ("realm of the owner", _owner("realm")),
    "tokentype": ("type of the token", _TOKENTYPE),
    "tokentyp": ("older spelling of tokentype", _TOKENTYPE),
    "tokendescription": ("description of the token", _token("description")),
    "registrationcode": ("registration code of a new token (a credential)", _detail("registrationcode")),
    "pin": ("random PIN that was set (a credential)", _detail("pin")),
    "googleurl_value": ("enrolment URL (a credential)", _detail("googleurl", "value")),
    "googleurl_img": ("enrolment QR code as a data URI (a credential)", _detail("googleurl", "img")),
    "pushurl_value": ("enrolment URL of a push token (a credential)", _detail("pushurl", "value")),
    "pushurl_img": ("its QR code as a data URI (a credential)", _detail("pushurl", "img")),
    "container_url_value": (
        "registration URL of a container (a credential)",
        lambda scene: container_url(scene.event, "value"),
    ),
    "container_url_img": ("its QR code as a data URI", lambda scene: container_url(scene.event, "img")),
    "container_serial": ("serial of the container in the request", _request("container_serial")),
    "time": ("time of the event, 16:22:48", _time("%H:%M:%S")),
    "date": ("date of the event, 2026-11-24", _time("%Y-%m-%d")),
    "now": ("date and time of the event", _STAMP),
    "current_time": ("date and time of the event", _STAMP),
    "client_ip": ("address of the client", _request("client_ip")),
    "ua_string": ("the client's whole User-Agent", _request("user_agent")),
    "ua_browser": (
        "the client's name: the User-Agent's first word",
        _browser,
    ),
    "challenge": ("nothing; kept for old templates", lambda _: ""),
}
#: Of the recipient, not of the event: tag → what it is, and the attribute it shows.
RECIPIENT_TAGS: Mapping[str, tuple[str, str]] = {
    "recipient_givenname": ("given name of the recipient", "givenname"),
    "recipient_surname": ("surname of the recipient", "surname"),
}
FILENAME_TAGS: Mapping[str, tuple[str, Maker]] = {
    "random": ("16 letters and digits, always the same for this event and definition", _random)
}

BODY_NAMES = frozenset((*TAGS, *RECIPIENT_TAGS))
FILENAME_NAMES = frozenset((*BODY_NAMES, *FILENAME_TAGS))


_MAKERS: Mapping[str, Maker] = {tag: maker for tag, (_, maker) in (*TAGS.items(), *FILENAME_TAGS.items())}


def makers(wanted: Iterable[str]) -> tuple[tuple[str, Maker], ...]:
    """How the tags wanted are worked out; the recipient's own are not among them."""
    return tuple((tag, _MAKERS[tag]) for tag in sorted(wanted) if tag in _MAKERS)


def recipient_tags(wanted: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Those of the tags wanted that are the recipient's, each with the attribute it shows."""
    return tuple((tag, RECIPIENT_TAGS[tag][1]) for tag in sorted(wanted) if tag in RECIPIENT_TAGS)


def as_text(value: Any) -> str:
    """A value as a text; what isn't known is empty, a list is joined."""
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(value)
