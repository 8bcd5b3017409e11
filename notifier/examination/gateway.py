"""An SMS gateway, as far as one can look without sending: by its kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from importlib import import_module
from typing import Any

from notifier.configuration import SmsGateway
from notifier.examination.finding import Finding, Subject
from notifier.gateways.kinds import KINDS, first_error, read

Look = Callable[[Subject, SmsGateway, Any, datetime], Iterator[Finding]]

#: By `provider`: module and function, imported when there is such a gateway. Of any other kind nothing can be known
#: before something is sent.
LOOKS: Mapping[str, tuple[str, str]] = {
    "http": ("notifier.examination.web", "examine_http"),
    "smpp": ("notifier.examination.smsc", "examine_smsc"),
    "smtp": ("notifier.examination.smtp", "examine_relay"),
    "script": ("notifier.examination.script", "examine_script"),
    "sipgate": ("notifier.examination.web", "examine_sipgate"),
    "apprise": ("notifier.examination.services", "examine_services"),
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
    if kind in LOOKS:
        module, name = LOOKS[kind]
        look: Look = getattr(import_module(module), name)
        yield from look(subject, gateway, options, now)
    else:
        yield subject.note(
            f"a gateway of the kind {kind} can't be looked at without sending",
            f"notifier send-test {subject.name} NUMBER",
        )
