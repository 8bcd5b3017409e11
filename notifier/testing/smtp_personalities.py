"""Some sixty ways for an SMTP server to be difficult, and what each of them has to come to.

A table of data. ``replies`` are said instead of the usual ones, to a verb (see `SmtpSink.script`): text, or an `Act`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from notifier.configuration import Tls
from notifier.outcome import Accepted, Deferred, Misconfigured, Outcome, Reason, Rejected, Unsure
from notifier.testing.act import Act
from notifier.testing.certificates import EXPIRED, GOOD, SELF_SIGNED, WRONG_NAME


def whole(content: bytes) -> Iterable[bytes]:
    """A reply in one packet, as usual."""
    return [content]


def bytewise(content: bytes) -> Iterable[bytes]:
    """Each byte in a packet of its own."""
    return [content[i : i + 1] for i in range(len(content))]


def bare_line_feeds(content: bytes) -> Iterable[bytes]:
    """Lines that end as on Unix."""
    return [content.replace(b"\r\n", b"\n")]


def wordy(content: bytes) -> Iterable[bytes]:
    """Two lines more than anybody asked for."""
    return [content[:3] + b"-let me see\r\n" + content[:3] + b"-\r\n" + content]


def doubled(content: bytes) -> Iterable[bytes]:
    """With a reply behind it that nobody asked for."""
    return [content + b"250 2.0.0 ok\r\n"]


@dataclass(frozen=True, slots=True)
class SmtpPersonality:
    """One way to be difficult."""

    name: str
    does: str
    #: What a delivery over it comes to.
    kind: type[Outcome]
    reason: Reason
    replies: Mapping[str, str] = field(default_factory=dict)
    #: How a reply is cut into packets.
    packets: Callable[[bytes], Iterable[bytes]] = whole
    #: What the client is configured with.
    tls: Tls = Tls.NONE
    login: bool = False
    #: The server's certificate (`Certificates.context`); empty: it offers no TLS.
    certificate: str = ""
    #: It knows users and offers AUTH.
    knows_users: bool = True
    #: It behaves for so many messages first; ``afresh``: on each connection.
    after: int = 0
    afresh: bool = False
    listens: bool = True
    #: The client waits until its time-out, or twice that.
    waits: bool = False
    #: Shows only with a message longer than all buffers on the way.
    large: bool = False
    #: Shows only to a client that says several commands at once (RFC 2920).
    groups_only: bool = False
    #: What it says to each of several commands at once (and goes, unless it calls it a bad sequence); empty: it forgets
    #: all but the first; None: it is up to them.
    breach: str | None = None


_P = SmtpPersonality
_FINE = (Accepted, Reason.OK)
_LOST, _LATE = (Deferred, Reason.CONNECTION_LOST), (Deferred, Reason.TIMED_OUT)
_TEMPORARY, _ODD = (Deferred, Reason.TEMPORARY_FAILURE), (Deferred, Reason.UNEXPECTED_ANSWER)
_LIMITED, _GREY = (Deferred, Reason.RATE_LIMITED), (Deferred, Reason.GREYLISTED)
_NO_TLS, _NO_LOGIN = (Misconfigured, Reason.TLS_UNAVAILABLE), (Misconfigured, Reason.AUTHENTICATION_FAILED)
_NO_TRUST, _NO_SENDER = (Misconfigured, Reason.CERTIFICATE_INVALID), (Misconfigured, Reason.SENDER_REFUSED)
_SILENCE, _NONSENSE = (Unsure, Reason.NO_ANSWER), (Unsure, Reason.UNEXPECTED_ANSWER)
_CUT = (Unsure, Reason.CONNECTION_LOST)
_NOBODY, _POLICY = (Rejected, Reason.MAILBOX_UNAVAILABLE), (Rejected, Reason.POLICY_REFUSED)

SMTP_PERSONALITIES: Mapping[str, SmtpPersonality] = {
    personality.name: personality
    for personality in (
        # the way in
        _P("refuse_connection", "nobody listens", Deferred, Reason.CONNECTION_REFUSED, listens=False),
        _P("close_at_connect", "accepts and closes", *_LOST, {"CONNECT": Act.DROP}),
        _P("hang_at_banner", "accepts and says nothing", *_LATE, {"CONNECT": Act.HANG}, waits=True),
        _P("drip_banner", "a byte of banner now and then, for ever", *_LATE, {"CONNECT": Act.DRIP}, waits=True),
        _P("flood_banner", "a banner of lines without end", *_ODD, {"CONNECT": Act.FLOOD}),
        _P("banner_554", "no service here", *_TEMPORARY, {"CONNECT": "554 5.3.2 no service"}),
        _P("banner_421", "too busy to begin", *_TEMPORARY, {"CONNECT": "421 4.3.2 too busy"}),
        _P("banner_garbage", "speaks SSH", *_ODD, {"CONNECT": "SSH-2.0-OpenSSH_9.6"}),
        _P("banner_long", "a banner line of 100 kB", *_ODD, {"CONNECT": "220 " + "x" * 100_000}),
        _P("ehlo_refused", "knows HELO only", *_FINE, {"EHLO": "502 5.5.1 what?"}),
        _P("ehlo_flood", "capabilities without end", *_ODD, {"EHLO": Act.FLOOD}),
        _P("hello_refused", "refuses EHLO and HELO", *_TEMPORARY, dict.fromkeys(("EHLO", "HELO"), "550 5.7.1 no")),
        # TLS
        _P("starttls_missing", "offers no STARTTLS", *_NO_TLS, tls=Tls.STARTTLS),
        _P("starttls_refused", "offers it, then refuses", *_NO_TLS, {"STARTTLS": "502 5.5.1 no"}, tls=Tls.STARTTLS, certificate=GOOD),
        _P("starttls_later", "no TLS for a while", *_TEMPORARY, {"STARTTLS": "454 4.7.0 not now"}, tls=Tls.STARTTLS, certificate=GOOD),
        _P("starttls_plaintext", "agrees, and goes on in the clear", *_NO_TLS, {"STARTTLS": Act.NO_HANDSHAKE}, tls=Tls.STARTTLS, certificate=GOOD),
        _P("starttls_hang", "agrees, and says nothing", *_LATE, {"STARTTLS": Act.HANG_IN_HANDSHAKE}, tls=Tls.STARTTLS, certificate=GOOD, waits=True),
        _P("starttls_injection", "slips a reply in before TLS", *_ODD, {"STARTTLS": "220 2.0.0 go\r\n535 5.7.8 injected"}, tls=Tls.STARTTLS, certificate=GOOD),
        _P("certificate_expired", "its certificate has expired", *_NO_TRUST, tls=Tls.STARTTLS, certificate=EXPIRED),
        _P("certificate_wrong_name", "its certificate is another host's", *_NO_TRUST, tls=Tls.STARTTLS, certificate=WRONG_NAME),
        _P("certificate_self_signed", "its certificate vouches for itself", *_NO_TRUST, tls=Tls.STARTTLS, certificate=SELF_SIGNED),
        # AUTH
        _P("auth_refused", "refuses the password", *_NO_LOGIN, {"AUTH": "535 5.7.8 no such credentials"}, login=True),
        _P("auth_later", "can't look passwords up now", *_TEMPORARY, {"AUTH": "454 4.7.0 directory away"}, login=True),
        _P("auth_missing", "offers no AUTH", *_NO_LOGIN, login=True, knows_users=False),
        _P("auth_challenge_garbage", "a challenge that is no base64", *_ODD, {"EHLO": "250-sink\r\n250 AUTH CRAM-MD5", "CHALLENGE": "334 A"}, login=True),
        _P("auth_wanted", "wants a login that we have none for", *_NO_LOGIN, {"MAIL": "530 5.7.0 authentication required"}),
        # MAIL
        _P("sender_refused", "doesn't know the sender", *_NO_SENDER, {"MAIL": "550 5.7.1 not you"}),
        _P("mail_452", "its disk is full", Deferred, Reason.MAILBOX_FULL, {"MAIL": "452 4.3.1 disk full"}),
        _P("mail_421_after_three", "says goodbye after three messages of a connection", *_FINE, {"MAIL": "421 4.7.0 enough"}, after=3, afresh=True),
        _P("mail_421_for_good", "says goodbye after three messages, and stays that way", *_TEMPORARY, {"MAIL": "421 4.3.2 stopping"}, after=3),
        _P("mail_452_after_three", "has had enough after three messages of a connection, and keeps it open", *_FINE, {"MAIL": "452 4.5.3 Too many recipients: Too many messages sent"}, after=3, afresh=True),
        _P("drop_at_mail", "closes at MAIL", *_LOST, {"MAIL": Act.DROP}),
        # RCPT
        _P("recipient_550", "doesn't know the recipient", *_NOBODY, {"RCPT": "550 5.1.1 no such user"}),
        _P("recipient_greylisted", "comes to know us first", *_GREY, {"RCPT": "450 4.7.1 greylisted, come back"}),
        _P("recipient_452", "too many recipients", *_LIMITED, {"RCPT": "452 4.5.3 too many recipients"}),
        _P("recipient_421", "goes away at RCPT", *_TEMPORARY, {"RCPT": "421 4.3.2 stopping"}),
        _P("refused_then_421", "refuses the recipient, and then goes away", *_NOBODY, {"RCPT": "550 5.1.1 nobody of that name", "DATA": "421 4.7.0 Error: too many errors", "RSET": "421 4.7.0 Error: too many errors"}),
        _P("rset_refused", "refuses a recipient, and to begin again", *_NOBODY, {"RCPT": "550 5.1.1 no such user", "RSET": "502 5.5.1 no"}),
        _P("recipient_nonsense", "a reply to the recipient without a code", *_ODD, {"RCPT": "certainly, sir"}),
        _P("quota_554", "a quota called final that is not", *_LIMITED, {"RCPT": "554 5.7.0 quota reached, try again later"}, after=3),
        # the message
        _P("data_554", "refuses DATA", Rejected, Reason.REFUSED, {"DATA": "554 no valid recipients"}),
        _P("data_451", "no DATA for a while", *_TEMPORARY, {"DATA": "451 4.3.0 later"}),
        _P("data_250", "takes DATA for a finished message", *_ODD, {"DATA": "250 2.0.0 queued"}),
        _P("hang_at_data", "says nothing to DATA", *_LATE, {"DATA": Act.HANG}, waits=True),
        _P("answer_before_message", "answers the message before it has come", *_ODD, {"DATA": "354 go\r\n250 2.0.0 queued"}),
        _P("drop_in_message", "closes inside the message", *_LOST, {"BODY": Act.DROP}, large=True),
        _P("stop_reading", "stops reading inside the message", *_LATE, {"BODY": Act.HANG}, large=True, waits=True),
        # pipelining, offered and not meant
        _P("groups_halved", "forgets what it has read beyond a command", *_LATE, waits=True, groups_only=True, breach=""),
        _P("groups_refused", "takes a group for a breach of protocol", *_FINE, groups_only=True, breach="503 5.5.1 bad sequence of commands"),
        _P("groups_punished", "says so and goes away", *_FINE, groups_only=True, breach="554 5.5.0 SMTP protocol synchronization error"),
        _P("groups_cut", "closes where a group comes", *_FINE, groups_only=True, breach=Act.DROP),
        _P("invites_all", "wants a message for nobody, and refuses it", *_NOBODY, {"RCPT": "550 5.1.1 no such user", "DATA": "354 go ahead", ".": "554 5.5.1 no valid recipients"}),
        _P("invites_after_no", "refuses the sender, and wants the message", *_NO_SENDER, {"MAIL": "550 5.7.1 not you", "RCPT": "250 2.1.5 ok", "DATA": "354 go ahead"}),
        # after the dot
        _P("content_554", "takes the message for spam", *_POLICY, {".": "554 5.7.1 looks like spam"}),
        _P("content_452", "has no room for it now", Deferred, Reason.MAILBOX_FULL, {".": "452 4.3.1 no room"}),
        _P("too_large_552", "finds it too large", Rejected, Reason.TOO_LARGE, {".": "552 5.3.4 too large"}),
        _P("drop_after_dot", "closes after the final dot", *_CUT, {".": Act.DROP}),
        _P("hang_after_dot", "says nothing after the final dot", *_SILENCE, {".": Act.HANG}, waits=True),
        _P("drip_after_dot", "a byte of an answer now and then, for ever", *_SILENCE, {".": Act.DRIP}, waits=True),
        _P("flood_after_dot", "an answer without end", *_NONSENSE, {".": Act.FLOOD}),
        _P("code_999_after_dot", "a code that there is none", *_NONSENSE, {".": "999 5.0.0 whatever"}),
        _P("words_after_dot", "a reply without a code", *_NONSENSE, {".": "thank you"}),
        _P("hang_at_quit", "says nothing to QUIT", *_FINE, {"QUIT": Act.HANG}, waits=True),
        # manners
        _P("bytewise", "each byte in a packet of its own", *_FINE, packets=bytewise),
        _P("wordy", "each reply over three lines", *_FINE, packets=wordy),
        _P("bare_line_feeds", "lines without carriage return", *_FINE, packets=bare_line_feeds),
        _P("out_of_turn", "a second reply to everything", *_ODD, packets=doubled),
    )
}  # fmt: skip
