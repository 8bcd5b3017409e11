"""The spool's directory on a real disk: whole or not at all, and nobody else's."""

from __future__ import annotations

import errno
import os
import resource
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from notifier.errors import SpoolUnusable, UnreadableEvent
from notifier.spool.directory import FORGOTTEN, LARGEST, Spool


@contextmanager
def limited(kind: int, value: int) -> Iterator[None]:
    """A limit of this process, for a moment."""
    soft, hard = resource.getrlimit(kind)
    resource.setrlimit(kind, (value, hard))
    try:
        yield
    finally:
        resource.setrlimit(kind, (soft, hard))


def no_locks(*_: object) -> None:
    raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_events_are_for_the_owner_alone(spool: Spool, keep: Callable[..., list[str]]) -> None:
    """Directory 0700, files 0600, also under a generous umask."""
    before = os.umask(0)
    try:
        (name,) = keep("a")
        spool.refuse(*(keep("b")[0], "for a reason"))
    finally:
        os.umask(before)

    assert mode(spool.directory) == mode(spool.directory / "refused") == 0o700
    assert {mode(p) for p in spool.directory.rglob("*") if p.is_file()} == {0o600}
    assert b'"a"' in (spool.read(name) or b"")


def test_a_directory_that_others_may_write_to_is_refused(spool: Spool, keep: Callable[..., list[str]]) -> None:
    """They could take events away, or put some in."""
    spool.directory.mkdir()
    spool.directory.chmod(0o777)

    with pytest.raises(SpoolUnusable, match="chmod 700"):
        keep("a")

    assert os.listdir(spool.directory) == []  # noqa: PTH208 - hidden ones, too


@pytest.mark.parametrize("look", [Spool.waiting, Spool.listing, lambda spool: spool.alone().__enter__()])
def test_nothing_is_taken_out_of_one_that_others_may_write_to(spool: Spool, look: Callable[[Spool], object]) -> None:
    """What lies there may be anybody's."""
    spool.directory.mkdir()
    (spool.directory / "foreign.json").write_text('{"id": "a"}')
    spool.directory.chmod(0o777)

    with pytest.raises(SpoolUnusable, match="chmod 700"):
        look(spool)


def test_a_disk_without_locks_is_told(
    spool: Spool, keep: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some network disks know none: nobody can be alone there."""
    keep("a")
    monkeypatch.setattr("fcntl.flock", no_locks)

    with pytest.raises(SpoolUnusable, match="No locks available"), spool.alone():
        pytest.fail("nobody is alone there")


def test_a_full_disk_is_told_and_leaves_nothing_behind(spool: Spool, keep: Callable[..., list[str]]) -> None:
    """The write fails half-way: no event, no draft, and the earlier ones are as they were."""
    keep("a")

    with limited(resource.RLIMIT_FSIZE, 50), pytest.raises(SpoolUnusable, match="can't be used"):
        keep("b")

    assert len(spool.listing()) == len(os.listdir(spool.directory)) == 1  # noqa: PTH208 - hidden ones, too


def test_too_many_open_files_are_nobodys_fault(spool: Spool, keep: Callable[..., list[str]]) -> None:
    """The process is in trouble, not the event: it isn't set aside."""
    (name,) = keep("a")
    taken = os.open("/dev/null", os.O_RDONLY)
    os.close(taken)

    with limited(resource.RLIMIT_NOFILE, taken), pytest.raises(SpoolUnusable):
        spool.read(name)

    assert spool.read(name)


def test_a_draft_is_no_event_and_goes_when_its_writer_is_forgotten(tmp_path: Path) -> None:
    """A writer was killed between write and rename: nobody was told that the event is accepted."""
    spool = Spool(tmp_path, writer="ab12", clock=lambda: int((old.stat().st_mtime + FORGOTTEN + 1) * 1e9))
    old, young = tmp_path / ".1-cd.token-events.json.draft", tmp_path / ".2-cd.token-events.json.draft"
    old.write_text("{")
    young.write_text("{")
    os.utime(young, (old.stat().st_mtime + 60,) * 2)

    assert not spool.waiting()
    spool.tidy()

    assert not old.exists()
    assert young.exists()


def _nothing(path: Path) -> None:
    path.mkdir()


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _link(path: Path) -> None:
    (path.parent / "elsewhere").write_text('{"id": "a"}')
    path.symlink_to(path.parent / "elsewhere")


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)


@pytest.mark.parametrize("make", [_nothing, _pipe, _link, _huge])
def test_what_is_no_file_of_ours_is_not_read(spool: Spool, keep: Callable[..., list[str]], make: object) -> None:
    """A directory, a pipe, a link, something huge: neither waited for nor followed nor loaded."""
    keep("a")
    assert callable(make)
    make(spool.directory / "odd.json")

    with pytest.raises(UnreadableEvent):
        spool.read("odd.json")


def test_a_file_somebody_took_is_no_error(spool: Spool, keep: Callable[..., list[str]]) -> None:
    """Two may look at the same time."""
    (name,) = keep("a")
    spool.remove([name])

    assert spool.read(name) is None
    spool.remove([name])
    assert not spool.holds(name)


def test_a_spool_that_never_was_is_empty(spool: Spool) -> None:
    """Nothing is made by looking."""
    assert not spool.waiting()
    assert spool.listing() == []
    assert spool.refused() == []
    assert not spool.directory.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_makes_belongs_to_the_directorys_owner(spool: Spool, keep: Callable[..., list[str]]) -> None:
    """An operator's flush as root must not lock the producer out."""
    spool.directory.mkdir(mode=0o700)
    os.chown(spool.directory, 12345, 12345)

    spool.refuse(*(keep("a")[0], "for a reason"))
    keep("b")

    assert {path.stat().st_uid for path in spool.directory.rglob("*")} == {12345}
