"""The Celery app; each setting has its reason beside it (docs/celery.md tells the longer story)."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any

from celery import Celery
from kombu.entity import Exchange, Queue

from notifier.definitions.load import Configuration
from notifier.wiring import Wiring
from notifier.worker import signals
from notifier.worker.board import Board
from notifier.worker.broker import broker
from notifier.worker.current import Current
from notifier.worker.guards import guard_transport

#: One queue per kind of work, so each can be scaled for itself (`notifier worker -Q mail`).
QUEUES = ("events", "mail", "sms", "file")


@cache
def _configuration() -> Configuration:
    """Read once, in the main process: children that start later must not meet a file that is just being edited."""
    return Wiring(_config()).configuration


@cache
def board() -> Board:
    """Where children find what was edited later, once their main process has approved of it."""
    return Board()


@cache
def _current(process: int) -> Current:  # noqa: ARG001 - the key: a forked child builds its own connections
    wiring = Wiring(_config(), configuration=_configuration(), ending=signals.ending.is_asked)
    return Current(wiring, board())


def _config() -> Path:
    return Path(os.environ.get("NOTIFIER_CONFIG", "config"))


def wiring() -> Wiring:
    """This process's wiring: for Redis, or a glance."""
    return _current(os.getpid()).wiring


def at_work() -> AbstractContextManager[Wiring]:
    """This process's wiring for a piece of work, which ends with the configuration that it began with."""
    return _current(os.getpid()).at_work()


def settings() -> dict[str, Any]:
    """Celery's configuration; read when the app is first used, never at import."""
    guard_transport()
    place = broker(wiring().redis_url)
    return {
        "broker_url": place.url,
        "broker_transport_options": dict(place.options),  # each with its reason beside it
        "broker_use_ssl": place.tls,
        "broker_connection_retry_on_startup": True,  # Redis may start after us
        "broker_connection_max_retries": None,  # and may be away for longer than anybody planned
        "task_acks_late": True,  # a bell is answered when the work is done
        "task_retry_on_worker_lost": True,  # a killed child: once more, with the class's retry limit
        "task_reject_on_worker_lost": False,  # would loop for ever on a task that kills its process
        "task_ignore_result": True,  # the record is the truth; no result backend
        "task_store_errors_even_if_ignored": False,
        "task_time_limit": wiring().ways.time_limit,  # last resort only: no attempt within its time-outs is cut
        "task_publish_retry_policy": {"max_retries": 2, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.5},
        "task_serializer": "json",
        "accept_content": ["json"],  # never pickle
        "task_queues": [Queue(name, Exchange(name), routing_key=name) for name in QUEUES],
        "task_default_queue": "events",
        "task_create_missing_queues": False,  # a mistyped -Q is an error, not a queue nobody fills
        "worker_prefetch_multiplier": 1,  # a bell held back in one process rings for nobody
        "worker_send_task_events": True,  # Flower lives on them; batches make them cheap
        "task_send_sent_event": False,  # would make every producer a label in Flower's metrics
        "worker_soft_shutdown_timeout": 20,  # SIGQUIT: time to settle what is claimed
        "worker_hijack_root_logger": False,  # our log is set up by the command
        "worker_redirect_stdouts": False,
        "worker_max_tasks_per_child": 5000,  # whatever leaks, leaks for an hour
        "worker_enable_remote_control": True,  # Flower and `celery inspect`
        "worker_cancel_long_running_tasks_on_connection_loss": False,  # an attempt is never cut after DATA
        "broker_heartbeat": 0,
    }


app = Celery("notifier", include=["notifier.worker.tasks"], set_as_current=False)
app.add_defaults(settings)


def _add_doorkeeper() -> None:
    from notifier.worker.doorkeeper import Doorkeeper  # noqa: PLC0415 - needs the app above

    app.steps["worker"].add(Doorkeeper)


_add_doorkeeper()
signals.connect()
