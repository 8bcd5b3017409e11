"""Guards around faults of kombu and Celery that would end a worker, or tell its log what nobody may read."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from kombu.transport import redis as transport_module
from kombu.transport.redis import Channel, QoS, Transport

from notifier.record.redis_client import leaving

log = logging.getLogger(__name__)
#: Celery prints the whole message with these; it may be an event.
TELLTALE = (
    "Received unregistered task",
    "Received and deleted unknown message",
    "Received invalid task message",
    "Can't decode message body",
)
#: What an entry of a queue that is no message makes kombu and Celery stumble over; a lost connection is none of them.
STUMBLES = (TypeError, ValueError, KeyError, AttributeError, RecursionError)


def guard_transport() -> None:
    """Let trouble with Redis while bells are handed back, acknowledged or noted be a log line.

    While Redis refuses, kombu 5.7 handles messages through a connection it has just closed: an AttributeError
    nobody catches, and the worker ends (compare celery/kombu#582). A full Redis refuses the note of a message
    that was taken already, with the same end. A bell that isn't noted or handed back is harmless: the sweep rings
    again.
    """
    transport: Any = QoS
    for name in ("restore_unacked", "ack", "append", "reject"):
        original = getattr(transport, name)
        if not getattr(original, "guarded", False):
            setattr(transport, name, _guarded(original, name))
    _leave_replicas()
    _drop_strangers()
    logging.getLogger("celery.worker.consumer.consumer").addFilter(hide_bodies)
    # At DEBUG it writes what each task is called with.
    logging.getLogger("celery.pool").setLevel(logging.INFO)


def _leave_replicas() -> None:
    """Let a demoted master be a lost connection: what it says then is an error nobody catches in kombu 5.7."""
    channel: Any = Channel
    original = channel._connparams  # noqa: SLF001 - the one place where every connection of kombu's is described
    if getattr(original, "guarded", False):
        return

    def described(self: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        parameters: dict[str, Any] = original(self, *args, **kwargs)
        return {**parameters, "connection_class": leaving(parameters["connection_class"])}

    described.guarded = True  # type: ignore[attr-defined]
    channel._connparams = described  # noqa: SLF001


def _drop_strangers() -> None:
    """Let an entry of a queue that is no message be a log line; in kombu 5.7 it ends the worker."""
    kombu: Any = transport_module
    transport: Any = Transport
    loads, deliver = kombu.loads, transport._deliver  # noqa: SLF001 - where every entry comes by
    if getattr(loads, "guarded", False):
        return

    def read(text: Any) -> Any:
        try:
            return loads(text)
        except (ValueError, RecursionError):
            return None  # dropped below

    def delivered(self: Any, message: Any, queue: Any) -> None:
        try:
            deliver(self, message, queue)
        except STUMBLES as error:  # its words may hold the entry
            log.warning("an entry that is no Celery message was dropped (%s)", type(error).__name__)

    read.guarded = True  # type: ignore[attr-defined]
    kombu.loads = read
    transport._deliver = delivered  # noqa: SLF001


def _guarded(original: Callable[..., Any], name: str) -> Callable[..., Any]:
    def guarded(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(self, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - whatever it is, dying of it is worse
            log.warning("%s failed (%s); the sweep will ring again", name, type(error).__name__)
            if name == "restore_unacked":
                self._delivered.clear()
            elif name == "reject":  # it stays noted until it is handed out again; its place is free at once
                self._quick_ack(args[0])
            return None

    guarded.guarded = True  # type: ignore[attr-defined]
    return guarded


def hide_bodies(record: logging.LogRecord) -> bool:
    """Say that a message could not be used, and not what was in it."""
    if isinstance(record.msg, str) and record.msg.lstrip().startswith(TELLTALE):
        record.msg = "a Celery message that is no task of ours was dropped; events belong into the stream"
        record.args, record.exc_info, record.exc_text = (), None, None
    return True
