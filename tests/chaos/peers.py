"""A mail server and a gateway whose behaviour depends on the recipient, and that keep all they ever took."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from chaos.dice import Temper
from notifier.model import Channel
from notifier.testing import DROP, Answer, ReceivedSms, SmsSink, SmtpSink

#: How often "for a while" is at most.
MOST_REFUSALS = 2
SLOW_SECONDS = 1.0
#: The digit of a telephone number that tells its temper.
DIGITS = {temper: str(number) for number, temper in enumerate(Temper)}
COUNTRY = "+4916"


def mail_address(ident: str, temper: Temper) -> str:
    """An address that tells the server how to behave."""
    return f"{temper}.{ident}@example.com"


def number(ident: str, temper: Temper) -> str:
    """A telephone number that tells the gateway how to behave."""
    return f"{COUNTRY}{DIGITS[temper]}{int(ident[1:]):07}"


class Moods:
    """Who was met how often, and how long it takes."""

    def __init__(self, rolls: Iterator[float]) -> None:
        #: Set whenever a message has come in whole, and is not answered yet.
        self.came = threading.Event()
        self._rolls = rolls
        self._met: Counter[str] = Counter()
        self._lock = threading.Lock()

    def first(self, recipient: str, most: int = 1) -> bool:
        """This is one of its first meetings."""
        with self._lock:
            self._met[recipient] += 1
            return self._met[recipient] <= most

    def pause(self, temper: Temper) -> float:
        """Mostly quick, sometimes not: windows grow and shrink."""
        with self._lock:
            roll = next(self._rolls)
        if temper is Temper.SLOW:
            return SLOW_SECONDS
        return 0.005 if roll < 0.5 else 0.05 if roll < 0.8 else roll / 4


class MailServer(SmtpSink):
    """Knows its recipients by the first word of their addresses."""

    def __init__(self, moods: Moods) -> None:
        super().__init__(replies=self._refusal)
        self._moods = moods

    def _refusal(self, verb: str, argument: str) -> str | None:
        if verb != "RCPT":
            return None
        recipient = argument.partition("<")[2].partition(">")[0]
        temper = _of_address(recipient)
        if temper is Temper.REFUSED:
            return "550 5.1.1 no such mailbox"
        if temper is Temper.LATER and self._moods.first(recipient, MOST_REFUSALS):
            return "451 4.7.1 later"
        return None

    def _pick(self, verb: str, argument: str, usual: str, recipients: Sequence[str] = ()) -> str:
        if verb != ".":
            return super()._pick(verb, argument, usual, recipients)
        # The sink waits `delay` before it answers, and reads it right after this.
        temper = _of_address(recipients[0])
        self.delay = self._moods.pause(temper)
        self._moods.came.set()
        return DROP if temper is Temper.GONE and self._moods.first(recipients[0]) else usual

    def _keep(self, session: Any, content: bytes) -> None:
        super()._keep(session, content)
        recipient = session.recipients[0]
        if _of_address(recipient) is Temper.CUT and self._moods.first(recipient):
            session.writer.transport.abort()


class Gateway(SmsSink):
    """Knows its recipients by a digit of their numbers."""

    def __init__(self, moods: Moods) -> None:
        super().__init__()
        self._moods = moods
        self.delivered: list[ReceivedSms] = []

    def take(self, message: ReceivedSms) -> Answer:
        """Keep it or don't, and say so, or hang up."""
        to = message.parameters["to"]
        temper = _of_number(to)
        if temper is Temper.REFUSED:
            return Answer(400, "no such number")
        if temper is Temper.LATER and self._moods.first(to, MOST_REFUSALS):
            return Answer(503, "later")
        hang_up = temper in (Temper.CUT, Temper.GONE) and self._moods.first(to)
        self._moods.came.set()
        if not (hang_up and temper is Temper.GONE):
            self.delivered.append(message)
        return Answer(hang=self._moods.pause(temper), drop=hang_up)


def tally(mail: MailServer, sms: Gateway) -> tuple[Counter[tuple[Channel, str]], dict[str, set[str]]]:
    """How often each message arrived, by its channel and its event; and the identities the mails of an event had."""
    arrived: Counter[tuple[Channel, str]] = Counter()
    identities: dict[str, set[str]] = {}
    for received in mail.messages:
        headers = dict(line.split(": ", 1) for line in received.content.decode().splitlines() if ": " in line)
        ident = headers["Subject"].split()[1]
        arrived[Channel.MAIL, ident] += 1
        identities.setdefault(ident, set()).add(headers["Message-ID"].strip("<>").partition("@")[0])
    for text in sms.delivered:
        arrived[Channel.SMS, text.parameters["text"].split()[1]] += 1
    return arrived, identities


def _of_address(address: str) -> Temper:
    return Temper(address.partition(".")[0])


def _of_number(text: str) -> Temper:
    return list(Temper)[int(text[len(COUNTRY)])]
