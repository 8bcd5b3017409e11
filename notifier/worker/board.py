"""A notice board that a process and its forked children share: what is pinned to it they all see.

In memory alone: a configuration holds secrets. Reading the number of the notice costs no system call.
"""

from __future__ import annotations

import mmap
import os
import pickle
import tempfile
from hashlib import blake2b
from typing import Any

_NUMBER, _LENGTH, _DIGEST = slice(0, 8), slice(8, 16), slice(16, 32)
_BODY = mmap.PAGESIZE


class Board:
    """Holds one notice; made before the children are, written by one process only."""

    def __init__(self) -> None:
        self._file = _memory()
        os.ftruncate(self._file, _BODY)
        self._head = mmap.mmap(self._file, _BODY)

    @property
    def number(self) -> int:
        """How many notices there have been."""
        return int.from_bytes(self._head[_NUMBER], "little")

    def pin(self, notice: Any) -> None:
        """Replace the notice."""
        body = pickle.dumps(notice, pickle.HIGHEST_PROTOCOL)
        number = (self.number + 1).to_bytes(8, "little")
        written = 0
        while written < len(body):
            written += os.pwrite(self._file, body[written:], _BODY + written)
        self._head[:32] = number + len(body).to_bytes(8, "little") + _digest(number, body)

    def read(self) -> tuple[int, Any] | None:
        """The notice and its number; None while it is being replaced."""
        head = self._head[:32]
        length = int.from_bytes(head[_LENGTH], "little")
        body = os.pread(self._file, length, _BODY)
        if _digest(head[_NUMBER], body) != head[_DIGEST]:
            return None
        return int.from_bytes(head[_NUMBER], "little"), pickle.loads(body)  # noqa: S301 - our own parent wrote it


def _digest(number: bytes, body: bytes) -> bytes:
    return blake2b(number + body, digest_size=16).digest()


def _memory() -> int:
    """A file that nobody else can open, and that is gone with its last process."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("notifier-configuration")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
