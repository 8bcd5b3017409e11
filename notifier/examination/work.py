"""Workers, and what lies there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from notifier.circuit import State
from notifier.examination.finding import Finding, Subject

if TYPE_CHECKING:
    from notifier.wiring import Wiring


def examine_work(subject: Subject, wiring: Wiring) -> Iterator[Finding]:
    """Who works, with what; and what needs somebody's eye."""
    reports = wiring.workers.reports()
    if not reports:
        yield subject.error("no worker runs", "start `notifier worker`, or `notifier up`")
    version = wiring.configuration.version
    for name, report in reports.items():
        if report.error:
            yield subject.error(f"{name} works with an older configuration: {report.error}", "mend it; it is read anew")
        elif report.version != version:
            yield subject.note(f"{name} works with configuration {report.version}, here is {version}")
        else:
            yield subject.ok(f"{name} works with this configuration")
    yield from _examine_queues(subject, wiring)


def _examine_queues(subject: Subject, wiring: Wiring) -> Iterator[Finding]:
    glance = wiring.glance()
    for queue in glance.queues:
        if queue.state is not State.OK:
            waits = queue.due + queue.waiting
            yield subject.warning(f"{queue.way}: {queue.state}, {waits} wait", "`notifier send-test` shows why")
    if glance.dead:
        aside = f", {glance.held_back} of them held back by limits.per_recipient" if glance.held_back else ""
        yield subject.warning(f"{glance.dead} on the desk{aside}", "`notifier dead list`")
    if unread := len(wiring.quarantine):
        yield subject.warning(f"{unread} in quarantine", "`notifier quarantine list`")
