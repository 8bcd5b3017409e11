"""Mail over SMTP: one kept connection, every reply classified, and a clear line between *not sent* and *unsure*."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from notifier.configuration import SmtpServer
from notifier.deliver.provider import Hear, unheard
from notifier.deliver.signing.writer import Writer
from notifier.deliver.smtp.connection import Dialler
from notifier.deliver.smtp.conversation import Conversation, Groups
from notifier.deliver.smtp.kept import Kept
from notifier.model import Delivery
from notifier.outcome import Misconfigured, Outcome, Reason


class SmtpProvider:
    """One SMTP server; see `notifier.deliver.provider.Windowed`."""

    def __init__(self, server: SmtpServer, *, hear: Hear = unheard) -> None:
        self._server = server
        self._writer = Writer(server)
        self._dialler = Dialler(server, hear)
        self._kept = Kept(server.idle)
        self._groups = Groups(wanted=server.pipelining)

    def send(self, delivery: Delivery) -> Outcome:
        """One message over the kept connection; one found closed is replaced once, before anything is sent."""
        (outcome,) = (told for told in self.send_each(iter((delivery,))) if told is not None)
        return outcome

    def send_each(
        self, deliveries: Iterator[Delivery], may_go: Callable[[], bool] = lambda: True
    ) -> Iterator[Outcome | None]:
        """Several over the same connection; where the server allows it, one is taken ahead of the last outcome."""
        if self._server.broken:
            return (Misconfigured(Reason.PROVIDER_BROKEN, self._server.broken) for _ in deliveries)
        conversation = Conversation(self._server, self._writer, self._dialler, self._kept, self._groups, may_go)
        return conversation.outcomes(deliveries)

    def close(self) -> None:
        """Say QUIT where somebody listens."""
        self._kept.release()
