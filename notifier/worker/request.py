"""A task's request as logs and Flower may see it: without the arguments."""

from __future__ import annotations

from typing import Any

from celery.worker.request import Request

HIDDEN = "(an event)"


class SealedRequest(Request):
    """Arguments of `notifier.handle_event` are an event: addresses, codes, PINs. Nobody who watches sees them."""

    @property
    def argsrepr(self) -> str:
        """What watchers see in place of the arguments."""
        return HIDDEN

    @property
    def kwargsrepr(self) -> str:
        """Nothing."""
        return "{}"

    def info(self, safe: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002, ARG002 - Celery's signature
        """As Celery's, arguments hidden whatever the caller asks for (`celery inspect` asks for all)."""
        return {**super().info(safe=True), "args": HIDDEN, "kwargs": {}}
