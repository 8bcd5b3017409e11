"""An SMSC up to the bind, which is given back: no message is sent, and no receipt taken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from notifier.configuration import SmsGateway
from notifier.deliver.provider import unheard
from notifier.deliver.smpp.dialler import Dialler
from notifier.deliver.smpp.link import LATER, Link
from notifier.deliver.smpp.pdu import Pdu
from notifier.deliver.stop import Stop
from notifier.examination.endpoint import Endpoint, examine_endpoint, failed
from notifier.examination.finding import Finding, Status, Subject
from notifier.gateways.smpp import SmppOptions
from notifier.gateways.url import is_loopback


def examine_smsc(subject: Subject, _: SmsGateway, options: SmppOptions, now: datetime) -> Iterator[Finding]:
    """Name, connection, TLS and its certificate, bind."""
    endpoint = Endpoint(options.host, options.port, options.tls, options.check_ssl, options.ca_file, options.timeout)
    for finding in examine_endpoint(subject, endpoint, now):
        yield finding
        if finding.status is Status.ERROR:
            return
    if not options.tls and not is_loopback(options.host):
        yield subject.warning("numbers and texts go to it in clear", "set TLS: yes, or let a private line lie between")
    try:
        link = Dialler(options, unheard).bind(later)
    except Stop as stop:
        yield failed(subject, stop.outcome)
        return
    link.close()
    yield subject.ok(f"bound as {options.bind}, and unbound again")


def later(link: Link, request: Pdu) -> None:
    """What the SMSC says meanwhile, a receipt perhaps: it keeps that for a worker."""
    link.answer(request, LATER)
