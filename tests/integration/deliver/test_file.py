"""`savefile` on a real file system."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from notifier.deliver.file import SpoolDirectory
from notifier.outcome import Accepted, Deferred, Reason, Rejected
from tests.support.deliveries import file

NOBODY = 65534


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    """A spool directory with a neighbour."""
    (tmp_path / "neighbour").mkdir()
    directory = tmp_path / "spool"
    directory.mkdir()
    return directory


def test_51_a_text_is_written_whole_for_us_alone(spool: Path) -> None:
    """UTF-8, mode 0600, in folders made on the way, and no draft is left."""
    outcome = SpoolDirectory(spool).send(file("letters/anna.txt", "Grüße\n"))

    written = spool / "letters" / "anna.txt"
    assert outcome == Accepted("written")
    assert written.read_bytes() == "Grüße\n".encode()
    assert written.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in written.parent.iterdir()] == ["anna.txt"]


def test_the_same_again_replaces_the_file(spool: Path) -> None:
    """A delivery repeated after a crash leaves one file."""
    SpoolDirectory(spool).send(file("a.txt", "old"))

    assert isinstance(SpoolDirectory(spool).send(file("a.txt", "new")), Accepted)
    assert [p.read_text() for p in spool.iterdir()] == ["new"]


@pytest.mark.parametrize(
    "name",
    [
        "../neighbour/x",
        "a/../../neighbour/x",
        "/etc/x",
        "",
        ".",
        "..",
        "link/x",
        "dangling",
        "loop/x",
        "a\x00b",
        "x" * 300,
    ],
)
def test_52_nothing_is_written_elsewhere(spool: Path, name: str) -> None:
    """Not by dots, not by an absolute path, not by a symbolic link, not by a name that is none."""
    (spool / "link").symlink_to(spool.parent / "neighbour")
    (spool / "dangling").symlink_to(spool.parent / "neighbour" / "made")
    (spool / "loop").symlink_to(spool / "loop")
    before = sorted(spool.parent.rglob("*"))

    outcome = SpoolDirectory(spool).send(file(name))

    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.POLICY_REFUSED
    assert sorted(spool.parent.rglob("*")) == before


def test_a_name_that_is_a_folder_is_refused(spool: Path) -> None:
    """And the draft is taken away."""
    (spool / "folder").mkdir()

    outcome = SpoolDirectory(spool).send(file("folder"))

    assert isinstance(outcome, Rejected)
    assert [p.name for p in spool.iterdir()] == ["folder"]


@pytest.fixture
def spool_of_nobody() -> Iterator[Path]:
    """A spool directory, and not the rights of root, to whom no folder is closed."""
    with TemporaryDirectory() as home:
        if os.geteuid():
            yield Path(home)
            return
        os.chown(home, NOBODY, NOBODY)
        os.seteuid(NOBODY)
        try:
            yield Path(home)
        finally:
            os.seteuid(0)


@pytest.mark.parametrize(
    ("closed", "name", "provider_failed"),
    [
        ("closed", "closed/a.txt", False),
        ("closed", "closed/new/a.txt", False),
        ("", "a.txt", True),
        ("", "n/a.txt", True),
    ],
)
def test_a_folder_closed_to_us(spool_of_nobody: Path, closed: str, name: str, provider_failed: bool) -> None:
    """It holds back the files that belong there, and others only where it is the spool directory itself."""
    (spool_of_nobody / closed).mkdir(exist_ok=True)
    (spool_of_nobody / closed).chmod(0o500)

    outcome = SpoolDirectory(spool_of_nobody).send(file(name))

    (spool_of_nobody / closed).chmod(0o700)
    assert outcome == Deferred(Reason.TEMPORARY_FAILURE, "Permission denied", provider_failed=provider_failed)


def test_53_a_disk_that_fails_is_the_provider_s_failure(spool: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Full today, tried again; nothing half-written is left."""

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)

    outcome = SpoolDirectory(spool).send(file("a.txt"))

    assert outcome == Deferred(Reason.TEMPORARY_FAILURE, "No space left on device", provider_failed=True)
    assert list(spool.iterdir()) == []
