"""Where the embedded server keeps its data and its socket, and how its URL is written for kombu."""

from __future__ import annotations

import stat
import tempfile
from pathlib import Path

import pytest

from notifier.embedded import LONGEST_SOCKET_PATH, default_directory, running_url, socket_path
from notifier.errors import NotifierError
from notifier.worker.broker import broker_url


@pytest.mark.parametrize(
    ("ours", "kombus"),
    [
        ("redis://:x@h:6379/0", "redis://:x@h:6379/0"),
        ("rediss://h/1?ssl_cert_reqs=required", "rediss://h/1?ssl_cert_reqs=required"),
        ("rediss://h/1", "rediss://h/1?ssl_cert_reqs=required"),
        ("rediss://h/1?ssl_cert_reqs=none", "rediss://h/1?ssl_cert_reqs=none"),
        ("unix:///run/redis.sock", "redis+socket:///run/redis.sock"),
        ("unix:///run/redis.sock?db=2", "redis+socket:///run/redis.sock?virtual_host=2"),
        ("unix://ops:p%40ss@/run/redis.sock", "redis+socket://ops:p%40ss@/run/redis.sock"),
        ("unix:///run/redis.sock?password=p%40s+s&db=1", "redis+socket://:p%40s%20s@/run/redis.sock?virtual_host=1"),
        ("unix://ops@/run/redis.sock?password=pass", "redis+socket://ops:pass@/run/redis.sock"),
        ("unix:///run/redis.sock?username=ops&password=pass", "redis+socket://ops:pass@/run/redis.sock"),
        ("unix:///run/a@b/redis.sock", "redis+socket:///run/a@b/redis.sock"),
    ],
)
def test_kombu_finds_the_redis_that_redis_py_finds(ours: str, kombus: str) -> None:
    """A socket's database, user and password arrive; TLS certificates are looked at unless the URL says otherwise."""
    assert broker_url(ours) == kombus


def test_the_data_belongs_to_the_configuration(tmp_path: Path) -> None:
    """Two configurations never share a server; NOTIFIER_DATA and XDG_STATE_HOME are heeded."""
    state = {"XDG_STATE_HOME": str(tmp_path / "state")}

    first, second = (default_directory(state, tmp_path / name) for name in ("one", "two"))

    assert first.parent == second.parent == tmp_path / "state" / "token-notifier"
    assert first != second
    assert first == default_directory(state, tmp_path / "elsewhere" / ".." / "one")
    assert len(first.name) == 8
    assert default_directory({**state, "NOTIFIER_DATA": str(tmp_path / "d")}, tmp_path / "one") == tmp_path / "d"


def test_a_long_directory_gets_a_private_socket_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The socket moves to a directory only its owner can enter; who else made that one is refused."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    long = tmp_path / ("d" * LONGEST_SOCKET_PATH)

    place = socket_path(long).parent

    assert len(str(place / "redis.sock")) <= LONGEST_SOCKET_PATH
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    place.chmod(0o755)
    with pytest.raises(NotifierError, match="not a private directory"):
        socket_path(long)
    place.rmdir()
    place.symlink_to(tmp_path)
    with pytest.raises(NotifierError, match="not a private directory"):
        socket_path(long)
    place.unlink()


def test_nobody_answers_where_nothing_is(tmp_path: Path) -> None:
    """No directory, no server; asking makes none."""
    assert running_url(tmp_path / "none") is None
    assert running_url(tmp_path) is None
    assert not (tmp_path / "none").exists()
