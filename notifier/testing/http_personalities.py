"""Fifty ways for an SMS gateway to be difficult over HTTP, and what each of them has to come to. A table of data."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from notifier.outcome import Accepted, Deferred, Misconfigured, Outcome, Reason, Rejected, Throttled, Unsure
from notifier.testing.act import Act
from notifier.testing.certificates import EXPIRED, GOOD, SELF_SIGNED, WRONG_NAME
from notifier.testing.sms_sink import Answer

#: What is said on the bare connection, one after the other; closed after the last.
Steps = tuple[bytes | Act, ...]
#: What a gateway says that took the message, and one that didn't.
YES, NO = "QUEUED", "FAILED"


@dataclass(frozen=True, slots=True)
class HttpPersonality:
    """One way to be difficult."""

    name: str
    does: str
    #: What a delivery over it comes to.
    kind: type[Outcome]
    reason: Reason
    #: To a request: an answer, or bytes.
    answer: Answer | Steps = field(default_factory=Answer)
    #: Before any request, as soon as somebody connects.
    greeting: Steps = ()
    #: The client looks for `YES` in the answer.
    words: bool = False
    #: The client speaks HTTPS; with the server's certificate (`Certificates.context`), or none: the server doesn't.
    https: bool = False
    certificate: str = ""
    #: It behaves for so many messages first.
    after: int = 0
    listens: bool = True
    #: The client waits until its time-out, or twice that.
    waits: bool = False
    #: How long the outcome says to wait.
    pause: timedelta | None = None


def _head(*headers: str, status: str = "200 OK") -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status}", *headers, "", "")).encode()


def _limited(retry_after: str) -> Answer:
    return Answer(429, "slowly", {"Retry-After": retry_after, "Date": "Tue, 24 Nov 2026 12:00:00 GMT"})


_P = HttpPersonality
_WHOLE = _head("Content-Length: 6") + YES.encode()
_CHUNKED = _head("Transfer-Encoding: chunked")
_PACKED = "Content-Encoding: gzip"
_BOMB = gzip.compress(b"0" * 1024 * 64, 9) * 1024  # as many members: 64 MB of zeros

_FINE, _REFUSED = (Accepted, Reason.OK), (Rejected, Reason.REFUSED)
_TEMPORARY, _LIMITED = (Deferred, Reason.TEMPORARY_FAILURE), (Throttled, Reason.RATE_LIMITED)
_WRONG_URL, _NO_LOGIN = (Misconfigured, Reason.UNEXPECTED_ANSWER), (Misconfigured, Reason.AUTHENTICATION_FAILED)
_NO_TRUST, _NO_TLS = (Misconfigured, Reason.CERTIFICATE_INVALID), (Misconfigured, Reason.TLS_UNAVAILABLE)
_SILENCE, _NONSENSE = (Unsure, Reason.NO_ANSWER), (Unsure, Reason.UNEXPECTED_ANSWER)
_CUT = (Unsure, Reason.CONNECTION_LOST)
_LOST, _LATE = (Deferred, Reason.CONNECTION_LOST), (Deferred, Reason.TIMED_OUT)

HTTP_PERSONALITIES: Mapping[str, HttpPersonality] = {
    personality.name: personality
    for personality in (
        # a clear answer
        _P("words_of_failure", "200, and the text says no", *_REFUSED, Answer(text=NO), words=True),
        _P("accepted_202", "accepted for later", *_FINE, Answer(202, "later")),
        _P("no_content_204", "204, which is no yes", *_REFUSED, (_head(status="204 No Content"),)),
        _P("bad_request_400", "doesn't understand the request", *_REFUSED, Answer(400, "what?")),
        _P("unauthorized_401", "doesn't know the password", *_NO_LOGIN, Answer(401, "who?")),
        _P("forbidden_403", "knows it, and doesn't allow it", *_NO_LOGIN, Answer(403, "no")),
        _P("not_found_404", "isn't at this URL", *_WRONG_URL, Answer(404, "nothing here")),
        _P("redirect_302", "sends us elsewhere", *_WRONG_URL, Answer(302, "", {"Location": "http://192.0.2.1/"})),
        _P("see_other_303", "took it, and tells elsewhere how it ended", *_NONSENSE, Answer(303, "", {"Location": "/done"})),
        _P("redirect_loop_307", "sends us to itself", *_WRONG_URL, Answer(307, "", {"Location": "/sms"})),
        _P("timeout_408", "got tired of waiting", *_TEMPORARY, Answer(408, "too late")),
        _P("error_500", "has a bug", *_TEMPORARY, Answer(500, "Traceback")),
        _P("bad_gateway_502", "a proxy that lost its gateway", *_SILENCE, Answer(502, "<html>")),
        _P("gateway_timeout_504", "a proxy that got tired of waiting", *_SILENCE, Answer(504, "<html>")),
        _P("unavailable_503", "is being mended", *_TEMPORARY, Answer(503, "later")),
        _P("unavailable_503_until", "is being mended, and says how long", *_LIMITED, Answer(503, "later", {"Retry-After": "20"}), pause=timedelta(seconds=20)),
        _P("limited_seconds", "429 with seconds", *_LIMITED, _limited("7"), pause=timedelta(seconds=7)),
        _P("limited_date", "429 with a date", *_LIMITED, (_head("Retry-After: Tue, 24 Nov 2026 12:01:30 GMT", "Date: Tue, 24 Nov 2026 12:00:00 GMT", "Content-Length: 0", status="429 Slowly"),), pause=timedelta(seconds=90)),
        _P("limited_nonsense", "429 with nonsense", *_LIMITED, _limited("when the cows come home"), pause=timedelta(seconds=30)),
        _P("limited_for_ages", "429 with a thousand years", *_LIMITED, _limited("31536000000"), pause=timedelta(hours=1)),
        _P("status_999", "a status that there is none", *_NONSENSE, (_head("Content-Length: 0", status="999 Whatever"),)),
        # no connection
        _P("refuse_connection", "nobody listens", Deferred, Reason.CONNECTION_REFUSED, listens=False),
        _P("certificate_expired", "its certificate has expired", *_NO_TRUST, https=True, certificate=EXPIRED),
        _P("certificate_wrong_name", "its certificate is another host's", *_NO_TRUST, https=True, certificate=WRONG_NAME),
        _P("certificate_self_signed", "its certificate vouches for itself", *_NO_TRUST, https=True, certificate=SELF_SIGNED),
        _P("tls_plaintext", "speaks no TLS", *_NO_TLS, greeting=(Act.AWAIT, b"HTTP/1.1 400 Bad Request\r\n\r\n"), https=True),
        _P("tls_close", "closes in the handshake", *_LOST, greeting=(Act.AWAIT,), https=True),
        _P("tls_hang", "says nothing in the handshake", *_LATE, greeting=(Act.HANG,), https=True, waits=True),
        # the request was sent
        _P("close_before_answer", "takes the request and closes", *_CUT, ()),
        _P("close_before_answer_tls", "the same over TLS", *_CUT, (), https=True, certificate=GOOD),
        _P("close_in_headers", "closes inside the headers", *_CUT, (b"HTTP/1.1 200 OK\r\nContent-Len",), words=True),
        _P("close_in_text", "closes inside the text", *_CUT, (_head("Content-Length: 600"), b"QUEUE"), words=True),
        _P("close_in_text_unread", "closes inside a text that has no say", *_FINE, (_head("Content-Length: 600"), b"QUEUE")),
        _P("error_500_cut_off", "closes inside the text of an error", *_TEMPORARY, (_head("Content-Length: 600", status="500 Oh"), b"Tr")),
        _P("hang_before_answer", "says nothing", *_SILENCE, (Act.HANG,), waits=True),
        _P("hang_in_headers", "stops inside the headers", *_SILENCE, (b"HTTP/1.1 200 OK\r\nDate: ", Act.HANG), waits=True),
        _P("hang_in_text", "stops inside the text", *_SILENCE, (_head("Content-Length: 600"), Act.HANG), words=True, waits=True),
        _P("drip_headers", "a byte of header now and then, for ever", *_SILENCE, (b"HTTP/1.1 200 OK\r\nX: ", Act.DRIP), waits=True),
        _P("drip_text", "a byte of text now and then, for ever", *_SILENCE, (_head("Connection: close"), Act.DRIP), words=True, waits=True),
        _P("endless_text", "a text without end, its yes in front", *_FINE, (_head("Connection: close"), b"QUEUED", Act.FLOOD), words=True),
        _P("endless_headers", "a header without end", *_NONSENSE, (b"HTTP/1.1 200 OK\r\nX: ", Act.FLOOD)),
        _P("many_headers", "a thousand headers", *_NONSENSE, (_head(*(f"X-{i}: {i}" for i in range(1000))),)),
        _P("broken_headers", "headers that are none", *_FINE, (_head("Content-Length: 6", "no header at all", "X: y") + b"QUEUED",)),
        _P("length_too_long", "says more than it sends", *_CUT, (_head("Content-Length: 600") + b"QUEUED",), words=True),
        _P("length_too_short", "sends more than it says", *_FINE, (_WHOLE + _head("Content-Length: 6") + b"FAILED",), words=True),
        _P("chunks_garbled", "chunks whose sizes are none", *_CUT, (_CHUNKED + b"QUEUED\r\n0\r\n\r\n",), words=True),
        _P("gzip_garbled", "text that isn't packed as it says", *_NONSENSE, (_head(_PACKED, "Content-Length: 6") + b"QUEUED",), words=True),
        _P("gzip_bomb", "64 MB of zeros, packed small", *_REFUSED, (_head(_PACKED, "Connection: close") + _BOMB,), words=True),
        _P("not_http", "speaks SSH", *_NONSENSE, (b"SSH-2.0-OpenSSH_9.6\r\n",)),
        _P("binary", "speaks nothing known", *_NONSENSE, (bytes(range(256)) * 16,)),
        _P("continue_then_answer", "100, and then the answer", *_FINE, (_head(status="100 Continue") + _WHOLE,), words=True),
        _P("continue_for_ever", "100 without end", *_NONSENSE, (_head(status="100 Continue") * 100_000,)),
        _P("early_hints_103", "103, and the answer later", *_NONSENSE, (_head(status="103 Early Hints") + _WHOLE,)),
        # kept connections
        _P("kept_and_closed", "closes each connection after its answer, without saying so", *_FINE, (_WHOLE,), words=True),
        _P("kept_and_cut", "closes a kept connection when the next request comes", *_CUT, (), after=1),
    )
}  # fmt: skip
