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


@dataclass(frozen=True, slots=True)
class Source:
    """Where a tag's value stands in ``data`` of an event, and how it's worked out."""

    #: ``token.type``; of several, all are looked at.
    places: tuple[str, ...]
    make: Maker
    #: What else is to be known of it.
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag, describing itself; `make reference` writes it into docs/reference/."""

    meaning: str
    source: Source
    #: Whoever reads it can use the token.
    credential: bool = False


def _caller(name: str) -> Source:
    return Source((f"logged_in_user.{name}",), lambda scene: getattr(scene.event.facts.logged_in_user, name, None))


def _owner(name: str) -> Source:
    places = (f"tokenowner.info.{name}", f"tokenowner.{name}")
    return Source(places, lambda scene: scene.owner.get(name), "else the directory")


def _request(name: str) -> Source:
    return Source((f"request.{name}",), lambda scene: getattr(scene.event.facts.request, name, None))


def _token(name: str) -> Source:
    return Source((f"token.{name}",), lambda scene: getattr(scene.event.facts.token, name, None))


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
        node = node.get(step) if type(node) is dict or isinstance(node, Mapping) else None  # mostly; told at once
    return node


def _detail(*path: str) -> Source:
    return Source((".".join(("response.detail", *path)),), lambda scene: detail(scene.event, *path))


def _container_url(key: str) -> Source:
    return Source((f"response.result.value.container_url.{key}",), lambda scene: container_url(scene.event, key))


def serial(event: Event) -> str:
    """Of the request, of the answer, of the token; else those of all tokens of the owner (section 3.4)."""
    facts = event.facts
    given = (facts.request and facts.request.serial) or detail(event, "serial") or (facts.token and facts.token.serial)
    if given:
        return str(given)
    return ",".join((facts.tokenowner and facts.tokenowner.token_serials) or ())


def _time(pattern: str) -> Source:
    return Source(
        (), lambda scene: _local(scene).strftime(pattern), "the event's time, in the timezone of notifier.yaml"
    )


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


_SERIAL = Source(
    ("request.serial", "response.detail.serial", "token.serial", "tokenowner.token_serials"),
    lambda scene: serial(scene.event),
    "the first that is there counts",
)
_URL = Source(
    ("base_url",),
    lambda scene: (scene.event.facts.base_url or scene.url).rstrip("/"),
    "else url of notifier.yaml",
)
_STAMP = _time("%Y-%m-%dT%H:%M%z")

#: Every tag of subject and body, but for the recipient's.
TAGS: Mapping[str, Tag] = {
    "admin": Tag("user name of the caller", _caller("username")),
    "realm": Tag("realm of the caller; empty for internal admins", _caller("realm")),
    "action": Tag("path of the request", _request("path")),
    "serial": Tag("serial of the token, or of all tokens of the owner, with commas between them", _SERIAL),
    "url": Tag("public URL of the token server", _URL),
    "user": Tag("given name of the owner", _owner("givenname")),
    "givenname": Tag("given name of the owner", _owner("givenname")),
    "surname": Tag("surname of the owner", _owner("surname")),
    "username": Tag("user name of the owner", _owner("username")),
    "userrealm": Tag("realm of the owner", _owner("realm")),
    "tokentype": Tag("type of the token", _token("type")),
    "tokentyp": Tag("older spelling of tokentype", _token("type")),
    "tokendescription": Tag("description of the token", _token("description")),
    "registrationcode": Tag("registration code of a new token", _detail("registrationcode"), credential=True),
    "pin": Tag("random PIN that was set", _detail("pin"), credential=True),
    "googleurl_value": Tag("enrolment URL", _detail("googleurl", "value"), credential=True),
    "googleurl_img": Tag("its QR code as a data URI", _detail("googleurl", "img"), credential=True),
    "pushurl_value": Tag("enrolment URL of a push token", _detail("pushurl", "value"), credential=True),
    "pushurl_img": Tag("its QR code as a data URI", _detail("pushurl", "img"), credential=True),
    "container_url_value": Tag("registration URL of a container", _container_url("value"), credential=True),
    "container_url_img": Tag("its QR code as a data URI", _container_url("img"), credential=True),
    "container_serial": Tag("serial of the container in the request", _request("container_serial")),
    "time": Tag("time of the event", _time("%H:%M:%S")),
    "date": Tag("date of the event", _time("%Y-%m-%d")),
    "now": Tag("date and time of the event", _STAMP),
    "current_time": Tag("date and time of the event", _STAMP),
    "client_ip": Tag("address of the client", _request("client_ip")),
    "ua_string": Tag("the client's whole User-Agent", _request("user_agent")),
    "ua_browser": Tag("the client's name: the User-Agent's first word", Source(("request.user_agent",), _browser)),
    "challenge": Tag("nothing; kept for old templates", Source((), lambda _: "", "always empty")),
}
#: Of the recipient, not of the event: tag → what it is, and the attribute it shows.
RECIPIENT_TAGS: Mapping[str, tuple[str, str]] = {
    "recipient_givenname": ("given name of the recipient", "givenname"),
    "recipient_surname": ("surname of the recipient", "surname"),
}
FILENAME_TAGS: Mapping[str, Tag] = {
    "random": Tag("16 letters and digits", Source((), _random, "always the same for an event and a definition")),
}

BODY_NAMES = frozenset((*TAGS, *RECIPIENT_TAGS))
FILENAME_NAMES = frozenset((*BODY_NAMES, *FILENAME_TAGS))


_MAKERS: Mapping[str, Maker] = {name: tag.source.make for name, tag in (*TAGS.items(), *FILENAME_TAGS.items())}


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
