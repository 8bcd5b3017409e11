"""The certificate that a peer shows: by when it has to be replaced."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime

from notifier.examination.finding import Finding, Subject

#: So many days before its end somebody should know.
SOON = 30


def examine_tls(subject: Subject, sock: ssl.SSLSocket, now: datetime, *, verified: bool) -> Iterator[Finding]:
    """Version, and the certificate's end."""
    if not verified:
        yield subject.warning(f"{sock.version()}, and anybody's certificate is taken", "set verify (CHECK_SSL) to yes")
        return
    certificate = sock.getpeercert() or {}
    end = str(certificate.get("notAfter", ""))
    if not end:
        yield subject.note(f"{sock.version()}; the certificate doesn't say when it ends")
        return
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(end), UTC)
    days = (until - now).days
    said = f"{sock.version()}, certificate until {until:%Y-%m-%d} ({days} day{'s' * (days != 1)})"
    yield subject.warning(said, "have it renewed") if days < SOON else subject.ok(said)
