"""One letter's way to the point where its content may follow: MAIL, RCPT, DATA, and the server's word to each.

Over a pipelining server (RFC 2920) the commands go in groups; each reply is read in order and belongs to its command
alone. DATA goes along only with a single recipient: of several, whether anything may be sent depends on all replies.
"""

from __future__ import annotations

import re
import smtplib
from contextlib import suppress
from itertools import islice

from notifier.deliver.classify.smtp import classify
from notifier.deliver.smtp.client import SmtpClient
from notifier.deliver.smtp.connection import failure
from notifier.deliver.smtp.letter import Letter
from notifier.deliver.stop import Stop
from notifier.outcome import Deferred, Misconfigured, Outcome, Reason, Rejected, Throttled

ERRORS = (OSError, smtplib.SMTPException)
#: More commands than these are not under way at once: their replies have to fit into what lies between us.
LARGEST_GROUP = 100
#: What a server says that takes several commands at once for a mistake.
_CONFUSED = re.compile(rb"pipelin|synchroni[sz]", re.IGNORECASE)
#: A server may count the messages of a connection and not say 421 to the one too many: OpenSMTPD's "452 4.5.3 Too many
#: recipients: Too many messages sent", for ever after.
_WORN = re.compile(
    rb"too many (messages|mails|transactions)|(per|this|in one|in a) (session|connection)", re.IGNORECASE
)
#: Unknown, not implemented, out of sequence: of commands that every server knows, in the right order.
_UNEXPECTED = (500, 502, 503)


class Lost(Exception):
    """The connection is over, or worth nothing; nothing of the letter was sent."""

    def __init__(self, outcome: Outcome, *, goodbye: bool = False) -> None:
        super().__init__(outcome.kind)
        self.outcome = outcome
        #: The server said that it would close (421).
        self.goodbye = goodbye

    @property
    def in_silence(self) -> bool:
        """No answer came: on another connection, one would have to wait as long."""
        return self.outcome.reason is Reason.TIMED_OUT


class Exchange:
    """A letter on a connection. First its `opening` is said, by itself or behind the content of another letter."""

    def __init__(self, connection: SmtpClient, letter: Letter, *, pipelining: bool) -> None:
        """Prepare; nothing is said yet.

        Raises:
            Stop: The server can't carry this letter.
        """
        self.connection = connection
        self.letter = letter
        #: The connection carried a message before.
        self.kept = connection.begun > 0
        #: Several commands are under way at once, or were.
        self.in_groups = pipelining and connection.has_extn("pipelining")
        #: The server has answered something.
        self.answered = False
        #: How many recipients were refused although others were not.
        self.refused = 0
        self._groups = self._grouped(letter.mail_command(connection))
        self._refusals: list[Outcome] = []
        self._left = len(letter.recipients)
        connection.begun += 1

    @property
    def is_stale(self) -> bool:
        """The connection was used before, and has not answered since: it may be the connection's fault."""
        return self.kept and not self.answered

    def _grouped(self, mail: str) -> list[list[str]]:
        commands = [mail, *(f"RCPT TO:<{recipient}>" for recipient in self.letter.recipients)]
        if not self.in_groups:
            return [[command] for command in (*commands, "DATA")]
        if len(self.letter.recipients) == 1:
            return [[*commands, "DATA"]]
        rest = iter(commands)
        return [*iter(lambda: list(islice(rest, LARGEST_GROUP)), []), ["DATA"]]

    @property
    def opening(self) -> bytes:
        """What is said first, and told to whoever listens."""
        return self.connection.spoken(self._groups[0])

    def open(self) -> None:
        """Say the opening.

        Raises:
            Lost: The connection is over.
        """
        try:
            self.connection.say(self._groups[0])
        except ERRORS as error:
            self.connection.close()
            raise Lost(failure(error, provider_failed=True)) from None

    def run(self) -> None:
        """Read the replies to the opening, and say the rest; then the content may follow.

        Raises:
            Stop: It may not; the connection is ready for another letter.
            Lost: It may not, and the connection is closed.
        """
        try:
            for number, group in enumerate(self._groups):
                if number:
                    self.connection.say(group)
                self._hear(group)
            self.connection.listen()  # what is here before the message is no answer to it
        except ERRORS as error:
            self.connection.close()
            raise Lost(failure(error, provider_failed=not self.answered)) from None

    def _hear(self, group: list[str]) -> None:
        """The replies to a group, each to its command."""
        invited = False
        stop: Outcome | None = None
        for command in group:
            code, words = self.connection.getreply()
            if len(group) > 1 and _is_confused(command, code, words, fine=stop is None):
                self.connection.close()
                raise Lost(Deferred(Reason.UNEXPECTED_ANSWER, f"{code} to one of several commands at once"))
            outcome = self._reply(command, code, words)
            # It closes; or, to the first command of this letter: it has had enough of this connection.
            if outcome is not None and (code == 421 or (self.is_stale and _WORN.search(words))):
                self.connection.close()
                if stop is not None:  # decided by an earlier reply: a refusal too many can be why it closes
                    raise Stop(stop)
                raise Lost(outcome, goodbye=True)
            self.answered = True
            invited = command == "DATA" and outcome is None
            stop = stop or outcome
        if stop is not None:
            self._leave(stop, invited=invited)

    def _reply(self, command: str, code: int, words: bytes) -> Outcome | None:
        """What a reply means; None: go on."""
        letter = self.letter
        if command == "DATA":
            return None if code == 354 else classify(code, words, hidden=letter.hidden(words))
        if command.startswith("MAIL"):
            if code == 250:
                return None
            outcome: Outcome = classify(code, words, hidden=letter.hidden(words))
            return Misconfigured(Reason.SENDER_REFUSED, outcome.detail) if isinstance(outcome, Rejected) else outcome
        recipient = letter.recipients[len(letter.recipients) - self._left]
        self._left -= 1
        if not 200 <= code < 300:
            self._refusals.append(classify(code, words, hidden=letter.hidden_of(recipient, words)))
            if code == 421:
                return self._refusals[-1]
        return self._judged() if self._left == 0 else None

    def _judged(self) -> Outcome | None:
        """All recipients have their replies."""
        refusals = self._refusals
        # Somebody's refusal is for a while: nobody gets it yet, so that nobody gets it twice and all get it.
        waits = any(isinstance(refusal, Deferred) for refusal in refusals)
        if waits or (refusals and len(refusals) == len(self.letter.recipients)):
            return min(refusals, key=_hopelessness)
        self.refused = len(refusals)
        return None

    def _leave(self, outcome: Outcome, *, invited: bool) -> None:
        """Leave the connection ready for the next letter, or leave it.

        Invited to send what nobody may get, an empty message is the way out (RFC 2920 section 3.1), if all its
        recipients were refused. If not, somebody would get it: then only hanging up is safe.
        """
        connection = self.connection
        nobody = len(self._refusals) == len(self.letter.recipients)
        ready = False
        if nobody or not invited:
            with suppress(*ERRORS):
                connection.say(["." if invited else "RSET"])
                code, _ = connection.getreply()
                ready = code >= 400 if invited else code == 250
        if not ready:
            connection.close()
        raise Stop(outcome)


def _is_confused(command: str, code: int, words: bytes, *, fine: bool) -> bool:
    """A reply to one of several commands that doesn't fit it: the server may not be up to several at once."""
    if 400 <= code < 600:
        return bool(_CONFUSED.search(words)) or (fine and code in _UNEXPECTED)
    return not (code == 354 if command == "DATA" else 200 <= code < 300)


def _hopelessness(outcome: Outcome) -> int:
    """Of several refusals the one that leaves most hope counts: it is the one worth another try."""
    return (Throttled, Deferred, Misconfigured, Rejected).index(type(outcome))
