"""Many looks at once, within a time."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event, Thread

from notifier.examination.finding import Finding, Subject

Look = Callable[[], Iterator[Finding]]
MOST_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Visit:
    """One look, and what it found so far."""

    subject: Subject
    look: Look
    findings: list[Finding] = field(default_factory=list)
    over: Event = field(default_factory=Event)

    def make(self) -> None:
        """Look, whatever comes of it."""
        try:
            for finding in self.look():
                self.findings.append(finding)
        except Exception as error:  # noqa: BLE001 - one look that fails must not keep the others' findings back
            what = f"{type(error).__name__} while it was examined"
            self.findings.append(self.subject.error(what, "report this as a bug"))
        finally:
            self.over.set()

    def found(self, until: float) -> Iterator[Finding]:
        """All of it; what there is at that time (monotonic), and an error, where the look hasn't ended by then."""
        ended = self.over.wait(max(0.0, until - time.monotonic()))
        yield from tuple(self.findings)
        if not ended:
            yield self.subject.error("its examination didn't end in time", "see its time-out, and the network between")


def rounds(looks: Mapping[Subject, Look], seconds: float) -> Iterator[Finding]:
    """The findings in the order of the looks, so that a report is the same each time; each as soon as it is its turn.

    Nothing waits longer than so many seconds: not whoever asks, and not the end of the process either, which would wait
    for an executor's threads.
    """
    until = time.monotonic() + seconds
    visits = [Visit(subject, look) for subject, look in looks.items()]
    waiting = deque(visits)
    try:
        for number in range(min(MOST_AT_ONCE, len(visits))):
            Thread(target=_work, args=(waiting,), name=f"doctor-{number}", daemon=True).start()
        yield from _told(visits, until)
    finally:
        waiting.clear()


def _told(visits: Sequence[Visit], until: float) -> Iterator[Finding]:
    for visit in visits:
        yield from visit.found(until)


def _work(waiting: deque[Visit]) -> None:
    while True:
        try:
            visit = waiting.popleft()
        except IndexError:
            return
        visit.make()
