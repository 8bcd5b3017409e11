"""What each file of the configuration may hold (docs/configuration.md). Unknown keys are errors."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from notifier.configuration import CACHE, DKIM_HEADERS, SmtpAuth, Tls, TooLong
from notifier.definitions.fields import (
    Arguments,
    Auth,
    Boolean,
    Duration,
    Names,
    OneRate,
    Rates,
    Seconds,
    Text,
    TextOrList,
    TlsMode,
    Whole,
)


class Strict(BaseModel):
    """The base: no unknown keys."""

    model_config = ConfigDict(extra="forbid")


class DeliveryRules(Strict):
    """``delivery`` of a definition."""

    expires_after: Duration | None = None
    on_unsure: Literal["resend", "hold"] = "resend"
    together: Boolean = False
    critical: Boolean = False


class Definition(Strict):
    """One entry of ``handlers/*.yaml``."""

    name: Text = ""
    event: Names = Field(min_length=1)
    action: Text
    position: Literal["post", "pre"] = "post"
    active: Boolean = True
    ordering: Whole = 0
    handlermodule: Text = "UserNotification"
    conditions: dict[str, TextOrList] = Field(default_factory=dict)
    on_unknown: Literal["skip", "match", "privacyidea"] = "skip"
    options: dict[str, TextOrList] = Field(default_factory=dict)
    delivery: DeliveryRules = Field(default_factory=DeliveryRules)
    # Of the export of the system taken over; they have no meaning here.
    id: Any = None
    condition: Any = None
    abort_on_error: Any = None
    description: Any = None


class RetryRules(Strict):
    """A channel's entry under ``retry``, or a provider's ``retry``; what is absent keeps its default."""

    first: Duration | None = None
    # Larger ones only overflow.
    factor: float | None = Field(default=None, ge=1, le=100, allow_inf_nan=False)
    cap: Duration | None = None
    attempts: Whole | None = Field(default=None, ge=1)
    deadline: Duration | None = None


class RedisSection(Strict):
    """``redis``."""

    url: Text = ""
    appendfsync: Literal["everysec", "always"] = "everysec"
    replicas: Whole = Field(default=0, ge=0, le=16)
    replica_timeout: Duration | None = None


class RetrySection(Strict):
    """``retry``."""

    mail: RetryRules = Field(default_factory=RetryRules)
    sms: RetryRules = Field(default_factory=RetryRules)
    file: RetryRules = Field(default_factory=RetryRules)


class LimitsSection(Strict):
    """``limits``."""

    max_event_size: Whole = Field(default=256 * 1024, ge=1024)
    per_recipient: OneRate | None = None
    stalled_after: Duration | None = None


class NotifierFile(Strict):
    """``notifier.yaml``."""

    url: Text = ""
    timezone: Text = "UTC"
    redis: RedisSection = Field(default_factory=RedisSection)
    stream: str = Field(default="token-events", min_length=1)
    retry: RetrySection = Field(default_factory=RetrySection)
    retention: Duration | None = None
    limits: LimitsSection = Field(default_factory=LimitsSection)
    spool_directory: Text = ""
    script_directory: Text = ""


class DkimEntry(Strict):
    """``dkim`` of an SMTP server."""

    domain: Text = Field(min_length=1)
    selector: Text = Field(min_length=1)
    private_key: Text
    headers: Names = DKIM_HEADERS
    canonicalization: Literal["relaxed/relaxed", "relaxed/simple", "simple/relaxed", "simple/simple"] = (
        "relaxed/relaxed"
    )
    algorithm: Literal["", "rsa-sha256", "ed25519-sha256"] = ""


class SmtpServerEntry(Strict):
    """One entry of ``smtp_servers.yaml``: the reference's fields (section 4.1) and ours."""

    server: Text = Field(min_length=1)
    port: Whole | None = Field(default=None, ge=1, le=65535)
    tls: TlsMode = Tls.AUTO
    verify: Boolean = True
    ca_file: Text = ""
    username: Text = ""
    password: Text = ""
    sender: Text = ""
    timeout: Seconds = Field(default=10, gt=0, le=3600, allow_inf_nan=False)
    helo: Text = ""
    auth: Auth = SmtpAuth.AUTO
    token_command: Arguments = ()
    token_file: Text = ""
    client_certificate: Text = ""
    client_key: Text = ""
    client_key_password: Text = ""
    max_connections: Whole = Field(default=4, ge=1)
    rate: Rates = ()
    messages_per_connection: Whole = Field(default=100, ge=1)
    idle: Seconds = Field(default=60, ge=0, le=3600, allow_inf_nan=False)
    pipelining: Literal["auto", "off"] = "auto"
    retry: RetryRules = Field(default_factory=RetryRules)
    fallback: Text = ""
    description: Any = None
    list_id: Text = ""
    feedback_id: Text = ""
    thread_by: Literal["none", "serial"] = "none"
    dkim: DkimEntry | None = None
    smime: Boolean = False
    certificate: Text = ""
    private_key: Text = ""
    private_key_password: Text = ""
    dont_send_on_error: Boolean = False
    # Of the system taken over: everything is queued here.
    enqueue_job: Any = None


class SmsGatewayEntry(Strict):
    """One entry of ``sms_gateways.yaml``."""

    provider: Text = ""
    providermodule: Text = ""
    options: dict[str, Text] = Field(default_factory=dict)
    headers: dict[str, Text] = Field(default_factory=dict)
    max_connections: Whole = Field(default=4, ge=1)
    rate: Rates = ()
    retry: RetryRules = Field(default_factory=RetryRules)
    fallback: Text = ""
    region: Text = ""
    transliterate: Boolean = False
    # A message has at most 255 segments.
    max_segments: Whole = Field(default=10, ge=1, le=255)
    too_long: TooLong = TooLong.CUT
    description: Any = None


#: Names of which there is at least one.
SomeNames = Annotated[Names, Field(min_length=1)]


class StoreEntry(Strict):
    """One store of ``directory.yaml``."""

    type: Text = "static"


class StaticStoreEntry(StoreEntry):
    """Of type ``static``."""

    users: list[dict[str, Any]] = Field(default_factory=list)


class SqlStoreEntry(StoreEntry):
    """Of type ``sql``."""

    url: Text = Field(min_length=1)
    password: Text = ""
    table: Text = Field(min_length=1)
    attributes: dict[str, Annotated[Text, Field(min_length=1)]] = Field(min_length=1)
    where: Text = ""
    timeout: Seconds = Field(default=5, gt=0, le=3600, allow_inf_nan=False)
    cache: Duration = CACHE


#: What the usual attributes are called in most LDAP servers.
LDAP_ATTRIBUTES = {
    "givenname": "givenName",
    "surname": "sn",
    "email": "mail",
    "mobile": "mobile",
    "phone": "telephoneNumber",
}


class LdapAttributes(BaseModel):
    """``attributes`` of a store of type ``ldap``: our names are free, ``info`` holds the further ones."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, SomeNames]

    info: dict[str, SomeNames] = Field(default_factory=dict)


class LdapStoreEntry(StoreEntry):
    """Of type ``ldap``."""

    uri: SomeNames
    base: Text
    bind_dn: Text = ""
    bind_password: Text = ""
    start_tls: Boolean = True
    verify: Boolean = True
    ca_file: Text = ""
    filter: Text = "(objectClass=person)"
    login: Text = Field(default="uid", min_length=1)
    scope: Literal["subtree", "onelevel"] = "subtree"
    attributes: LdapAttributes = Field(default_factory=lambda: LdapAttributes.model_validate(LDAP_ATTRIBUTES))
    multivalue: Names = ("mobile",)
    page_size: Whole = Field(default=500, ge=1, le=10_000)
    timeout: Seconds = Field(default=5, gt=0, le=3600, allow_inf_nan=False)
    cache: Duration = CACHE


class DirectoryFile(Strict):
    """``directory.yaml``."""

    default_realm: Text = ""
    realms: dict[str, Names] = Field(default_factory=dict)
    stores: dict[str, dict[str, Any]] = Field(default_factory=dict)
    internal_admins: dict[str, dict[str, Any]] = Field(default_factory=dict)
    superuser_realms: Names = ()
