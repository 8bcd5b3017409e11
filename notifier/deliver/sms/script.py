"""SMS by a script: the number as its argument, the text on its standard input (reference section 5.7)."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from notifier.configuration import SmsGateway
from notifier.deliver.classify.script import classify
from notifier.deliver.lifeline import Lifeline
from notifier.deliver.process import Ended, run
from notifier.deliver.provider import Hear, Side, unheard
from notifier.deliver.scrub import echoes, scrub
from notifier.deliver.sms.number import number_of
from notifier.gateways.script import read
from notifier.model import Delivery
from notifier.outcome import Deferred, Misconfigured, Outcome, Reason, Rejected

#: The machine has no room for another process; it isn't the script's fault.
_OF_THE_MACHINE = (errno.ENOMEM, errno.EAGAIN, errno.EMFILE, errno.ENFILE)


class ScriptGateway:
    """One script; see `notifier.deliver.provider.Provider`."""

    def __init__(self, gateway: SmsGateway, *, hear: Hear = unheard) -> None:
        self._options, _ = read(gateway)
        self._hear = hear
        self._lifeline = Lifeline()

    def send(self, delivery: Delivery) -> Outcome:
        """One run; its exit code decides."""
        message, options = delivery.message, self._options
        number = number_of(message, options.regexp)
        if not isinstance(number, str):
            return number
        if not number.strip() or number.startswith("-") or not number.isprintable():
            return Rejected(Reason.ADDRESS_INVALID, "no number: a script would take it for an option")
        script = script_in(options.directory, options.script)
        if isinstance(script, str):
            return Misconfigured(Reason.PROVIDER_BROKEN, script)
        self._hear(Side.NOTE, f"running {options.script}, for {options.timeout:g} s at most")
        self._tell(Side.US, f"{number}\n{message.body}")
        try:
            ended = run(
                [str(script), number],
                message.body.encode("utf-8", "replace"),
                directory=options.directory,
                timeout=options.timeout,
                line=self._lifeline,
            )
        except OSError as error:
            why = f"the script can't be run: {error.strerror}"
            if error.errno in _OF_THE_MACHINE:
                return Deferred(Reason.TEMPORARY_FAILURE, why, provider_failed=True)
            return Misconfigured(Reason.PROVIDER_BROKEN, why)
        return self._judge(ended, (number, *message.to), message.body)

    def close(self) -> None:
        """Let go of who watches."""
        self._lifeline.close()

    def _judge(self, ended: Ended, numbers: tuple[str, ...], body: str) -> Outcome:
        said = ended.output.decode("utf-8", "replace")
        self._tell(Side.PEER, said)
        self._hear(Side.NOTE, "ended by us" if ended.code is None else f"exit {ended.code}")
        return classify(ended.code, scrub(said, (*numbers, *echoes(said, [body]))), self._options.timeout)

    def _tell(self, side: Side, text: str) -> None:
        if self._hear is not unheard:
            for line in text.splitlines():
                self._hear(side, line)


def script_in(directory: Path, name: str) -> Path | str:
    """The script, or why it may not be run; looked at each time, for it may have been replaced."""
    try:
        home = directory.resolve(strict=True)
        path = (home / name).resolve(strict=True)
        found = path.stat()
        if path.parent != home:
            return "the script lies outside of script_directory; a link leads there"
        if not stat.S_ISREG(found.st_mode) or not os.access(path, os.X_OK):
            return "the script is no file that we may execute; chmod +x"
        if (found.st_mode | home.stat().st_mode) & stat.S_IWOTH:
            return "everybody may write to the script, or to script_directory; chmod o-w"
    except (OSError, RuntimeError) as error:  # RuntimeError: links that lead in a circle
        return f"the script can't be found: {getattr(error, 'strerror', '') or 'a loop of links'}"
    return path
