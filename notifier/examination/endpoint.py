"""Whether a host and port can be reached, and whether TLS can be agreed on; nothing is asked for."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from notifier.deliver.classify import network
from notifier.examination.advice import advice
from notifier.examination.certificate import examine_tls
from notifier.examination.finding import Finding, Subject
from notifier.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where something listens."""

    host: str
    port: int
    secure: bool = False
    verify: bool = True
    ca_file: str = ""
    timeout: float = 10.0


def failed(subject: Subject, outcome: Outcome) -> Finding:
    """An outcome as a finding."""
    return subject.error(f"{outcome.reason}: {outcome.detail}", advice(outcome.reason) or "see what it says")


def examine_name(subject: Subject, host: str, port: int) -> Iterator[Finding]:
    """Which addresses its name has."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
    if addresses != [host]:
        yield subject.ok(f"{host} is {', '.join(addresses[:4])}" + (", ..." if len(addresses) > 4 else ""))


def examine_endpoint(subject: Subject, endpoint: Endpoint, now: datetime) -> Iterator[Finding]:
    """Name, connection, TLS."""
    try:
        yield from examine_name(subject, endpoint.host, endpoint.port)
        with socket.create_connection((endpoint.host, endpoint.port), endpoint.timeout) as sock:
            yield subject.ok(f"port {endpoint.port} answers")
            if not endpoint.secure:
                return
            context = ssl.create_default_context(cafile=endpoint.ca_file or None)
            if not endpoint.verify:
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            with context.wrap_socket(sock, server_hostname=endpoint.host) as secure:
                yield from examine_tls(subject, secure, now, verified=endpoint.verify)
    except (OSError, UnicodeError) as error:
        yield failed(subject, network.classify(error))
