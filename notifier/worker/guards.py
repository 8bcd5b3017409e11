"""A guard around a fault of kombu's Redis transport that can end a worker when Redis restarts."""

from __future__ import annotations

import logging
from typing import Any

from kombu.transport.redis import QoS

log = logging.getLogger(__name__)


def guard_restore() -> None:
    """Let a failed hand-back of bells be a log line.

    While Redis refuses connections, closing a channel tries to restore unacknowledged messages through a pool it
    has just closed: an AttributeError nobody catches, exit 1 (kombu 5.7; compare celery/kombu#582). A bell that
    isn't handed back is harmless: the sweep rings again.
    """
    transport: Any = QoS
    restore = transport.restore_unacked
    if getattr(restore, "guarded", False):
        return

    def restore_unacked(self: Any, client: Any = None) -> Any:
        try:
            return restore(self, client)
        except Exception as error:  # noqa: BLE001 - whatever it is, dying of it is worse
            log.warning("bells could not be handed back to Redis (%s); the sweep will ring again", type(error).__name__)
            self._delivered.clear()
            return None

    restore_unacked.guarded = True  # type: ignore[attr-defined]
    transport.restore_unacked = restore_unacked
