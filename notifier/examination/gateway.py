"""An SMS gateway, as far as one can look without sending: by its kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from notifier.configuration import SmsGateway
from notifier.examination.finding import Finding, Subject
from notifier.examination.web import examine_web
from notifier.gateways.kinds import KINDS, first_error, read

#: By `provider`. Of any other kind nothing can be known before something is sent.
LOOKS: Mapping[str, Callable[[Subject, Any, datetime], Iterator[Finding]]] = {
    "http": lambda subject, o, now: examine_web(subject, o, now, verify=o.check_ssl, ca_file=o.ca_file),
}


def examine_gateway(subject: Subject, gateway: SmsGateway, now: datetime) -> Iterator[Finding]:
    """What its kind allows."""
    kind = gateway.provider.lower()
    broken = gateway.broken or ("" if kind in KINDS else f"there is no provider {gateway.provider!r}")
    if broken:
        yield subject.error(broken, "mend its entry; `notifier check` shows where")
        return
    options, problems = read(gateway)
    if why := first_error(problems):
        yield subject.error(why, "mend its entry; `notifier check` shows where")
        return
    if (look := LOOKS.get(kind)) is not None:
        yield from look(subject, options, now)
    else:
        yield subject.note(
            f"a gateway of the kind {kind} can't be looked at without sending",
            f"notifier send-test {subject.name} NUMBER",
        )
