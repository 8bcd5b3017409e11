from __future__ import annotations

import errno
import socket
import ssl

import pytest

from notifier.deliver.classify.network import classify
from notifier.outcome import Deferred, Misconfigured, Outcome, Reason


def _provider(reason: Reason) -> tuple[type[Outcome], Reason, bool]:
    return Deferred, reason, True


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, ""), _provider(Reason.CONNECTION_REFUSED)),
        (TimeoutError(), _provider(Reason.TIMED_OUT)),
        (OSError(errno.EHOSTUNREACH, ""), _provider(Reason.NETWORK_UNREACHABLE)),
        (OSError(errno.ENETUNREACH, ""), _provider(Reason.NETWORK_UNREACHABLE)),
        (ConnectionResetError(errno.ECONNRESET, ""), _provider(Reason.CONNECTION_LOST)),
        (ssl.SSLEOFError(8, "EOF"), _provider(Reason.CONNECTION_LOST)),
        (socket.gaierror(socket.EAI_AGAIN, ""), _provider(Reason.NETWORK_UNREACHABLE)),
        (socket.gaierror(socket.EAI_NONAME, ""), (Misconfigured, Reason.HOST_UNKNOWN, False)),
        (UnicodeError("label too long"), (Misconfigured, Reason.HOST_UNKNOWN, False)),
        (ssl.SSLCertVerificationError(1, "x"), (Misconfigured, Reason.CERTIFICATE_INVALID, False)),
        (ssl.SSLError(1, "wrong version number"), (Misconfigured, Reason.TLS_UNAVAILABLE, False)),
    ],
)
def test_an_error_on_the_way_is_the_network_s_or_the_configuration_s(
    error: Exception, expected: tuple[type[Outcome], Reason, bool]
) -> None:
    """What may pass by itself is deferred; what a human has to mend is misconfigured."""
    outcome = classify(error)

    assert (type(outcome), outcome.reason, getattr(outcome, "provider_failed", False)) == expected
