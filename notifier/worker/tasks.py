"""The tasks: ten lines each, no arguments but a provider's name. What they return is what Flower shows."""

from __future__ import annotations

import os
import time
import traceback
from functools import cache
from typing import TYPE_CHECKING, Any

from celery import Task
from celery.exceptions import CeleryError
from redis.exceptions import RedisError

from notifier.errors import NotifierError, TaskFailed
from notifier.model import Channel
from notifier.record.outbox import Way
from notifier.wiring import now
from notifier.worker.app import app, at_work, wiring
from notifier.worker.bells import Bells
from notifier.worker.handover import hand_over
from notifier.worker.lanes import BUDGET_SECONDS, Lanes
from notifier.worker.permanent import permanent
from notifier.worker.signals import ending
from notifier.worker.sweep import sweep as sweep_once

if TYPE_CHECKING:
    from notifier.pipeline import TakenIn

BATCH = 100


class BellTask(Task):
    """A killed child's bell comes back after 5 s, twice at most; the sweep would ring it anyway."""

    abstract = True
    default_retry_delay = 5
    max_retries = 2

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run; of a bug nothing but its kind is told: its words may hold whatever was being worked on."""
        try:
            return super().__call__(*args, **kwargs)
        except (RedisError, NotifierError, CeleryError):
            raise
        except Exception as error:  # noqa: BLE001 - the task boundary
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{place.filename}:{place.lineno}"
            raise TaskFailed(f"{type(error).__name__} at {where}; nothing is lost, the sweep rings again") from None


@app.task(name="notifier.evaluate", bind=True, base=BellTask)
def evaluate(self: Task) -> str:
    """Drain the stream: evaluate events, plan their deliveries, ring for them."""
    began, events, deliveries, quarantined = time.monotonic(), 0, 0, 0
    while True:
        taken, bells = _take_in()
        events, quarantined = events + taken.planned, quarantined + taken.quarantined
        deliveries += sum(taken.ways.values())
        for way, due in taken.ways.items():
            bells.ring_way(way, due)
        if not taken.entries or time.monotonic() - began > BUDGET_SECONDS or ending.is_asked():
            break
    bells.answered("evaluate", self.request.id)
    if taken.entries:
        bells.ring_evaluate()
    return f"{events} events, {deliveries} deliveries, {quarantined} quarantined"


@cache
def _lanes(process: int) -> Lanes:  # noqa: ARG001 - the key: threads don't come along into a forked child
    return Lanes(at_work, ending)


def _take_in() -> tuple[TakenIn, Bells]:
    with at_work() as house:
        intake = house.intake
        permanent.keep(house.configuration.version)
        return intake.take_in(BATCH, now), Bells(house)


def _drain(channel: Channel, provider: str, bell: str | None) -> str:
    way = Way(channel, provider)
    with at_work() as house:
        if not Bells(house).enter(way, bell):
            return f"{provider}: enough are at it"
    return f"{provider}: {_lanes(os.getpid()).deliver(way, bell)}"


@app.task(name="notifier.sendmail", bind=True, base=BellTask)
def sendmail(self: Task, provider: str) -> str:
    """Deliver what is due at one SMTP server."""
    return _drain(Channel.MAIL, provider, self.request.id)


@app.task(name="notifier.sendsms", bind=True, base=BellTask)
def sendsms(self: Task, provider: str) -> str:
    """Deliver what is due at one SMS gateway."""
    return _drain(Channel.SMS, provider, self.request.id)


@app.task(name="notifier.savefile", bind=True, base=BellTask)
def savefile(self: Task, provider: str) -> str:
    """Write the files that are due."""
    return _drain(Channel.FILE, provider, self.request.id)


@app.task(name="notifier.sweep", base=BellTask)
def sweep() -> str:
    """Sweep now; the workers do it by themselves all the time."""
    return f"{sweep_once(wiring()).rung} had something due"


@app.task(
    name="notifier.handle_event",
    base=BellTask,
    time_limit=300,  # then the message is handed out again
    max_retries=None,  # its message is all there is of the event
    Request="notifier.worker.request:SealedRequest",
)
def handle_event(event: Any) -> str:
    """For shops that already run Celery: append an event to the stream. Unreadable ones end in quarantine there."""
    hand_over(event, wiring().stream.append)
    return "appended"
