"""A gateway that is asked over the web: where requests go, or the proxy that takes them. Nothing is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from notifier.configuration import SmsGateway
from notifier.examination.endpoint import Endpoint, examine_endpoint
from notifier.examination.finding import Finding, Subject
from notifier.gateways.http import HttpOptions
from notifier.gateways.sipgate import SipgateOptions
from notifier.gateways.url import in_clear, split

PORTS = {"http": 80, "https": 443}


def examine_http(subject: Subject, _: SmsGateway, options: HttpOptions, now: datetime) -> Iterator[Finding]:
    """A gateway of ``provider: http``."""
    yield from _examine(subject, options, now, verify=options.check_ssl, ca_file=options.ca_file)


def examine_sipgate(subject: Subject, _: SmsGateway, options: SipgateOptions, now: datetime) -> Iterator[Finding]:
    """The login is looked at when something is sent."""
    yield from _examine(subject, options, now)


def _examine(
    subject: Subject, options: HttpOptions | SipgateOptions, now: datetime, *, verify: bool = True, ca_file: str = ""
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
