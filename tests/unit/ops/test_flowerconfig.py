"""Flower's settings: who may look, from where, and one clear line where that isn't said."""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CONFIG = Path(__file__).parents[3] / "config" / "flowerconfig.py"
Read = Callable[..., dict[str, Any]]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Read:
    """Reads the settings as Flower does, with this environment and these arguments."""

    def run(*arguments: str, **environ: str) -> dict[str, Any]:
        monkeypatch.setattr(os, "environ", environ)
        monkeypatch.setattr(sys, "argv", ["celery", "flower", *arguments])
        return runpy.run_path(str(CONFIG))

    return run


def test_it_is_for_looking_from_this_machine(read: Read) -> None:
    """Read only, on 127.0.0.1, nothing kept on disk."""
    settings = read(NOTIFIER_FLOWER_AUTH="ops:pa55")

    names = ("address", "port", "read_only", "persistent", "enable_events", "basic_auth")
    assert [settings[name] for name in names] == ["127.0.0.1", 5555, True, False, True, ["ops:pa55"]]


def test_it_moves_where_it_is_told(read: Read) -> None:
    """Address, port and prefix come from the environment."""
    settings = read(
        NOTIFIER_FLOWER_AUTH="ops:pa55",
        NOTIFIER_FLOWER_ADDRESS="0.0.0.0",
        NOTIFIER_FLOWER_PORT="8888",
        NOTIFIER_FLOWER_URL_PREFIX="flower",
    )

    assert (settings["address"], settings["port"], settings["url_prefix"]) == ("0.0.0.0", 8888, "flower")


def test_the_user_may_stand_in_a_file(read: Read, tmp_path: Path) -> None:
    """As secrets of containers do; the end of the line isn't part of the password."""
    (tmp_path / "auth").write_text("ops:pa,ss\n")

    assert read(NOTIFIER_FLOWER_AUTH_FILE=str(tmp_path / "auth"))["basic_auth"] == ["ops:pa,ss"]


def test_flowers_own_variable_may_name_several(read: Read) -> None:
    """Separated by commas, as Flower has it."""
    assert read(FLOWER_BASIC_AUTH="a:b,c:d")["basic_auth"] == ["a:b", "c:d"]


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({}, "NOTIFIER_FLOWER_AUTH=user:password"),
        ({"NOTIFIER_FLOWER_AUTH": "pa55"}, "NOTIFIER_FLOWER_AUTH"),
        ({"NOTIFIER_FLOWER_AUTH": "ops:"}, "NOTIFIER_FLOWER_AUTH"),
        ({"NOTIFIER_FLOWER_AUTH_FILE": "/nowhere/auth"}, "/nowhere/auth"),
        ({"NOTIFIER_FLOWER_AUTH": "ops:pa55", "NOTIFIER_FLOWER_PORT": "http"}, "NOTIFIER_FLOWER_PORT"),
        ({"NOTIFIER_FLOWER_OPEN": "1", "NOTIFIER_FLOWER_ADDRESS": "0.0.0.0"}, "NOTIFIER_FLOWER_AUTH"),
    ],
)
def test_what_lets_nobody_or_everybody_in_is_refused(read: Read, environ: dict[str, str], named: str) -> None:
    """One line that names the variable, and no password."""
    with pytest.raises(SystemExit) as refusal:
        read(**environ)

    line = str(refusal.value)
    assert named in line
    assert "\n" not in line
    assert "pa55" not in line


def test_only_the_demo_is_open(read: Read) -> None:
    """Without a user on 127.0.0.1 alone, whatever the command line says."""
    assert read("--port=1", NOTIFIER_FLOWER_OPEN="1")["basic_auth"] == []
    for elsewhere in ("--address=0.0.0.0", "--unix_socket=/tmp/flower.sock"):
        with pytest.raises(SystemExit):
            read(elsewhere, NOTIFIER_FLOWER_OPEN="1")
