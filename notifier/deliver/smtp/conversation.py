"""Letters over one connection, each as soon as the one before has left; on a new one where it was lost.

With PIPELINING the next letter's commands go along with the content of the one before: a mail costs one round trip.
What is known of a letter when its connection ends decides: without its final dot the server hasn't got it, so it may
go over another connection; after it, nobody knows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from notifier.configuration import SmtpServer
from notifier.deliver.classify.smtp import classify
from notifier.deliver.patience import AnswerTooLong
from notifier.deliver.provider import Side, unheard
from notifier.deliver.scrub import scrub
from notifier.deliver.signing.writer import Writer
from notifier.deliver.smtp.client import SmtpClient, Unsent
from notifier.deliver.smtp.connection import Dialler
from notifier.deliver.smtp.exchange import ERRORS, Exchange, Lost
from notifier.deliver.smtp.kept import Kept, hang_up
from notifier.deliver.smtp.letter import Letter, letter_of
from notifier.deliver.stop import Stop
from notifier.model import Delivery
from notifier.outcome import Accepted, Deferred, Outcome, Reason, Throttled, Unsure


class Groups:
    """Whether a server is sent several commands at once: some offer it and can't."""

    #: So many groups fail in a row until it isn't,
    STRIKES = 2
    #: for so long (seconds).
    PAUSE = 3600.0

    def __init__(self, *, wanted: bool) -> None:
        self._wanted = wanted
        self._strikes = 0
        self._until = 0.0

    @property
    def allowed(self) -> bool:
        """By now."""
        return self._wanted and (self._strikes < self.STRIKES or time.monotonic() > self._until)

    def fail(self) -> None:
        """A group wasn't answered as it should be."""
        self._strikes += 1
        self._until = time.monotonic() + self.PAUSE

    def work(self) -> None:
        """A group was answered."""
        self._strikes = 0


class Conversation:
    """One window's letters to one server."""

    def __init__(
        self,
        server: SmtpServer,
        writer: Writer,
        dialler: Dialler,
        kept: Kept,
        groups: Groups,
        may_go: Callable[[], bool],
    ) -> None:
        self._server = server
        self._writer = writer
        self._dialler = dialler
        self._kept = kept
        self._groups = groups
        self._may_go = may_go
        self._connection: SmtpClient | None = None
        #: Its content may follow.
        self._ready: Exchange | None = None

    def outcomes(self, deliveries: Iterator[Delivery]) -> Iterator[Outcome | None]:
        """In the order of the deliveries, None for one that wasn't tried; the connection is kept afterwards."""
        try:
            for delivery in deliveries:
                try:
                    letter = letter_of(delivery, self._server, self._writer)
                except Stop as stop:
                    yield from self._finish()
                    yield stop.outcome
                except BaseException:
                    yield from self._finish()  # a bug met by one letter is not the others'
                    raise
                else:
                    yield from self._next(letter)
            yield from self._finish()
        except BaseException:
            self._drop()  # nobody knows where the conversation stands
            raise
        if self._connection is not None:
            (hang_up if self._is_worn else self._kept.keep)(self._connection)

    def _next(self, letter: Letter) -> Iterator[Outcome | None]:
        begun = None
        if self._ready is not None:
            if not self._may_go():
                self._drop()
                yield from (None, None)
                return
            begun = self._behind(self._ready, letter)
            outcome = self._hand_over(self._ready, begun)
            yield outcome
            if self._connection is None:
                begun = None
                if _is_over(outcome):
                    yield None
                    return
        found = self._prepare(letter, begun)
        if isinstance(found, Exchange):
            self._ready = found
        else:
            yield found

    def _finish(self) -> Iterator[Outcome | None]:
        if self._ready is None:
            return
        if self._may_go():
            yield self._hand_over(self._ready, None)
        else:  # after 354 nothing was handed over yet, and hanging up leaves it so
            self._drop()
            yield None

    def _behind(self, ready: Exchange, letter: Letter) -> Exchange | None:
        """The next letter's exchange, if it can begin behind this one's content."""
        if not ready.in_groups or not self._groups.allowed or self._is_worn:
            return None
        try:
            return Exchange(ready.connection, letter, pipelining=True)
        except Stop:
            return None  # found again when it is its turn

    def _prepare(self, letter: Letter, begun: Exchange | None) -> Exchange | Outcome:
        """Up to where the content may follow, over a new connection where the old one is no good."""
        exchange, pipelining = begun, self._groups.allowed
        while True:
            try:
                if exchange is None:
                    exchange = Exchange(self._connected(), letter, pipelining=pipelining)
                    exchange.open()
                exchange.run()
            except Stop as stop:
                if self._connection is not None and self._connection.sock is None:
                    self._drop()
                return stop.outcome
            except Lost as lost:
                self._drop()
                if exchange is None or not self._is_worth_another(exchange, lost):
                    return lost.outcome
                pipelining = pipelining and not (exchange.in_groups and not exchange.is_stale)
                exchange = None
            else:
                if exchange.in_groups:
                    self._groups.work()
                return exchange

    def _is_worth_another(self, exchange: Exchange, lost: Lost) -> bool:
        """The letter may go over a new connection: the old one was stale, or the server isn't up to groups."""
        confused = exchange.in_groups and not lost.goodbye and (lost.in_silence or not exchange.is_stale)
        if confused:
            self._groups.fail()
        return not lost.in_silence and (confused or exchange.is_stale)

    def _connected(self) -> SmtpClient:
        connection = self._connection or self._kept.take()
        self._connection = connection
        if connection is not None and self._is_worn:
            hang_up(connection)
            self._connection = connection = None
        if connection is None:
            self._connection = connection = self._dialler.open()
        return connection

    @property
    def _is_worn(self) -> bool:
        """It has carried as many messages as it may."""
        return self._connection is not None and self._connection.begun >= self._server.messages_per_connection

    def _hand_over(self, ready: Exchange, begun: Exchange | None) -> Outcome:
        """The content, and behind it how the next letter begins; the server's word to the content."""
        self._ready = None
        connection, content = ready.connection, ready.letter.stuffed
        if connection.hear is not unheard:
            connection.hear(Side.NOTE, f"the message, {len(content)} bytes")
        try:
            connection.write(content + begun.opening if begun else content)
            code, words = connection.getreply()
        except ERRORS as error:
            self._drop()
            if begun is not None:
                self._groups.fail()
            if isinstance(error, Unsent) and error.sent < len(content):
                return _cut_short(error)
            return _unanswered(error)
        hidden = ready.letter.hidden(words)
        if code == 421 or not 200 <= code < 600:
            self._drop()
        if 400 <= code < 600:
            return classify(code, words, hidden=hidden)
        said = f"{code} {scrub(words, hidden)}"
        if not 200 <= code < 300:
            self._drop()
            return Unsure(Reason.UNEXPECTED_ANSWER, said)
        of, warning = len(ready.letter.recipients), ready.letter.warning
        refusals = f"{ready.refused} of {of} recipients refused" if ready.refused else ""
        return Accepted("; ".join(filter(None, (said, refusals, warning))), warning=warning)

    def _drop(self) -> None:
        connection, self._connection, self._ready = self._connection, None, None
        if connection is not None:
            connection.close()


def _cut_short(error: Unsent) -> Outcome:
    """Without the final dot the server has no message."""
    if isinstance(error.__context__, TimeoutError):
        return Deferred(Reason.TIMED_OUT, "the server stopped reading inside the message")
    return Deferred(Reason.CONNECTION_LOST, "the connection was lost inside the message")


def _unanswered(error: Exception) -> Outcome:
    if isinstance(error.__context__, TimeoutError):
        return Unsure(Reason.NO_ANSWER, "the message was handed over, and no answer came in time")
    if isinstance(error.__context__, AnswerTooLong):
        return Unsure(Reason.UNEXPECTED_ANSWER, "the message was handed over, and the answer has no end")
    return Unsure(Reason.CONNECTION_LOST, "the message was handed over, and the connection was lost")


def _is_over(outcome: Outcome) -> bool:
    """The server asked to be left alone, or doesn't answer."""
    if isinstance(outcome, Throttled) or (isinstance(outcome, Deferred) and outcome.provider_failed):
        return True
    return outcome.reason in (Reason.TIMED_OUT, Reason.NO_ANSWER)
