"""An SMS gateway, as far as one can look without sending."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from notifier.configuration import SmsGateway
from notifier.examination.endpoint import Endpoint, examine_endpoint
from notifier.examination.finding import Finding, Subject

_NO = ("no", "false", "0", "off")


def examine_gateway(subject: Subject, gateway: SmsGateway, now: datetime) -> Iterator[Finding]:
    """What its kind allows."""
    if gateway.broken:
        yield subject.error(gateway.broken, "mend its entry; `notifier check` shows where")
        return
    own = {name.upper(): value for name, value in gateway.options.items()}
    if gateway.provider.lower() == "http":
        yield from _examine_url(subject, own.get("URL", ""), own, gateway.timeout, now)
    else:
        yield subject.note(
            f"a gateway of the kind {gateway.provider} can't be looked at without sending",
            f"notifier send-test {subject.name} NUMBER",
        )


def _examine_url(subject: Subject, url: str, own: dict[str, str], timeout: float, now: datetime) -> Iterator[Finding]:
    """Where requests go, or the proxy that takes them."""
    secure = url.lower().startswith("https")
    proxy = own.get("HTTPS_PROXY" if secure else "HTTP_PROXY") or own.get("PROXY", "")
    parts = urlsplit(proxy or url)
    if not parts.hostname:
        yield subject.error("URL names no host", "mend its entry")
        return
    if proxy:
        yield subject.note(f"requests go through the proxy {parts.hostname}: the gateway behind it wasn't looked at")
    yield from examine_endpoint(
        subject,
        Endpoint(
            parts.hostname,
            parts.port or (443 if parts.scheme == "https" else 80),
            secure=parts.scheme == "https",
            verify=own.get("CHECK_SSL", "yes").lower() not in _NO,
            ca_file=own.get("CA_FILE", ""),
            timeout=timeout,
        ),
        now,
    )
    if not secure and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        yield subject.warning("numbers and texts go to it in clear", "use its https URL")
