from __future__ import annotations

import re

import pytest
from composing import compiled, compose, event, only

from notifier.errors import ComposeError
from notifier.model import Channel, TokenOwner


def test_51_file() -> None:
    """Case 51: file name and text are rendered; nobody has to be a recipient."""
    action = compiled("savefile", filename="test{serial}.txt", body="{serial}, {user}")

    message = only(compose(action))

    assert (message.channel, message.provider, message.to) == (Channel.FILE, "spool", ())
    assert (message.filename, message.body) == ("testOATH123456.txt", "OATH123456, Cornelius")
    assert only(compose(action, event(tokenowner=None))).body == "OATH123456, "


@pytest.mark.parametrize("name", ["../../../x", "a/../../x", "..", ".", "a/..", "{tokendescription}"])
def test_52_leaving_the_directory(name: str) -> None:
    """Case 52: a name that leads out is an error before anything is planned, so that `explain` shows it, too."""
    with pytest.raises(ComposeError, match="leads out of spool_directory"):
        compose(compiled("savefile", filename=name, body="x"), event(token=None))


def test_52_leading_slashes() -> None:
    """They go; what stays inside may."""
    assert only(compose(compiled("savefile", filename="//a/b", body="x"))).filename == "a/b"
    assert only(compose(compiled("savefile", filename="a/../b", body="x"))).filename == "a/../b"


@pytest.mark.parametrize(
    ("value", "name"),
    [("x/../hans", "x_.._hans"), ("..", "__"), (".", "_"), ("/etc", "_etc"), ("a.b..", "a.b.."), ("", "")],
)
def test_a_value_makes_no_folder(value: str, name: str) -> None:
    """Whoever chooses a name can't choose another user's file: a value is a part of one name."""
    action = compiled("savefile", filename="out/{username}/{username}.txt", body="{username}")

    message = only(compose(action, event(tokenowner=TokenOwner(value))))

    assert (message.filename, message.body) == (f"out/{name}/{name}.txt", value)


def test_random() -> None:
    """{random} makes a name of its own, the same for a replay; a body has no such tag."""
    action = compiled("savefile", filename="{random}.txt", body="x")

    name = only(compose(action)).filename

    assert re.fullmatch(r"[A-Za-z0-9]{16}\.txt", name)
    assert only(compose(action)).filename == name
    assert compiled(body="{random}").errors[0][0] == "options.body"


def test_values_are_raw() -> None:
    """A file is no HTML, whatever the definition says."""
    assert only(compose(compiled("savefile", filename="x", body="<{user}>", mimetype="html"))).body == "<Cornelius>"


@pytest.mark.parametrize("name", ["", "/", " / "])
def test_without_a_name(name: str) -> None:
    """A file needs a name."""
    assert compiled("savefile", filename=name, body="x").errors == (("options.filename", "savefile needs a filename"),)


def test_no_recipient_tags() -> None:
    """A file has no recipient, so the recipient's tags print nothing."""
    assert only(compose(compiled("savefile", filename="x", body="[{recipient_surname}]"))).body == "[]"
