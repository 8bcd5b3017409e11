"""One bound connection. A thread of its own reads it, answers, and asks now and then whether somebody is there."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from notifier.deliver.provider import Hear, Side, unheard
from notifier.deliver.smpp.pdu import ANSWER, LAST_SEQUENCE, Command, Malformed, Pdu
from notifier.deliver.smpp.transcript import described
from notifier.deliver.smpp.wire import Wire
from notifier.outcome import Reason

#: The statuses we answer with.
OK, UNKNOWN_COMMAND, LATER = 0x00, 0x03, 0x64
NOT_BOUND = 0x04
#: An SMSC that asks and asks and reads no answer is none; octets that wait for it, with the requests of any window.
MOST_WAITING = 16 << 20
#: A goodbye isn't waited for longer (seconds).
FAREWELL = 1.0


@dataclass(slots=True)
class Asked:
    """A request, and what came of it."""

    command: Command
    sequence: int
    #: See `Wire.written`.
    end: int
    #: When an answer is too late.
    until: float
    answer: Pdu | None = None

    @property
    def astray(self) -> str:
        """Its answer in words, where it says nothing of what was asked; empty: it does, or there is none.

        Whoever didn't understand a request says why: one that is fine can't be the reason.
        """
        answer = self.answer
        if answer is None or answer.command == self.command | ANSWER:
            return ""
        if answer.command == Command.GENERIC_NACK and answer.status != OK:
            return ""
        return f"{answer.name} for an answer to {self.command.name.lower()}"


@dataclass(frozen=True, slots=True)
class End:
    """Why a link is over."""

    reason: Reason
    words: str


LOST = End(Reason.CONNECTION_LOST, "the connection was lost")
CLOSED = End(Reason.CONNECTION_LOST, "the SMSC closed the connection")
NO_SMPP = End(Reason.UNEXPECTED_ANSWER, "what the SMSC sent isn't SMPP")
SILENT = End(Reason.NO_ANSWER, "no answer to enquire_link in time")
LEFT = End(Reason.CONNECTION_LOST, "the SMSC takes no more over this bind")
OURS = End(Reason.CONNECTION_LOST, "the connection was closed here")


class Link:
    """A connection, and everybody's requests on it.

    Whoever writes holds the lock, and so does the thread that reads: TLS allows one at a time. `changed` tells of
    answers, and of the end.
    """

    def __init__(
        self,
        wire: Wire,
        *,
        timeout: float,
        enquire: float,
        idle: float,
        hear: Hear,
        deliver: Callable[[Link, Pdu], None],
    ) -> None:
        """Begin to read.

        Args:
            wire: The connection.
            timeout: How long (seconds) an answer may take.
            enquire: After so many seconds of silence we ask.
            idle: It is given back after so many seconds without a request; 0: never.
            hear: Told what is said.
            deliver: Given each ``deliver_sm`` and ``data_sm``; answers it by `answer`, in any thread. Must not wait.
        """
        self.changed = threading.Condition()
        #: Why it is over; None: it isn't.
        self.end: End | None = None
        #: The other side wants no more requests.
        self.leaving = False
        self._wire = wire
        self._timeout = timeout
        self._enquire = enquire
        self._idle = idle
        self._hear = hear
        self._deliver = deliver
        self._sequence = 0
        self._open: dict[int, Asked] = {}
        self._heard = self._used = time.monotonic()
        self._enquiry: Asked | None = None
        #: How many have more to ask here.
        self._holders = 0
        #: We said goodbye.
        self._unbound = False
        self._thread = threading.Thread(target=self._read, name="smpp", daemon=True)
        self._thread.start()

    @property
    def usable(self) -> bool:
        """It takes requests."""
        with self.changed:
            return self.end is None and not self.leaving

    def hold(self) -> None:
        """There is more to be asked here: it isn't idle until `release`."""
        with self.changed:
            self._holders += 1

    def release(self) -> None:
        """Whoever held it has nothing more to ask."""
        with self.changed:
            self._holders -= 1
            self._wire.wake()

    def ask(self, command: Command, body: bytes = b"") -> Asked | None:
        """Send a request; its answer comes later, or never (see `end`). None: it takes none, and nothing was sent."""
        with self.changed:
            if self.end is None:  # a goodbye that the other thread hasn't read yet would leave the request in doubt
                self._exchange()
            if not self.usable:
                return None
            self._used = time.monotonic()
            return self._ask(command, body)

    def _ask(self, command: Command, body: bytes = b"") -> Asked:
        self._sequence = self._sequence % LAST_SEQUENCE + 1
        asked = self._open[self._sequence] = Asked(command, self._sequence, 0, time.monotonic() + self._timeout)
        asked.end = self._say(Pdu(command, self._sequence, OK, body))
        return asked

    def answer(self, request: Pdu, status: int = OK) -> None:
        """Answer what the other side has asked."""
        # What a message's answer names, it names in vain: the field is there, and empty.
        named = b"\0" if request.command in (Command.DELIVER_SM, Command.DATA_SM) else b""
        with self.changed:
            if self._wire.waiting > MOST_WAITING:
                self._finish(NO_SMPP)
            self._say(Pdu(request.command | ANSWER, request.sequence, status, named))

    def went_out(self, asked: Asked) -> bool:
        """All of a request has gone: the other side may have read it."""
        return asked.end <= self._wire.written

    def forget(self, asked: Asked) -> None:
        """Nobody waits for its answer any more."""
        with self.changed:
            self._open.pop(asked.sequence, None)
            if self.leaving:
                self._wire.wake()

    def leave(self) -> None:
        """Nothing more is to be asked here. When all that was asked is answered, or forgotten, it ends."""
        with self.changed:
            self.leaving = True
            self._wire.wake()

    def wait_for(self, condition: Callable[[], object], until: float) -> bool:
        """Wait for something that an answer brings; False: it is too late, or the link is over."""
        with self.changed:
            over = lambda: self.end is not None or condition()  # noqa: E731
            self.changed.wait_for(over, max(until - time.monotonic(), 0))
            return bool(condition())

    def close(self) -> None:
        """Say goodbye where somebody listens, and let go."""
        with self.changed:
            self._unbound = True
            asked = self._ask(Command.UNBIND) if self.end is None else None
        if asked:
            self.wait_for(lambda: asked.answer, time.monotonic() + min(self._timeout, FAREWELL))
        with self.changed:
            self._finish(OURS)
        if threading.current_thread() is not self._thread:
            self._thread.join(FAREWELL)

    def _say(self, pdu: Pdu) -> int:
        if self._hear is not unheard:
            self._hear(Side.US, described(pdu))
        if self.end is None:
            try:
                return self._wire.write(pdu.encode())
            except OSError:
                self._finish(LOST)
        return self._wire.written + 1  # it never goes out

    def _finish(self, end: End) -> End:
        """It is over, unless it was before; why."""
        self.end = self.end or end
        self._wire.wake()
        self.changed.notify_all()
        return self.end

    # --- the reading thread ---

    def _read(self) -> None:
        try:
            while self.end is None:
                self._wire.wait(self._patience())
                with self.changed:
                    if self.end is None:
                        self._exchange()
        finally:  # also of a bug: nobody waits for a link that nobody reads
            with self.changed:
                end = self._finish(LOST)
                self._wire.close()
                if self._hear is not unheard and end is not OURS:
                    self._hear(Side.NOTE, end.words)

    def _exchange(self) -> None:
        end: End | None = None
        try:
            self._wire.flush()
            for pdu in self._wire.read():
                self._heard = time.monotonic()
                self._take(pdu)
        except EOFError:
            end = OURS if self._unbound else CLOSED
        except OSError:
            end = LOST
        except Malformed:
            end = NO_SMPP
        end = end or self._look_after()
        if end:
            self._finish(end)
        else:
            self.changed.notify_all()

    def _take(self, pdu: Pdu) -> None:
        if self._hear is not unheard:
            self._hear(Side.PEER, described(pdu))
        if pdu.is_answer:
            # It has forgotten who we are.
            self.leaving = self.leaving or pdu.status == NOT_BOUND
            if asked := self._open.pop(pdu.sequence, None):
                asked.answer = pdu
        elif pdu.command in (Command.DELIVER_SM, Command.DATA_SM):
            self._deliver(self, pdu)
        elif pdu.command in (Command.ENQUIRE_LINK, Command.UNBIND):
            self.leaving = self.leaving or pdu.command == Command.UNBIND
            self.answer(pdu)
        else:
            self._say(Pdu(Command.GENERIC_NACK, pdu.sequence, UNKNOWN_COMMAND))

    def _patience(self) -> float:
        """How long nothing has to be done."""
        now = time.monotonic()
        waits = [self._heard + self._enquire - now if self._enquiry is None else self._enquiry.until - now]
        if self._idle and not self._holders:
            waits.append(self._used + self._idle - now)
        return max(min(waits), 0.005)

    def _look_after(self) -> End | None:
        """Ask whether somebody is there; give the bind back where nobody uses it."""
        now = time.monotonic()
        idle = self._idle and not self._holders and now - self._used >= self._idle
        if (idle or self.leaving) and not self._open:
            self._ask(Command.UNBIND)
            return OURS
        if self._enquiry is None:
            if now - self._heard >= self._enquire:
                self._enquiry = self._ask(Command.ENQUIRE_LINK)
        elif self._enquiry.answer is not None or self._heard > self._enquiry.until - self._timeout:
            self.forget(self._enquiry)
            self._enquiry = None
        elif now >= self._enquiry.until:
            return SILENT
        return None
