"""The nouns of the house. Frozen, without I/O; parsed at the door (`intake/contract`), trusted inside.

Facts of an event follow docs/events.md field by field. ``None`` means *not known*, which differs from known
and empty (``""``, ``()``, ``{}``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

#: A directory's attribute may have several values (LDAP's ``mobile`` has by default).
Attribute = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoggedInUser:
    """The caller of the request: an administrator (an internal admin has an empty realm) or a user."""

    username: str | None = None
    realm: str | None = None
    role: str | None = None
    email: Attribute | None = None
    mobile: Attribute | None = None
    givenname: str | None = None
    surname: str | None = None
    resolver: str | None = None
    info: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class TokenOwner:
    """The user whom the event is about."""

    username: str | None = None
    realm: str | None = None
    resolver: str | None = None
    uid: str | int | None = None
    givenname: str | None = None
    surname: str | None = None
    email: Attribute | None = None
    mobile: Attribute | None = None
    phone: Attribute | None = None
    info: Mapping[str, Any] | None = None
    locale: str | None = None
    timezone: str | None = None
    token_count: int | None = None
    container_count: int | None = None
    token_serials: tuple[str, ...] | None = None
    has_locked_token: bool | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """The request that caused the event."""

    method: str | None = None
    path: str | None = None
    client_ip: str | None = None
    user_agent: str | None = None
    transaction_id: str | None = None
    #: May be a comma-separated list.
    serial: str | None = None
    container_serial: str | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """Exactly one token."""

    serial: str | None = None
    type: str | None = None
    description: str | None = None
    realms: tuple[str, ...] | None = None
    resolvers: tuple[str, ...] | None = None
    has_owner: bool | None = None
    orphaned: bool | None = None
    failcount: int | None = None
    max_failcount: int | None = None
    otp_counter: int | None = None
    count_auth: int | None = None
    count_auth_success: int | None = None
    last_auth: str | None = None
    validity_start: str | None = None
    validity_end: str | None = None
    rollout_state: str | None = None
    container_serial: str | None = None
    info: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ContainerOwner:
    """A user of a container."""

    username: str | None = None
    realm: str | None = None
    resolver: str | None = None


@dataclass(frozen=True, slots=True)
class Container:
    """Exactly one token container."""

    serial: str | None = None
    type: str | None = None
    states: tuple[str, ...] | None = None
    realms: tuple[str, ...] | None = None
    info: Mapping[str, Any] | None = None
    owners: tuple[ContainerOwner, ...] | None = None
    tokens: tuple[str, ...] | None = None
    last_auth: str | None = None
    last_sync: str | None = None


@dataclass(frozen=True, slots=True)
class Challenge:
    """The challenges open for the token (or the container), and the facts of the one there is."""

    count: int | None = None
    session: str | None = None
    expired: bool | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """``result`` of the server's answer."""

    status: bool | None = None
    value: Any = None
    authentication: str | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """The server's answer; ``detail`` may carry credentials."""

    http_status: int | None = None
    result: Result | None = None
    detail: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """``data`` of an event."""

    position: str | None = None
    node: str | None = None
    base_url: str | None = None
    logged_in_user: LoggedInUser | None = None
    request: Request | None = None
    tokenowner: TokenOwner | None = None
    token: Token | None = None
    container: Container | None = None
    challenge: Challenge | None = None
    counters: Mapping[str, int] | None = None
    response: Response | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """What happened. (``source``, ``id``) is its identity."""

    id: str
    source: str
    type: str
    #: When it happened, with zone; the time of arrival where the producer gave none.
    time: datetime
    facts: Facts = field(default_factory=Facts)
    subject: str | None = None
    #: The message as it came, unknown fields included.
    raw: bytes = b""

    @property
    def position(self) -> str:
        """``post`` unless the producer said ``pre``."""
        return self.facts.position or "post"

    @property
    def key(self) -> str:
        """The identity as one short word, safe in a key and in a log."""
        return event_key(self.source, self.id)


class OnUnknown(StrEnum):
    """What a condition on a fact that isn't known means for its definition."""

    SKIP = "skip"
    MATCH = "match"
    #: As the system taken over decides: some hold, some fail (reference section 2.3).
    PRIVACYIDEA = "privacyidea"


class OnUnsure(StrEnum):
    """What to do when nobody knows whether a message was sent."""

    RESEND = "resend"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class DeliveryRules:
    """``delivery`` of a definition."""

    expires_after: timedelta | None = None
    on_unsure: OnUnsure = OnUnsure.RESEND
    #: One message with every address in ``To``, as the system taken over sends it.
    together: bool = False
    #: Never held back because its recipient gets much.
    critical: bool = False


@dataclass(frozen=True, slots=True)
class Location:
    """Where something stands in the configuration; line and column count from 1."""

    file: str = ""
    line: int = 0
    column: int = 0


#: A condition's or an option's value: the old string, or the items of a YAML list.
Value = str | tuple[str, ...]


@dataclass(frozen=True, slots=True, weakref_slot=True)
class HandlerDefinition:
    """One rule of the administrator: event(s), conditions, action, options."""

    name: str
    events: tuple[str, ...]
    action: str
    position: str = "post"
    active: bool = True
    ordering: int = 0
    handlermodule: str = "UserNotification"
    conditions: Mapping[str, Value] = field(default_factory=dict)
    on_unknown: OnUnknown = OnUnknown.SKIP
    options: Mapping[str, Value] = field(default_factory=dict)
    delivery: DeliveryRules = field(default_factory=DeliveryRules)
    location: Location = field(default_factory=Location, compare=False)
    #: Where each condition and option stands: ``"conditions.realm"``, ``"options.To"``, ...
    locations: Mapping[str, Location] = field(default_factory=dict, compare=False)
    #: A short digest of all that is written above: kept with what the definition planned.
    version: str = field(default="", compare=False)


class Channel(StrEnum):
    """The kinds of way out."""

    MAIL = "mail"
    SMS = "sms"
    FILE = "file"


#: By action.
CHANNELS: Mapping[str, Channel] = {"sendmail": Channel.MAIL, "sendsms": Channel.SMS, "savefile": Channel.FILE}


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that travels with a mail, shown inline by its content id."""

    content_type: str
    content_id: str
    filename: str
    data: bytes


class Change(StrEnum):
    """What was done to a text so that its gateway can send it."""

    TRANSLITERATED = "transliterated"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Message:
    """A finished text and whom it is for; what is queued, so that later edits don't change what was decided."""

    channel: Channel
    #: Identifier of the SMTP server or SMS gateway that is to carry it.
    provider: str
    #: Addresses or numbers; one, unless the definition says ``together``. Empty for a file.
    to: tuple[str, ...]
    body: str
    subject: str = ""
    #: ``plain`` or ``html``.
    mimetype: str = "plain"
    sender: str = ""
    reply_to: str = ""
    attachments: tuple[Attachment, ...] = ()
    #: Relative to the spool directory; only for files.
    filename: str = ""
    #: The plain text beside a body of HTML, for readers whose program shows none; empty: there is none.
    alternative: str = ""
    #: Names the token that a mail is about, without its serial (a digest); empty: none, or several.
    thread: str = field(default="", compare=False)
    #: Of a definition's mails that are for several together this is which, from 1; 0: for one address. It makes the id.
    part: int = field(default=0, compare=False)
    #: Which of a realm's members it is for, whatever their address (a digest); empty: whom the definition itself names.
    member: str = field(default="", compare=False)
    #: What became of the text that the definition wrote, for `explain`; the record doesn't keep it.
    changes: tuple[Change, ...] = field(default=(), compare=False)
    #: It is an SMS whose gateway sends all texts in UCS-2; for `explain`, too.
    ucs2: bool = field(default=False, compare=False)
    #: Whose language it is written in, as people write it (``de_AT``); empty where it makes no difference.
    locale: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Skipped:
    """Nothing was sent, and why."""

    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one recipient over one channel for one definition and one event; its id derives from these."""

    id: str
    event: str
    handler: str
    message: Message
    #: When it was planned: the mail's Date.
    created: datetime
    #: When it has lost its worth; never later than the retry policy's deadline.
    deadline: datetime
    #: ``deadline`` is the definition's ``expires_after``, not the policy's.
    expires: bool = False
    on_unsure: OnUnsure = OnUnsure.RESEND
    #: Attempts used up so far.
    attempts: int = 0
    #: Of the definition that planned it.
    definition_version: str = ""
    #: Its definition says that it is never held back.
    critical: bool = False


def digest(*parts: str) -> str:
    """26 hexadecimal digits that name these parts: the same today, on any host, in any process."""
    # A character of ASCII is an octet: then the lengths are the same, and nothing need be encoded by itself.
    text = "".join([f"{len(part)}:{part}" for part in parts])
    joined = text.encode() if text.isascii() else b"".join(f"{len(p.encode())}:".encode() + p.encode() for p in parts)
    return hashlib.blake2s(joined, digest_size=13).hexdigest()


@lru_cache(maxsize=256)
def event_key(source: str, ident: str) -> str:
    """The identity of an event that a source called so; asked for several times while a batch is taken in."""
    return digest("event", source, ident)


def delivery_id(event_key: str, handler: str, message: Message) -> str:
    """The identity of a delivery: what was planned twice is sent once.

    A realm may have other members, or another order, when an event is read again: a mail to several is still the same.
    """
    whom = ("together", str(message.part)) if message.part else message.to
    return digest("delivery", event_key, handler, message.channel, message.filename, *whom)
