"""What the operator configured, as values; read by `definitions/`, used everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any


class Secret:
    """A secret that doesn't show itself: its ``repr`` and ``str`` hide it, ``reveal`` is for the one who sends it."""

    __slots__ = ("_value",)

    def __init__(self, value: str = "") -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself; only for the wire."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "Secret('***')" if self._value else "Secret('')"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and for how long a transient failure is tried again."""

    #: The first delay's upper bound; full jitter picks below it.
    first: timedelta = timedelta(seconds=5)
    factor: float = 2.0
    #: No delay is longer.
    cap: timedelta = timedelta(minutes=30)
    attempts: int = 120
    #: From planning; then it is a dead letter.
    deadline: timedelta = timedelta(days=1)


class Tls(StrEnum):
    """How a connection to an SMTP server is protected."""

    AUTO = "auto"
    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """One entry of ``smtp_servers.yaml``; `emailconfig` names it."""

    identifier: str
    host: str
    port: int = 25
    tls: Tls = Tls.AUTO
    verify: bool = True
    ca_file: str = ""
    username: str = ""
    password: Secret = field(default_factory=Secret)
    sender: str = ""
    timeout: float = 10.0
    helo: str = ""
    max_connections: int = 4
    #: Why it can't be used (a missing secret, say); its deliveries wait as misconfigured.
    broken: str = ""


@dataclass(frozen=True, slots=True)
class SmsGateway:
    """One entry of ``sms_gateways.yaml``; `smsconfig` names it. Options keep the spelling of the file."""

    identifier: str
    provider: str = "http"
    options: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    max_connections: int = 4
    broken: str = ""

    def __repr__(self) -> str:
        return f"SmsGateway({self.identifier!r}, provider={self.provider!r})"


@dataclass(frozen=True, slots=True)
class DirectoryUser:
    """A user as a store knows it. ``attributes`` holds every attribute, the usual ones too."""

    username: str
    realm: str
    resolver: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StaticStoreConfig:
    """A store of type ``static``: its users as written."""

    users: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)


StoreConfig = StaticStoreConfig


@dataclass(frozen=True, slots=True)
class DirectoryConfig:
    """``directory.yaml``: realms made of stores in priority order, and the internal admins."""

    default_realm: str = ""
    realms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stores: Mapping[str, StoreConfig] = field(default_factory=dict)
    #: Internal admin → attributes (``email``).
    internal_admins: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    superuser_realms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """``notifier.yaml``."""

    #: The token server's public URL, for ``{url}`` where an event carries no ``base_url``.
    url: str = ""
    #: Zone of ``{time}`` and ``{date}``.
    timezone: str = "UTC"
    redis_url: str = ""
    stream: str = "token-events"
    retry: Mapping[str, RetryPolicy] = field(default_factory=dict)
    #: How long records are kept after everything about them is final.
    retention: timedelta = timedelta(days=7)
    #: Largest event in bytes.
    max_event_size: int = 256 * 1024
    spool_directory: Path = Path("/var/spool/token-notifier")
