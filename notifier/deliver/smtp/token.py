"""Access tokens for logins: from a program or a file, kept in memory until one is refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from notifier.configuration import Secret
from notifier.deliver.lifeline import Lifeline
from notifier.deliver.process import run
from notifier.deliver.stop import Stop
from notifier.outcome import Deferred, Misconfigured, Reason

#: No token is longer; more of what a program prints is read, and forgotten.
LONGEST = 64 * 1024


class TokenSource:
    """Where the tokens of one server come from. What a program says beside the token is read by nobody."""

    def __init__(self, command: Sequence[str], file: str, patience: float) -> None:
        """Remember where.

        Args:
            command: The program and its arguments; prints a token and ends.
            file: Or a file that holds one; somebody else renews it.
            patience: How long (seconds) the program may take.
        """
        self._command = tuple(command)
        self._file = file
        self._patience = patience
        self._token: Secret | None = None

    def __bool__(self) -> bool:
        return bool(self._command or self._file)

    @property
    def is_fresh(self) -> bool:
        """The next token isn't one from memory."""
        return self._token is None

    def token(self) -> Secret:
        """The token in memory, or another one.

        Raises:
            Stop: There is none.
        """
        if self._token is None:
            text = self._printed() if self._command else self._written()
            if not text or len(text) >= LONGEST or not text.isascii() or not text.isprintable() or " " in text:
                raise _none(f"the token of {self._name} isn't one line without blanks")
            self._token = Secret(text)
        return self._token

    def refused(self) -> None:
        """It is no good any more."""
        self._token = None

    @property
    def _name(self) -> str:
        return "token_command" if self._command else "token_file"

    def _written(self) -> str:
        try:
            with Path(self._file).open("rb") as file:
                return file.read(LONGEST).decode("utf-8", "replace").strip()
        except (OSError, ValueError):
            raise _none("token_file can't be read") from None

    def _printed(self) -> str:
        line = Lifeline()
        try:
            ended = run(self._command, timeout=self._patience, line=line, most=LONGEST, errors=False)
        except (OSError, ValueError):
            raise _none("token_command can't be started") from None
        finally:
            line.close()
        if ended.code is None:
            raise Stop(Deferred(Reason.TIMED_OUT, "token_command didn't end in time", provider_failed=True))
        if ended.code:
            why = f"token_command ended with {ended.code}"
            raise Stop(Deferred(Reason.TEMPORARY_FAILURE, why, provider_failed=True))
        return ended.output.decode("utf-8", "replace").strip()


def _none(why: str) -> Stop:
    return Stop(Misconfigured(Reason.AUTHENTICATION_FAILED, why))
