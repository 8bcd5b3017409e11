"""One run of a program: a text on its standard input, an end to its time, a bound to its words."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from notifier.deliver.lifeline import GRACE, Lifeline

#: More of what it says is read, and forgotten.
LONGEST_OUTPUT = 4096
_CHUNK = 65536
_HANDED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")
#: What it started in the background may hold its output open: so often (seconds) we look whether it has ended itself.
_LOOK = 0.05


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended."""

    #: Its exit code; less than 0: the signal that killed it. None: its time was over.
    code: int | None
    #: The beginning of what it said on standard output and standard error.
    output: bytes


def environment() -> dict[str, str]:
    """All that a program gets of ours: the rest may hold secrets."""
    return {"PATH": os.defpath} | {name: os.environ[name] for name in _HANDED_ON if name in os.environ}


def run(
    command: Sequence[str],
    text: bytes = b"",
    *,
    timeout: float,
    line: Lifeline,
    directory: Path | None = None,
    most: int = LONGEST_OUTPUT,
    errors: bool = True,
) -> Ended:
    """Run a program in a process group of its own and wait for its end.

    Args:
        command: Program and arguments; no shell looks at them.
        text: For its standard input.
        timeout: Seconds; then the whole group is ended.
        line: Ends the group if we die.
        directory: Where it runs; None: where we do.
        most: So much of what it says is kept (bytes).
        errors: What it says on standard error is kept, too; else nobody reads it.

    Raises:
        OSError: it can't be started.
    """
    line.ready()
    program = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if errors else subprocess.DEVNULL,
        cwd=directory,
        env=environment(),
        start_new_session=True,
    )
    line.hold(program.pid)
    over = False
    try:
        with _Pipes(program, text, most) as pipes:
            over = pipes.exchange(time.monotonic() + timeout)
        return Ended(program.wait() if over else None, pipes.output)
    finally:
        if not over:
            _end(program)
        line.release()


class _Pipes:
    """Both ends that are ours: fed and drained as it goes, so neither side waits for the other."""

    def __init__(self, program: subprocess.Popen[bytes], text: bytes, most: int) -> None:
        self.output = b""
        self._most = most
        self._program = program
        self._left = memoryview(text)
        self._selector = selectors.DefaultSelector()
        assert program.stdin is not None  # noqa: S101 - asked for above
        assert program.stdout is not None  # noqa: S101
        self._input, self._words = program.stdin, program.stdout

    def __enter__(self) -> Self:
        for pipe, event in ((self._input, selectors.EVENT_WRITE), (self._words, selectors.EVENT_READ)):
            os.set_blocking(pipe.fileno(), False)
            self._selector.register(pipe, event)
        return self

    def __exit__(self, *_: object) -> None:
        self._selector.close()
        for pipe in (self._input, self._words):
            with suppress(OSError):
                pipe.close()

    def exchange(self, until: float) -> bool:
        """Feed and drain until the program has ended; False: it hasn't in time."""
        while self._program.poll() is None:
            left = until - time.monotonic()
            if left <= 0:
                return False
            # With both pipes closed there is nothing to wait for but its end.
            for key, _ in self._selector.select(min(left, _LOOK)) if self._selector.get_map() else self._pause(left):
                self._feed() if key.fileobj is self._input else self._drain()
        self._drain()
        return True

    def _pause(self, left: float) -> tuple[()]:
        with suppress(subprocess.TimeoutExpired):
            self._program.wait(min(left, _LOOK))
        return ()

    def _feed(self) -> None:
        try:
            self._left = self._left[os.write(self._input.fileno(), self._left[:_CHUNK]) :]
        except BlockingIOError:
            return
        except OSError:  # it doesn't read it: its exit code says whether it minds
            self._left = memoryview(b"")
        if not self._left:
            self._close(self._input)

    def _drain(self) -> None:
        """What is there; of a flood, so much that the program's end isn't missed."""
        if self._words.closed:
            return
        try:
            chunk = os.read(self._words.fileno(), _CHUNK)
        except BlockingIOError:
            return
        if chunk:
            self.output += chunk[: self._most - len(self.output)]
        else:
            self._close(self._words)

    def _close(self, pipe: IO[bytes]) -> None:
        self._selector.unregister(pipe)
        with suppress(OSError):
            pipe.close()


def _end(program: subprocess.Popen[bytes]) -> None:
    """The whole group: please, then now."""
    _signal(program.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        program.wait(GRACE)
    _signal(program.pid, signal.SIGKILL)
    # One that changed its user can't be ended by us: nobody waits for it.
    with suppress(subprocess.TimeoutExpired):
        program.wait(GRACE)


def _signal(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
