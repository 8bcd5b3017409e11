"""What the operator configured, as values; read by `definitions/`, used everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from notifier.model import Location


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
class Rate:
    """So many within such a time; written ``10/s``, ``5/10m``."""

    count: int
    period: timedelta
    #: The way (as it is written) whose sending counts with that of who has this rate; empty: nobody else's.
    whose: str = ""

    @property
    def per_second(self) -> float:
        """How fast that is in the long run."""
        return self.count / self.period.total_seconds()

    def __str__(self) -> str:
        seconds = int(self.period.total_seconds())
        unit, length = next((u, n) for u, n in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)) if not seconds % n)
        times = seconds // length
        return f"{self.count}/{times if times > 1 else ''}{unit}"


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


@dataclass(frozen=True, slots=True)
class Policies:
    """Which retry policy holds: a provider's own, else its channel's, else the default."""

    channels: Mapping[str, RetryPolicy] = field(default_factory=dict)
    #: By channel and provider.
    providers: Mapping[tuple[str, str], RetryPolicy] = field(default_factory=dict)

    def of(self, channel: str, provider: str) -> RetryPolicy:
        """The policy of a provider on its channel."""
        return self.providers.get((channel, provider)) or self.channels.get(channel) or RetryPolicy()


class Tls(StrEnum):
    """How a connection to an SMTP server is protected."""

    AUTO = "auto"
    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


class SmtpAuth(StrEnum):
    """How to log in to an SMTP server."""

    #: With a token where there is a source of tokens, else by what the server offers.
    AUTO = "auto"
    PLAIN = "plain"
    LOGIN = "login"
    CRAM_MD5 = "cram-md5"
    XOAUTH2 = "xoauth2"
    NONE = "none"


class ThreadBy(StrEnum):
    """What makes mails belong together in a reader's program."""

    NONE = "none"
    SERIAL = "serial"


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What an SMTP server adds to the headers of its mails."""

    #: ``Our tokens <tokens.example.com>`` (RFC 2919).
    list_id: str = ""
    #: Up to four names for the sender's statistics, with colons between them.
    feedback_id: str = ""
    thread_by: ThreadBy = ThreadBy.NONE


#: Signed where they are there; those that stand twice so that nobody can add another (RFC 6376 section 8.15).
DKIM_HEADERS = (
    "From", "From", "To", "To", "Subject", "Subject", "Date", "Date", "Reply-To", "Reply-To", "Message-ID",
    "In-Reply-To", "References", "MIME-Version", "Content-Type", "Content-Type", "Content-Transfer-Encoding",
    "Auto-Submitted", "List-Id", "Feedback-ID",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dkim:
    """``dkim`` of an SMTP server: its mails are signed for a domain (RFC 6376)."""

    domain: str
    selector: str
    #: The key itself: PEM, or an Ed25519 key's 32 octets in base64.
    private_key: Secret
    headers: tuple[str, ...] = DKIM_HEADERS
    #: Of headers and body, each ``relaxed`` or ``simple``.
    canonicalization: tuple[str, str] = ("relaxed", "relaxed")
    #: ``rsa-sha256`` or ``ed25519-sha256``; empty: the one that the key is for.
    algorithm: str = ""
    #: Where each key of it stands, ``""`` for all of it.
    places: Mapping[str, Location] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Smime:
    """``smime`` of an SMTP server: its mails are signed for their readers (RFC 8551)."""

    #: PEM; further certificates in it are sent along.
    certificate: str = field(repr=False)
    #: PEM.
    private_key: Secret
    password: Secret = field(default_factory=Secret)
    #: ``dont_send_on_error``: a mail that can't be signed waits; else it goes out unsigned.
    required: bool = False
    #: Why nothing can be signed: a file that can't be read, say.
    broken: str = ""
    places: Mapping[str, Location] = field(default_factory=dict, compare=False, repr=False)


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
    auth: SmtpAuth = SmtpAuth.AUTO
    #: What prints an access token, and a file with one.
    token_command: tuple[str, ...] = field(default=(), repr=False)
    token_file: str = ""
    #: Files that hold ours, in PEM; the key may be in the certificate's.
    client_certificate: str = ""
    client_key: str = ""
    client_key_password: Secret = field(default_factory=Secret)
    #: How many workers may be at it at once, each over a connection of its own.
    max_connections: int = 4
    #: A connection carries no more messages.
    messages_per_connection: int = 100
    #: A connection is closed after so long (seconds) without a message.
    idle: float = 60.0
    #: Several commands at once, where the server offers it (RFC 2920).
    pipelining: bool = True
    #: Its own; None: the channel's.
    retry: RetryPolicy | None = None
    #: Who takes over while its circuit isn't closed: another identifier of the file, or nobody.
    fallback: str = ""
    #: What it may be sent, by all workers together; the fastest first.
    rate: tuple[Rate, ...] = ()
    letterhead: Letterhead = field(default_factory=Letterhead)
    dkim: Dkim | None = None
    smime: Smime | None = None
    #: Why it can't be used (a missing secret, say); its deliveries wait as misconfigured.
    broken: str = ""


class TooLong(StrEnum):
    """What becomes of a text of more segments than a gateway's ``max_segments``."""

    #: Its beginning is sent, with dots.
    CUT = "cut"
    #: Nothing is sent: a dead letter tells.
    REFUSE = "refuse"


#: Seconds; of a gateway whose options don't say, and the most that they may say.
DEFAULT_SMS_TIMEOUT, LONGEST_SMS_TIMEOUT = 3.0, 600.0


#: Where the scripts of SMS gateways lie.
SCRIPT_DIRECTORY = Path("/etc/token-notifier/scripts")


@dataclass(frozen=True, slots=True)
class SmsGateway:
    """One entry of ``sms_gateways.yaml``; `smsconfig` names it. Options keep the spelling of the file."""

    identifier: str
    provider: str = "http"
    options: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    max_connections: int = 4
    broken: str = ""
    retry: RetryPolicy | None = None
    fallback: str = ""
    rate: tuple[Rate, ...] = ()
    #: Where numbers without a country code are at home (ISO 3166), and all become E.164; empty: numbers as they are.
    region: str = ""
    #: Texts are written in the GSM alphabet, where they can be.
    transliterate: bool = False
    #: No text takes more.
    max_segments: int = 10
    too_long: TooLong = TooLong.CUT
    #: It sends all texts in UCS-2, also those that the GSM alphabet has.
    ucs2: bool = False
    #: How long (seconds) it may keep us waiting at a time, as its kind reads its options.
    timeout: float = DEFAULT_SMS_TIMEOUT
    #: The SMTP server that its messages go through as mails; only of the kind that does that.
    relay: SmtpServer | None = None
    #: Where scripts may lie; only of the kind that runs one.
    script_directory: Path = SCRIPT_DIRECTORY

    def __repr__(self) -> str:
        return f"SmsGateway({self.identifier!r}, provider={self.provider!r})"


@dataclass(frozen=True, slots=True)
class StaticStoreConfig:
    """A store of type ``static``: its users as written."""

    users: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)


#: How long a lookup is remembered.
CACHE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class SqlDriver:
    """What speaks to one kind of database: SQLAlchemy's name for it, its module, and the extra that installs it."""

    name: str
    module: str
    extra: str


#: By how a store's ``url`` begins.
SQL_DRIVERS: Mapping[str, SqlDriver] = {
    **dict.fromkeys(("postgresql", "postgres"), SqlDriver("postgresql+psycopg", "psycopg", "postgresql")),
    **dict.fromkeys(("mysql", "mariadb"), SqlDriver("mysql+pymysql", "pymysql", "mysql")),
    "sqlite": SqlDriver("sqlite", "sqlite3", "sql"),
}


@dataclass(frozen=True, slots=True)
class SqlStoreConfig:
    """A store of type ``sql``: one table (or view) with a row for each user."""

    url: Secret
    table: str
    #: Our attribute → column; ``username`` is one of them.
    attributes: Mapping[str, str]
    #: Stands for the one in ``url``, where nothing needs escaping.
    password: Secret = field(default_factory=Secret)
    #: A condition in SQL that users have to meet.
    where: str = ""
    timeout: float = 5.0
    cache: timedelta = CACHE

    @property
    def driver(self) -> SqlDriver | None:
        """What speaks to the database, or None where ``url`` begins with nothing we know."""
        return SQL_DRIVERS.get(self.url.reveal().partition("://")[0].partition("+")[0].lower())


@dataclass(frozen=True, slots=True)
class LdapStoreConfig:
    """A store of type ``ldap``."""

    #: Tried in this order.
    uri: tuple[str, ...]
    base: str
    bind_dn: str = ""
    bind_password: Secret = field(default_factory=Secret)
    #: Of ``ldap://``.
    start_tls: bool = True
    verify: bool = True
    ca_file: str = ""
    filter: str = "(objectClass=person)"
    #: The LDAP attribute that holds the user name.
    login: str = "uid"
    scope: Literal["subtree", "onelevel"] = "subtree"
    #: Our attribute → LDAP attributes, of which the first with a value counts.
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: The same, of the further attributes (``info``).
    info: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Attributes of ours that stay lists; of the others the first value counts.
    multivalue: tuple[str, ...] = ("mobile",)
    page_size: int = 500
    timeout: float = 5.0
    cache: timedelta = CACHE


StoreConfig = StaticStoreConfig | SqlStoreConfig | LdapStoreConfig


@dataclass(frozen=True, slots=True)
class DirectoryConfig:
    """``directory.yaml``: realms made of stores in priority order, and the internal admins."""

    default_realm: str = ""
    realms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stores: Mapping[str, StoreConfig] = field(default_factory=dict)
    #: Internal admin → attributes (``email``).
    internal_admins: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    superuser_realms: tuple[str, ...] = ()


#: How the URL of a Redis begins.
REDIS_SCHEMES = ("redis://", "rediss://", "unix://", "sentinel://")


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file under ``templates/``, as it was when the configuration was read."""

    #: None: it can't be read, or is too large.
    content: bytes | None = field(repr=False)
    #: A link leads to it, out of the directory.
    outside: bool = False

    @property
    def text(self) -> str | None:
        """Its text with plain line ends; None where it isn't UTF-8, or there is no content."""
        try:
            return self.content.decode().replace("\r\n", "\n").replace("\r", "\n") if self.content is not None else None
        except UnicodeDecodeError:
            return None


@dataclass(frozen=True, slots=True)
class Settings:
    """``notifier.yaml``."""

    #: The token server's public URL, for ``{url}`` where an event carries no ``base_url``.
    url: str = ""
    #: Zone of ``{time}`` and ``{date}``.
    timezone: str = "UTC"
    redis_url: str = ""
    #: How the embedded Redis writes: ``everysec`` or ``always``.
    appendfsync: str = "everysec"
    #: So many replicas have to have what is planned before it leaves the stream, within ``replica_timeout``.
    replicas: int = 0
    replica_timeout: timedelta = timedelta(seconds=1)
    stream: str = "token-events"
    retry: Mapping[str, RetryPolicy] = field(default_factory=dict)
    #: How long records are kept after everything about them is final.
    retention: timedelta = timedelta(days=7)
    #: Largest event in bytes.
    max_event_size: int = 256 * 1024
    #: What one recipient gets on one channel; beyond it deliveries are held back. None: everything.
    per_recipient: Rate | None = None
    #: A worker that takes no bell for that long although some lie there ends, for its supervisor to start it again.
    stalled_after: timedelta = timedelta(seconds=60)
    spool_directory: Path = Path("/var/spool/token-notifier")
    script_directory: Path = SCRIPT_DIRECTORY
