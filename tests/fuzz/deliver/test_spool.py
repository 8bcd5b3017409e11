"""`savefile` from the definition to the disk: whatever name comes out, nothing appears or changes elsewhere."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from composing import compiled, compose, event, only
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from notifier.deliver.file import SpoolDirectory
from notifier.errors import ComposeError
from notifier.model import Channel, Message, Request, TokenOwner
from notifier.outcome import Accepted, Reason, Rejected
from tests.support.deliveries import deliver

REFUSED = Reason.POLICY_REFUSED
PIECES = st.sampled_from(
    ["..", "...", ".", "/", "//", "\\", "\x00", "\n", "~", "-", "*", "$HOME", "%2e%2e%2f", "a", "ü", "\ud800",
     "link", "file", "self", "up", "loop", "dangling", "folder", "old", "outside", "spool",
     "spool-evil", "kept", "x" * 300, "a/" * 20, "a" * 5000]
)  # fmt: skip
NAMES = st.lists(PIECES | st.text(max_size=3), max_size=8).map("".join) | st.lists(PIECES, max_size=5).map("/".join)
TEMPLATES = st.lists(
    PIECES | st.sampled_from(["{serial}", "{user}", "{random}", "{username:>9}"]), min_size=1, max_size=6
)


def prepared(root: Path) -> Path:
    """A spool directory that somebody filled with links, among neighbours."""
    outside, spool = root / "outside", root / "spool"
    for folder in (outside, root / "spool-evil", spool / "folder"):
        folder.mkdir(parents=True)
    (outside / "kept").write_text("kept")
    (spool / "old").write_text("old")
    (spool / "link").symlink_to(outside)
    (spool / "file").symlink_to(outside / "kept")
    (spool / "self").symlink_to(spool)
    (spool / "up").symlink_to("..")
    (spool / "loop").symlink_to("loop")
    (spool / "dangling").symlink_to(outside / "made")
    return spool


def seen(root: Path, spool: Path | None = None) -> Mapping[str, str | bytes]:
    """Everything below ``root`` but what is in ``spool``: texts of files, targets of links, which aren't followed."""
    found: dict[str, str | bytes] = {}
    for folder, folders, files in os.walk(root):
        if spool is not None and Path(folder) == spool:
            folders.clear()
            continue
        for name in (*folders, *files):
            path = Path(folder, name)
            if path.is_symlink():
                found[str(path)] = str(path.readlink())
            else:
                found[str(path)] = path.read_bytes() if path.is_file() else "folder"
    return found


@settings(max_examples=300, deadline=None)  # the disk may be slow
@given(template=TEMPLATES.map("".join), serial=NAMES, user=NAMES, absolute=st.booleans())
@example(template="{serial}", serial="link/made", user="", absolute=False)
@example(template="{serial}", serial="../spool-evil/made", user="", absolute=False)
@example(template="{serial}/made", serial="up", user="", absolute=False)
@example(template="{user}", serial="", user="outside/made", absolute=True)
@example(template="{serial}", serial="old", user="", absolute=False)
def test_nothing_is_written_elsewhere(template: str, serial: str, user: str, absolute: bool) -> None:
    """The text lands in the spool directory or nowhere, and a bad name is this file's trouble alone."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory).resolve()
        spool = prepared(root)
        outside, links = seen(root, spool), {p: c for p, c in seen(spool).items() if isinstance(c, str)}
        action = compiled("savefile", filename=template, body="written")
        assume(not action.errors)
        givenname = f"{root}/{user}" if absolute else user
        owner = TokenOwner(user, givenname=givenname)
        try:
            message = only(compose(action, event(tokenowner=owner, request=Request(serial=serial))))
        except ComposeError as error:  # refused before it is a delivery; the channel is asked all the same
            assert error.reason == REFUSED
            message = Message(Channel.FILE, "spool", (), "written", filename=f"{root}/{user}" if absolute else serial)

        outcome = SpoolDirectory(spool).send(deliver(message))

        assert seen(root, spool) == outside
        inside = seen(spool)
        assert links.items() <= inside.items()
        assert not [path for path in inside if path.endswith(".part")]
        written = [path for path, content in inside.items() if content == b"written"]
        assert len(written) == isinstance(outcome, Accepted)
        assert isinstance(outcome, Accepted) or (isinstance(outcome, Rejected) and outcome.reason is REFUSED)
