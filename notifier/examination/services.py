"""Apprise's services: whether it is installed, and understands their URLs; whom they reach, only sending tells."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from notifier.configuration import SmsGateway
from notifier.deliver.sms.apprise_services import AppriseGateway
from notifier.errors import MissingExtra
from notifier.examination.finding import Finding, Subject
from notifier.gateways.apprise import AppriseOptions

#: A number that nobody has (of those kept for fiction).
NOBODY = "+12025550100"


def examine_services(subject: Subject, gateway: SmsGateway, options: AppriseOptions, _: datetime) -> Iterator[Finding]:
    """Each URL, by its place: it is a secret."""
    try:
        services = AppriseGateway(gateway).services(NOBODY)
    except MissingExtra as error:
        yield subject.error(str(error), "install it where workers run")
        return
    for number, service in enumerate(services, 1):
        which = f"URL {number} of {len(options.urls)}"
        if service:
            yield subject.ok(f"{which} is one of {service}")
        else:
            yield subject.error(
                f"{which} is none that Apprise can use", "see the service's page of Apprise for its form"
            )
