"""Receipts on their way from the SMSC to the record: in a thread of their own, as Redis may take its time."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from contextlib import suppress

from notifier.deliver.smpp.link import LATER, OK, Link
from notifier.deliver.smpp.pdu import Pdu
from notifier.deliver.smpp.receipt import receipt_of
from notifier.gateways.smpp import SmppOptions
from notifier.record.outbox import RecordError
from notifier.record.receipts import Receipt, Receipts

#: Waiting here; the SMSC keeps what is beyond it.
MOST, AT_ONCE = 1000, 100
#: At the end what lies here is waited for so long (seconds); the SMSC says again what it got no answer to.
FAREWELL = 5.0


class Reports:
    """What comes for us beside answers."""

    def __init__(self, options: SmppOptions) -> None:
        #: Who keeps them; None: nobody.
        self.receipts: Receipts | None = None
        self._options = options
        self._queue: queue.Queue[tuple[Link, Pdu, Receipt] | None] = queue.Queue(MOST)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    @property
    def wanted(self) -> bool:
        """They are asked for."""
        return self._options.receipts and self.receipts is not None

    def take(self, link: Link, pdu: Pdu) -> None:
        """A ``deliver_sm`` or ``data_sm``. It is answered when the record has it; what nobody wants, at once.

        A bind that keeps no receipts (a test's, say) lets the SMSC keep them for one that does.
        """
        receipt = receipt_of(pdu, self._options)
        if receipt is None:
            link.answer(pdu, OK)
            return
        if not self.wanted:
            link.answer(pdu, LATER if self._options.receipts else OK)
            return
        try:
            self._queue.put_nowait((link, pdu, receipt))
        except queue.Full:
            link.answer(pdu, LATER)
            return
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="smpp-receipts", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Let the thread end when it has done what lies here."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread:
            self._queue.put(None)
            thread.join(FAREWELL)

    def _work(self) -> None:
        ended = False
        while not ended:
            batch = [self._queue.get()]
            with suppress(queue.Empty):
                while len(batch) < AT_ONCE:
                    batch.append(self._queue.get_nowait())
            ended = None in batch
            if heard := [one for one in batch if one is not None]:
                self._report(heard)

    def _report(self, batch: Sequence[tuple[Link, Pdu, Receipt]]) -> None:
        status = OK
        try:
            if self.receipts:
                self.receipts.join([receipt for _, _, receipt in batch])
        except RecordError:
            status = LATER  # the SMSC says it once more
        for link, pdu, _ in batch:
            link.answer(pdu, status)
