"""The files of a configuration: read once, and named by a digest that is the same wherever they are the same."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from notifier.definitions.files import LARGEST_TEMPLATE, read_files, read_templates
from notifier.definitions.load import load


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A configuration with one file of each kind."""
    home = tmp_path / "config"
    for name, text in {
        "smtp_servers.yaml": "relay1: {server: h, password: '${file:secrets/pw}'}\n",
        "handlers/all.yaml": "[]\n",
        "templates/welcome/body.txt": "Hello {{ user }}",
        "templates/welcome/de/body.txt": "Hallo {{ user }}",
        "secrets/pw": "s3cret",
    }.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    return home


def test_the_same_files_have_the_same_version(root: Path, tmp_path: Path) -> None:
    """On another host, too: neither times nor places count."""
    copy = tmp_path / "elsewhere"
    shutil.copytree(root, copy, copy_function=shutil.copyfile)
    os.utime(copy / "handlers" / "all.yaml", (0, 0))

    assert load(copy, {}).version == load(root, {}).version
    assert len(load(root, {}).version) == 12


@pytest.mark.parametrize(
    "edit",
    [
        lambda root: (root / "handlers" / "all.yaml").write_text("[] \n"),
        lambda root: (root / "handlers" / "more.yaml").write_text(""),
        lambda root: (root / "templates" / "welcome" / "de" / "body.txt").write_text("Servus"),
        lambda root: (root / "smtp_servers.yaml").unlink(),
        lambda root: (root / "handlers" / "all.yaml").rename(root / "handlers" / "every.yaml"),
    ],
)
def test_an_edit_is_another_version(root: Path, edit: Callable[[Path], object]) -> None:
    """Whatever is written, added, renamed or gone; definitions and templates alike."""
    before = read_files(root).version

    edit(root)

    assert read_files(root).version != before


@pytest.mark.parametrize(
    "name",
    ["secrets/pw", "README.md", "handlers/.all.yaml.swp", "templates/welcome/body.txt~", "templates/.git/config"],
)
def test_what_is_not_read_is_not_in_the_version(root: Path, name: str) -> None:
    """Neither secrets, of which a digest would be a trace, nor what editors leave behind."""
    before = read_files(root).version

    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text("something else")

    assert read_files(root).version == before
    assert read_files(root).secret_files == ("secrets/pw",)


def test_names_and_contents_do_not_run_together(root: Path) -> None:
    """What moves from one file to the next is another version."""
    (root / "handlers" / "a.yaml").write_text("12")
    (root / "handlers" / "b.yaml").write_text("3")
    before = read_files(root).version

    (root / "handlers" / "a.yaml").write_text("1")
    (root / "handlers" / "b.yaml").write_text("23")

    assert read_files(root).version != before


def test_a_circle_of_folders_ends(root: Path) -> None:
    """A link to a folder above is followed no further."""
    (root / "templates" / "welcome" / "back").symlink_to("..")

    assert sorted(read_templates(root / "templates")) == ["welcome/body.txt", "welcome/de/body.txt"]


def test_what_is_too_large_is_no_text(root: Path) -> None:
    """It is there, and can't be read."""
    (root / "templates" / "huge.txt").write_bytes(b"x" * (LARGEST_TEMPLATE + 1))

    assert read_templates(root / "templates")["huge.txt"].text is None


def test_a_configuration_keeps_its_templates(root: Path) -> None:
    """What was read is what is written with, whatever becomes of the file."""
    configuration = load(root, {})

    (root / "templates" / "welcome" / "body.txt").write_text("{{ half")

    assert configuration.templates["welcome/body.txt"].text == "Hello {{ user }}"
