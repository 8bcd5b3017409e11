"""A script that sends SMS: whether a worker of this machine, as this user, could run it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from notifier.configuration import SmsGateway
from notifier.deliver.sms.script import script_in
from notifier.examination.finding import Finding, Subject
from notifier.gateways.script import ScriptOptions


def examine_script(subject: Subject, _: SmsGateway, options: ScriptOptions, __: datetime) -> Iterator[Finding]:
    """It is there, in its directory, and may be run."""
    found = script_in(options.directory, options.script)
    if isinstance(found, str):
        yield subject.error(found, f"see {options.script} in {options.directory}")
    else:
        yield subject.ok(f"{options.script} can be run here")
