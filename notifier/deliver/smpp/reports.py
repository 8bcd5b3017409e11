"""Receipts on their way from the SMSC to the record: in a thread of their own, as Redis may take its time."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Sequence
from contextlib import suppress

from notifier.deliver.smpp.link import LATER, OK, Link
from notifier.deliver.smpp.pdu import Pdu
from notifier.deliver.smpp.receipt import receipt_of
from notifier.gateways.smpp import SmppOptions
from notifier.observe.log import write
from notifier.record.outbox import RecordError
from notifier.record.receipts import Receipt, Receipts

#: Waiting here; the SMSC keeps what is beyond it.
MOST, AT_ONCE = 1000, 100
#: At the end what lies here is waited for so long (seconds); the SMSC says again what it got no answer to.
FAREWELL = 5.0
#: After a bug so many seconds, then twice as many each time.
PAUSE, LONGEST_PAUSE = 1.0, 30.0


class Reports:
    """What comes for us beside answers."""

    def __init__(self, options: SmppOptions) -> None:
        #: Who keeps them; None: nobody.
        self.receipts: Receipts | None = None
        self._options = options
        self._queue: queue.Queue[tuple[Link, Pdu, Receipt] | None] = queue.Queue(MOST)
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()
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
                self._ending = threading.Event()
                self._thread = threading.Thread(
                    target=self._work, args=(self._ending,), name="smpp-receipts", daemon=True
                )
                self._thread.start()

    def close(self) -> None:
        """Let the thread end when it has done what lies here; whatever hangs, this ends in its time."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._ending.set()
        if thread:
            with suppress(queue.Full):  # then there is enough here to wake it
                self._queue.put_nowait(None)
            thread.join(FAREWELL)

    def _work(self, ending: threading.Event) -> None:
        pause = PAUSE
        while batch := self._batch(ending):
            if self._report([one for one in batch if one is not None]):
                pause = PAUSE
            else:
                ending.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def _batch(self, ending: threading.Event) -> Sequence[tuple[Link, Pdu, Receipt] | None]:
        """What lies here, or comes; nothing: it is over."""
        batch: list[tuple[Link, Pdu, Receipt] | None] = []
        with suppress(queue.Empty):
            batch.append(self._queue.get(block=not ending.is_set()))
            while len(batch) < AT_ONCE:
                batch.append(self._queue.get_nowait())
        return batch

    def _report(self, batch: Sequence[tuple[Link, Pdu, Receipt]]) -> bool:
        """Join and answer them; False: a bug was met, and the next would meet it, too."""
        status, well = OK, True
        try:
            if self.receipts and batch:
                self.receipts.join([receipt for _, _, receipt in batch])
        except RecordError:
            status = LATER  # the SMSC says it once more
        except Exception as error:  # noqa: BLE001 - a thread that has ended takes no receipt until the next restart
            write(logging.ERROR, "receipts.failed", error=type(error).__name__)
            status, well = LATER, False
        for link, pdu, _ in batch:
            link.answer(pdu, status)
        return well
