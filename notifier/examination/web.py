"""A gateway that is asked over the web: where requests go, or the proxy that takes them. Nothing is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Protocol

from notifier.examination.endpoint import Endpoint, examine_endpoint
from notifier.examination.finding import Finding, Subject
from notifier.gateways.url import in_clear, split

PORTS = {"http": 80, "https": 443}


class WebOptions(Protocol):
    """What those of every such gateway have."""

    @property
    def url(self) -> str:
        """Where it is."""
        ...

    @property
    def proxies(self) -> Mapping[str, str]:
        """By the scheme of the URL."""
        ...

    @property
    def timeout(self) -> float:
        """Seconds."""
        ...


def examine_web(
    subject: Subject, options: WebOptions, now: datetime, *, verify: bool = True, ca_file: str = ""
) -> Iterator[Finding]:
    """Name, connection, TLS and its certificate."""
    proxy = options.proxies.get(options.url.partition(":")[0].lower(), "")
    # requests takes HOST:PORT for http.
    parts = split((proxy if "://" in proxy else f"http://{proxy}") if proxy else options.url)
    if parts is None or not parts.hostname:
        yield subject.error("its URL names no host", "mend its entry; `notifier check` shows where")
        return
    if proxy:
        yield subject.note(f"requests go through the proxy {parts.hostname}: the gateway behind it wasn't looked at")
    scheme = parts.scheme.lower()
    port = parts.port or PORTS.get(scheme, 80)
    secure = scheme == "https"
    yield from examine_endpoint(subject, Endpoint(parts.hostname, port, secure, verify, ca_file, options.timeout), now)
    if in_clear(options.url):
        yield subject.warning("numbers and texts go to it in clear", "use its https URL")
