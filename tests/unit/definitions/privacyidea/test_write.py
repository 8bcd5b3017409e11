"""Files are written all or none."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from notifier.definitions.privacyidea.write import NotWritten, write


def listing(root: Path) -> dict[str, bytes]:
    return {str(f.relative_to(root)): f.read_bytes() for f in root.rglob("*") if f.is_file()}


def test_files_and_their_directories_appear(tmp_path: Path) -> None:
    """With modes as asked for."""
    write({tmp_path / "a" / "b": b"1", tmp_path / "c": b"2"}, [tmp_path / "c"])

    assert listing(tmp_path) == {"a/b": b"1", "c": b"2"}
    assert stat.S_IMODE((tmp_path / "c").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) & 0o077


def test_one_that_is_there_forbids_all(tmp_path: Path) -> None:
    """Even a link that leads nowhere."""
    (tmp_path / "c").symlink_to("nowhere")

    with pytest.raises(NotWritten, match=r"there already: .*/c; nothing was written"):
        write({tmp_path / "a": b"1", tmp_path / "c": b"2"})

    assert listing(tmp_path) == {}


def test_force_replaces(tmp_path: Path) -> None:
    """Whole files."""
    (tmp_path / "a").write_text("long before")

    write({tmp_path / "a": b"1"}, force=True)

    assert listing(tmp_path) == {"a": b"1"}


def test_nothing_is_left_of_a_failure(tmp_path: Path) -> None:
    """A directory where a file should be, a file where a directory should be."""
    (tmp_path / "d").mkdir()
    (tmp_path / "f").write_text("x")

    with pytest.raises(NotWritten, match="is a directory"):
        write({tmp_path / "a": b"1", tmp_path / "d": b"2"}, force=True)
    with pytest.raises(NotWritten, match="can't be written"):
        write({tmp_path / "a": b"1", tmp_path / "f" / "g": b"2"}, force=True)

    assert listing(tmp_path) == {"f": b"x"}
