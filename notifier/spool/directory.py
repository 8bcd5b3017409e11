"""A spool's directory: events in it are on the disk before anybody is told that they are accepted.

    DIR/                  0700
    DIR/NAME.json         0600, one event as it was published (`notifier.spool.name`)
    DIR/.NAME.json.draft  one that is being written, or whose writer died: not accepted yet
    DIR/refused/NAME.json what is no event, and why in NAME.json.reason

The directory itself is the lock of whoever empties it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from notifier.errors import SpoolUnusable, UnreadableEvent
from notifier.outcome import Unreadable
from notifier.spool.name import Names, is_event

#: No event is that large; neither read nor sent.
LARGEST = 64 << 20
#: A draft this old (seconds) has no writer any more.
FORGOTTEN = 3600
#: Errors of one file that waiting won't mend; others, such as too many open files, are the process's.
_OF_THE_FILE = (errno.EACCES, errno.EPERM, errno.EISDIR, errno.ELOOP, errno.ENXIO, errno.EIO, errno.ENODEV)


class Spool:
    """One directory, shared by any number of processes and threads; made when there is something to keep."""

    def __init__(self, directory: Path, *, writer: str, clock: Callable[[], int]) -> None:
        self.directory = directory
        self._refused = directory / "refused"
        self._names = Names(writer, clock)
        self._clock = clock

    # --- in ---

    def add(self, stream: str, raws: Iterable[bytes]) -> list[str]:
        """Keep events: on the disk when this returns; their names.

        Raises:
            SpoolUnusable: the disk is full, say. None of them, some or all may be kept.
        """
        with self._usable():
            owner = self._own()
            names = [self._write(stream, raw, owner) for raw in raws]
            _sync(self.directory)
            return names

    def _write(self, stream: str, raw: bytes, owner: os.stat_result) -> str:
        name = self._names.new(stream)
        draft = self.directory / f".{name}.draft"
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
                _give(file.fileno(), owner)
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(self.directory / name)
        except BaseException:
            with suppress(OSError):
                draft.unlink()
            raise
        return name

    def _own(self) -> os.stat_result:
        """The directory, made where it isn't there; nobody else may put files into it or take them away."""
        try:
            found = self.directory.stat()
        except FileNotFoundError:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            _sync(self.directory.parent)
            found = self.directory.stat()
        return self._ours(found)

    def _ours(self, found: os.stat_result) -> os.stat_result:
        """Where others may write, an event may be anybody's: nothing goes in, and nothing comes out."""
        if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise SpoolUnusable(f"others may write to the spool {self.directory}: chmod 700, or take another directory")
        return found

    # --- out ---

    def waiting(self) -> bool:
        """Something is in it."""
        with self._usable(), suppress(FileNotFoundError):
            self._ours(self.directory.stat())
            with os.scandir(self.directory) as entries:
                return any(is_event(entry.name) for entry in entries)
        return False

    def holds(self, name: str) -> bool:
        """This event still waits."""
        with self._usable():
            return (self.directory / name).exists()

    def listing(self) -> list[str]:
        """The names as the directory tells them. What comes or goes meanwhile may be among them or not."""
        with self._usable(), suppress(FileNotFoundError):
            self._ours(self.directory.stat())
            return [name for name in os.listdir(self.directory) if is_event(name)]  # noqa: PTH208 - of 100,000, no paths
        return []

    def read(self, name: str) -> bytes | None:
        """An event's text; None where somebody else took it.

        Raises:
            UnreadableEvent: this file can't be read, today or tomorrow.
        """
        with self._usable():
            try:
                return _content(self.directory / name)
            except FileNotFoundError:
                return None
            except OSError as error:
                if error.errno in _OF_THE_FILE:
                    raise UnreadableEvent(Unreadable.UNREADABLE_FILE, os.strerror(error.errno)) from None
                raise

    def remove(self, names: Iterable[str]) -> None:
        """Forget events that are in Redis. Not synced: a power cut may bring one back, and twice is once."""
        with self._usable():
            for name in names:
                (self.directory / name).unlink(missing_ok=True)

    def refuse(self, name: str, reason: str) -> None:
        """Set a file aside, with the reason beside it."""
        with self._usable():
            if not self._refused.is_dir():
                self._refused.mkdir(mode=0o700, exist_ok=True)
                _give(self._refused, self.directory.stat())
            with suppress(FileNotFoundError):
                (self.directory / name).rename(self._refused / name)
            with suppress(OSError):  # on a full disk it stays without
                note = self._refused / f"{name}.reason"
                note.touch(mode=0o600)
                note.write_text(f"{reason}\n")
                _give(note, self.directory.stat())

    def refused(self) -> Sequence[tuple[str, str]]:
        """What was set aside: names and reasons, in order."""
        with self._usable(), suppress(FileNotFoundError):
            names = sorted(path.name for path in self._refused.iterdir() if is_event(path.name))
            return [(name, _note(self._refused / f"{name}.reason")) for name in names]
        return []

    def tidy(self) -> None:
        """Delete drafts whose writer died: nobody was told that they are accepted."""
        now = self._clock() / 1e9
        with self._usable():
            for draft in self.directory.glob(".*.draft"):
                with suppress(FileNotFoundError):
                    if draft.stat().st_mtime < now - FORGOTTEN:
                        draft.unlink()

    @contextmanager
    def alone(self, patience: float = 0.0) -> Iterator[bool]:
        """Be the only one who empties it: False where somebody else still is after ``patience`` seconds."""
        with self._usable():
            folder = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with self._usable():
                self._ours(os.fstat(folder))
                ours = _locked(folder, patience)
            yield ours
        finally:
            with suppress(OSError):  # a disk without locks was told already
                fcntl.flock(folder, fcntl.LOCK_UN)  # a child that was forked meanwhile has it open, too
            os.close(folder)

    @contextmanager
    def _usable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            words = error.strerror or type(error).__name__
            raise SpoolUnusable(f"the spool {self.directory} can't be used ({words})") from error


def _content(path: Path) -> bytes:
    # A pipe that somebody put there must not hold us up, nor a link lead elsewhere.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        state = os.fstat(file.fileno())
        if not stat.S_ISREG(state.st_mode):
            raise UnreadableEvent(Unreadable.UNREADABLE_FILE, "not a file")
        if state.st_size > LARGEST:
            raise UnreadableEvent(Unreadable.TOO_LARGE, f"{state.st_size} bytes; the limit is {LARGEST}")
        return file.read()


def _give(what: int | Path, owner: os.stat_result) -> None:
    """What root makes belongs to whoever the directory belongs to, so that they can read it."""
    if os.geteuid() == 0:
        os.chown(what, owner.st_uid, owner.st_gid)


def _note(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""


def _locked(folder: int, patience: float) -> bool:
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(0.02)
        else:
            return True


def _sync(directory: Path) -> None:
    folder = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
