"""Failures on the way to a provider to outcomes; the same for SMTP and HTTP."""

from __future__ import annotations

import errno
import socket
import ssl

from notifier.outcome import Deferred, Misconfigured, Outcome, Reason

_UNREACHABLE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL)
#: An exception's class, or its errno → reason and words.
_FAILURES: tuple[tuple[type[OSError] | tuple[int, ...], Reason, str], ...] = (
    (TimeoutError, Reason.TIMED_OUT, "no answer in time"),
    (ConnectionRefusedError, Reason.CONNECTION_REFUSED, "connection refused"),
    (_UNREACHABLE, Reason.NETWORK_UNREACHABLE, "network unreachable"),
)


def classify(error: BaseException) -> Outcome:
    """The outcome of an error raised before the message was handed over."""
    if isinstance(error, ssl.SSLCertVerificationError):
        why = getattr(error, "verify_message", "") or "certificate refused"
        return Misconfigured(Reason.CERTIFICATE_INVALID, f"{why}; set ca_file, or mend the server's certificate")
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Misconfigured(Reason.TLS_UNAVAILABLE, f"no TLS: {getattr(error, 'reason', '') or 'handshake failed'}")
    if isinstance(error, socket.gaierror):
        if error.errno == socket.EAI_AGAIN:
            return Deferred(Reason.NETWORK_UNREACHABLE, "name service is away", provider_failed=True)
        return Misconfigured(Reason.HOST_UNKNOWN, "the host name is unknown")
    if isinstance(error, UnicodeError):  # the resolver's: a label that is empty or too long
        return Misconfigured(Reason.HOST_UNKNOWN, "the host name is not one")
    if isinstance(error, OSError):
        for kind, reason, words in _FAILURES:
            if isinstance(error, kind) if isinstance(kind, type) else error.errno in kind:
                return Deferred(reason, words, provider_failed=True)
    return Deferred(Reason.CONNECTION_LOST, "the connection was lost", provider_failed=True)
