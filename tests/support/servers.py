"""Servers of tests: real ones, started on free ports, and one that never answers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

import pytest
from waiting import until

#: A server starts within so many seconds, or not at all.
START = 60


def missing(server: str, package: str) -> NoReturn:
    """A laptop may lack a server: the test skips. Where `.ci/run` got it, it fails ("required" means all servers)."""
    words = f"{server} isn't there: {package}"
    if {"required", server.lower()} & set(os.environ.get("NOTIFIER_TEST_SERVERS", "").split()):
        pytest.fail(words)
    pytest.skip(words)


def listens(port: int) -> bool:
    """Somebody accepts there."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A process that is started, killed, and started again on the same port, in a group of its own.

    Args:
        command: What is run.
        answers: It is ready.
        log: Where its output goes.
        environment: Its own, instead of the tests'.
    """

    def __init__(
        self,
        command: list[str],
        answers: Callable[[], bool],
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._command, self._answers, self._log, self._environment = command, answers, log, environment
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
                start_new_session=True,
            )
        until = time.monotonic() + START
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise RuntimeError(f"{self._command[0]} didn't start: {self._log.read_text()[-2000:]}")
            self._process_gone(0.02)

    def kill(self) -> None:
        """End it at once, and those it started."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=10)

    def signal(self, number: int) -> None:
        """Send it a signal."""
        assert self._process is not None
        self._process.send_signal(number)
        if number == signal.SIGSTOP:  # each of its threads stops in its own time
            until(self._is_stopped)

    def _is_stopped(self) -> bool:
        assert self._process is not None
        tasks = Path(f"/proc/{self._process.pid}/task").glob("*/stat")
        return all(task.read_text().rpartition(")")[2].split()[0] == "T" for task in tasks)

    def stop(self, number: int) -> None:
        """Send it a signal and wait for its end."""
        self.signal(number)
        self._process_gone(10)
        self.kill()

    def is_parent_of(self, process: Path) -> bool:
        """It started the process of a folder in /proc."""
        assert self._process is not None
        with suppress(OSError):
            return f"\nPPid:\t{self._process.pid}\n" in (process / "status").read_text()
        return False

    def _process_gone(self, seconds: float) -> None:
        assert self._process is not None
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=seconds)


@contextmanager
def dripping_server(*answers: Callable[[bytes], bytes]) -> Iterator[int]:
    """A port where each question has the next answer; the one after the last comes byte by byte, for ever."""
    done = threading.Event()
    peers: list[threading.Thread] = []

    def serve(peer: socket.socket) -> None:
        with peer, suppress(OSError):
            for answer in answers:
                peer.sendall(answer(peer.recv(4096)))
            peer.recv(4096)
            peer.sendall(b"\x30\x84\x00\x00\xff\xff")  # a sequence of 64 KiB
            while not done.wait(0.02):
                peer.sendall(b"\x04")

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    peers.append(threading.Thread(target=serve, args=listener.accept()[:1], daemon=True))
                    peers[-1].start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            done.set()
            listener.shutdown(socket.SHUT_RDWR)
            for ending in (thread, *peers):
                ending.join(5)


@contextmanager
def silent_server(greeting: bytes = b"") -> Iterator[int]:
    """A port where somebody accepts, says the greeting at most, and never answers."""
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    peer, _ = listener.accept()
                    held.append(peer)
                    peer.sendall(greeting)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)
            for peer in held:
                peer.close()
