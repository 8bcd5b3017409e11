"""Publishes the events at their time, and knows which of them Redis answered for."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

import yaml_text

from chaos.dice import Notice
from chaos.peers import mail_address, number
from notifier.client import publish
from notifier.errors import RedisUnreachable

PAUSE = 0.1


class Producer:
    """A thread of its own: the world doesn't wait for our Redis."""

    def __init__(self, notices: Sequence[Notice], redis_url: str) -> None:
        self._notices = notices
        self._url = redis_url
        #: Answered: from here on none of them may be lost.
        self.accepted: set[str] = set()
        #: Tried in vain, given up: they may be there or not.
        self.open: set[str] = set()
        #: Set whenever an event was accepted.
        self.came = threading.Event()
        #: How many calls failed.
        self.failures = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="producer", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def done(self) -> bool:
        """Everything has been published."""
        return not self._thread.is_alive()

    def stop(self) -> None:
        """Leave it at that."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        began = time.monotonic()
        for notice in self._notices:
            if self._stopped.wait(max(began + notice.at - time.monotonic(), 0)):
                return
            self._publish(notice)

    def _publish(self, notice: Notice) -> None:
        while not self._stopped.is_set():
            try:
                publish(event_of(notice), redis_url=self._url)
            except RedisUnreachable:
                self.failures += 1
                if not notice.stubborn:
                    self.open.add(notice.ident)
                    return
                self._stopped.wait(PAUSE)
            else:
                self.accepted.add(notice.ident)
                self.came.set()
                return


def event_of(notice: Notice) -> dict[str, Any]:
    """The event, its recipients' addresses telling the peers how to behave; its serial is its mark in every text."""
    to = {"email": mail_address(notice.ident, notice.temper), "mobile": number(notice.ident, notice.temper)}
    event = yaml_text.event(notice.ident, notice.type, **to)
    event["data"]["token"]["serial"] = notice.ident
    return event
