"""The certificate that a peer shows: whose it is, and by when it has to be replaced."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from notifier.examination.finding import Finding, Subject

#: So many days before its end somebody should know.
SOON = 30
MOST_NAMES = 3


def examine_tls(subject: Subject, sock: ssl.SSLSocket, now: datetime, *, verified: bool) -> Iterator[Finding]:
    """Version; the certificate's names, issuer and end."""
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
    whose = f"certificate of {_names(certificate)}, by {_issuer(certificate)},"
    said = f"{sock.version()}, {whose} until {until:%Y-%m-%d} ({days} day{'s' * (days != 1)})"
    yield subject.warning(said, "have it renewed") if days < SOON else subject.ok(said)


def _names(certificate: dict[str, Any]) -> str:
    names = [str(name) for _, name in certificate.get("subjectAltName", ())]
    return ", ".join(names[:MOST_NAMES]) + (", ..." if len(names) > MOST_NAMES else "") or "nobody"


def _issuer(certificate: dict[str, Any]) -> str:
    """Organisation and name, as far as there are."""
    fields = {name: value for part in certificate.get("issuer", ()) for name, value in part}
    return " ".join(fields[name] for name in ("organizationName", "commonName") if name in fields) or "nobody"
