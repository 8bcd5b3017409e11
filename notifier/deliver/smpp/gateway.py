"""SMS over SMPP: deliveries through one kept bind, several under way at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from notifier.configuration import SmsGateway
from notifier.deliver.provider import Hear, unheard
from notifier.deliver.smpp.dialler import Dialler
from notifier.deliver.smpp.flight import Flight
from notifier.deliver.smpp.link import Link
from notifier.deliver.smpp.reports import Reports
from notifier.gateways.smpp import read
from notifier.model import Delivery
from notifier.outcome import Outcome
from notifier.record.receipts import Receipts

#: After an edited configuration the bind of the one before is given back beside the work, in so many seconds at most.
HANDOVER = 10.0


class SmppGateway:
    """One SMSC; see `notifier.deliver.provider.Windowed`."""

    def __init__(self, gateway: SmsGateway, *, hear: Hear = unheard) -> None:
        self._options, _ = read(gateway)
        # Whoever listens wants to know at once.
        self._dialler = Dialler(self._options, hear, handover=HANDOVER if hear is unheard else 0)
        self._reports = Reports(self._options)
        self._link: Link | None = None
        self._lock = threading.Lock()

    def report_to(self, receipts: Receipts) -> None:
        """From now on receipts are asked for, where the gateway is to; without anybody who keeps them they aren't."""
        self._reports.receipts = receipts

    def send(self, delivery: Delivery) -> Outcome:
        """One message over the kept bind."""
        (outcome,) = (told for told in self.send_each(iter((delivery,))) if told is not None)
        return outcome

    def send_each(
        self, deliveries: Iterator[Delivery], may_go: Callable[[], bool] = lambda: True
    ) -> Iterator[Outcome | None]:
        """Several, up to ``WINDOW`` parts under way at once."""
        return Flight(self._options, self._bound, may_go, receipts=self._reports.wanted).outcomes(deliveries)

    def close(self) -> None:
        """Give the bind back."""
        with self._lock:
            link, self._link = self._link, None
        if link:
            link.close()
        self._reports.close()

    def _bound(self) -> Link:
        """A link that takes requests.

        Raises:
            Stop: there is none to be had.
        """
        with self._lock:
            if self._link is None or not self._link.usable:
                before, self._link = self._link, None
                if before:  # what is under way there may still be answered
                    before.leave()
                self._link = self._dialler.bind(self._reports.take)
            return self._link
