"""How things end: the outcomes of an attempt and the reasons, one spelling for code, logs, metrics and CLI."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar


class Reason(StrEnum):
    """Why an attempt, a delivery or a composition ended as it did."""

    OK = "ok"
    # the recipient or the message is refused
    MAILBOX_UNAVAILABLE = "mailbox_unavailable"
    MAILBOX_FULL = "mailbox_full"
    ADDRESS_INVALID = "address_invalid"
    CONTENT_REFUSED = "content_refused"
    TOO_LARGE = "too_large"
    POLICY_REFUSED = "policy_refused"
    REFUSED = "refused"
    # for a while
    GREYLISTED = "greylisted"
    TEMPORARY_FAILURE = "temporary_failure"
    RATE_LIMITED = "rate_limited"
    # the way to the provider
    CONNECTION_REFUSED = "connection_refused"
    CONNECTION_LOST = "connection_lost"
    TIMED_OUT = "timed_out"
    NETWORK_UNREACHABLE = "network_unreachable"
    NO_ANSWER = "no_answer"
    WORKER_LOST = "worker_lost"
    # the provider as it is configured
    UNKNOWN_PROVIDER = "unknown_provider"
    PROVIDER_BROKEN = "provider_broken"
    HOST_UNKNOWN = "host_unknown"
    AUTHENTICATION_FAILED = "authentication_failed"
    CERTIFICATE_INVALID = "certificate_invalid"
    TLS_UNAVAILABLE = "tls_unavailable"
    SENDER_REFUSED = "sender_refused"
    SIGNING_FAILED = "signing_failed"
    UNEXPECTED_ANSWER = "unexpected_answer"
    # the end of patience
    ATTEMPTS_EXHAUSTED = "attempts_exhausted"
    DEADLINE_PASSED = "deadline_passed"
    EXPIRED = "expired"
    # the definition
    DEFINITION_ERROR = "definition_error"
    TEMPLATE_ERROR = "template_error"
    PATTERN_TOO_SLOW = "pattern_too_slow"
    QRCODE_INVALID = "qrcode_invalid"
    # somebody has to be looked up
    DIRECTORY_UNAVAILABLE = "directory_unavailable"
    # the flood guard
    RECIPIENT_LIMIT = "recipient_limit"
    # the operator
    NO_LONGER_PLANNED = "no_longer_planned"
    DISCARDED = "discarded"
    # a bug of ours, recorded as such
    INTERNAL_ERROR = "internal_error"


class Skip(StrEnum):
    """Why a definition that is bound to an event sends nothing."""

    INACTIVE = "inactive"
    CONDITION_FALSE = "condition_false"
    CONDITION_UNKNOWN = "condition_unknown"
    NO_RECIPIENT = "no_recipient"
    NO_ADDRESS = "no_address"


class Unreadable(StrEnum):
    """Why a message is in quarantine, or set aside in a spool."""

    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    MISSING_FIELD = "missing_field"
    WRONG_TYPE = "wrong_type"
    UNSUPPORTED_VERSION = "unsupported_version"
    TOO_LARGE = "too_large"
    NO_EVENT_FIELD = "no_event_field"
    WORKER_LOST = "worker_lost"
    INTERNAL_ERROR = "internal_error"
    #: Of a spool: what should be an event's file can't be read, or is none.
    UNREADABLE_FILE = "unreadable_file"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took responsibility for the message."""

    kind: ClassVar[str] = "accepted"
    #: The provider's last words, scrubbed.
    detail: str = ""
    reason: Reason = Reason.OK
    #: What the operator should know although all went well, for the log; empty: nothing.
    warning: str = ""
    #: What the provider calls the message's parts in the receipts that it sends later (digests), in their order; empty
    #: where it has no name for one or hasn't taken it, and all of it where no receipts are expected.
    message_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """Permanent: asking again can't help. Dead letter at once."""

    kind: ClassVar[str] = "rejected"
    reason: Reason
    detail: str = ""
    #: See `Accepted.message_ids`: parts in front of the refused one were taken.
    message_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deferred:
    """Transient: the same attempt may succeed later."""

    kind: ClassVar[str] = "deferred"
    reason: Reason
    detail: str = ""
    #: The provider as a whole failed (no connection), not this message: its other deliveries would fare alike.
    provider_failed: bool = False


@dataclass(frozen=True, slots=True)
class Throttled:
    """The provider asked us to slow down. Uses up no attempt."""

    kind: ClassVar[str] = "throttled"
    retry_after: timedelta
    reason: Reason = Reason.RATE_LIMITED
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Misconfigured:
    """The provider is at fault (password, host name, certificate). Uses up no attempt; the operator is told."""

    kind: ClassVar[str] = "misconfigured"
    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Unsure:
    """The connection died after the last byte and before the answer: sent or not, nobody knows."""

    kind: ClassVar[str] = "unsure"
    reason: Reason
    detail: str = ""
    #: See `Accepted.message_ids`: of the parts that surely were taken.
    message_ids: tuple[str, ...] = ()


Outcome = Accepted | Rejected | Deferred | Throttled | Misconfigured | Unsure
