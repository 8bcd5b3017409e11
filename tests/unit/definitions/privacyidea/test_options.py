"""Options: the same people are told the same."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from privacyidea import Import

from notifier.compose.actions import ACTIONS as OURS
from notifier.compose.recipients import RECIPIENT_TYPES
from notifier.definitions.privacyidea.vocabulary import ACTIONS, TYPES


def test_every_option_there_is_one_here() -> None:
    """For each action."""
    assert TYPES == RECIPIENT_TYPES
    assert [name for name, options in ACTIONS.items() if not options <= OURS[name].keys()] == []


def test_unknown_options_are_left_out(one: Import) -> None:
    """Also those that mean something only here, or only to another action."""
    found = one(action="sendsms", options={"template": "x", "To_email": "a@x", "subject": "s", "reply_to": ""})

    assert found.only.options == {"smsconfig": "sms", "body": "b"}
    assert found.told("not_carried") == [
        "definition 'tell': its option 'template': that isn't one, and was ignored there",
        "definition 'tell': its option 'To_email': that isn't one, and was ignored there",
        "definition 'tell': its option 'subject': that means nothing to sendsms",
    ]


def test_empty_options_are_absent_ones(one: Import) -> None:
    """Forms leave them behind."""
    found = one(options={"reply_to": "", "To tokenowner": "", "mimetype": "", "attach_qrcode": "", "To email": None})

    assert found.only.options == {"emailconfig": "relay", "subject": "s", "body": "b"}


@pytest.mark.parametrize("to", ["", "nobody", "Tokenowner", ["a"]])
def test_an_unknown_recipient_type_told_nobody(one: Import, to: Any) -> None:
    """And doesn't begin to."""
    found = one(options={"To": to})

    assert found.configuration.definitions == ()
    assert "is no recipient type: nobody was ever told by it" in found.told("not_carried")[0]


@pytest.mark.parametrize(
    "options", [{"reply_to": "nobody"}, {"reply_to": "admin realm"}, {"reply_to": "admin realm", "reply_to email": "x"}]
)
def test_an_answer_to_nobody_kept_no_mail_back(one: Import, options: dict[str, str]) -> None:
    """Answers go to the sender, as they did."""
    found = one(options=options)

    assert "reply_to" not in found.only.options
    assert "answers go to the sender, as they did" in found.told("not_carried")[0]


def test_the_standard_texts_are_ours(one: Import) -> None:
    """They are worded differently."""
    assert one(options={"subject": ""}).told("differs") == [
        "definition 'tell': it has no subject or body of its own, and the standard one is worded differently"
    ]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"To": "email", "To email": "a@x.de"}, False),
        ({"To": "email", "To email": "a@x.de,"}, False),
        ({"To": "email", "To email": "a@x.de, b@x.de"}, True),
        ({"To": "admin realm", "To admin realm": "helpdesk"}, True),
        ({"To": "tokenowner", "To email": "a@x.de, b@x.de"}, False),
    ],
)
def test_several_addresses_are_several_mails(one: Import, options: dict[str, str], told: bool) -> None:
    """One each, with its own outcome."""
    assert any("a mail of its own" in line for line in one(options=options).told("differs")) is told


def test_sms_to_admins_failed_there(one: Import) -> None:
    """Here their number may be known."""
    found = one(action="sendsms", options={"To": "internal admin", "To internal admin": "admin"})

    assert "always failed there" in found.told("differs")[0]


@pytest.mark.parametrize(
    ("given", "here", "told"),
    [("html", "html", 0), ("HTML", "HTML", 0), ("plain", "plain", 0), ("markdown", "plain", 1)],
)
def test_other_mimetypes_are_plain(one: Import, given: str, here: str, told: int) -> None:
    """The mail arrives, and the report says how."""
    found = one(options={"mimetype": given})

    assert found.only.options["mimetype"] == here
    assert len(found.told("differs")) == told


@pytest.mark.parametrize("options", ["{", ["a"], 5, {"body": {"a": 1}}])
def test_options_that_cannot_be_read_set_the_definition_aside(one: Import, options: Any) -> None:
    """Nobody knows what it did."""
    found = one(options=options)

    assert found.configuration.definitions == ()
    assert found.told("not_carried")[0].startswith("definition 'tell': its options ")


def test_a_body_of_its_own_file_is_copied(one: Import, public: Path) -> None:
    """Where it can be read: the import runs on the same machine."""
    (public / "t.html").write_text("Hello {user} ü\n", encoding="utf-8")

    found = one(options={"body": f"file:{public}/t.html"})

    assert found.only.options["body"] == "file:t.html"
    assert (found.root / "templates" / "t.html").read_text(encoding="utf-8") == "Hello {user} ü\n"
    assert found.told("differs") == [
        f"definition 'tell': its body, the file {public}/t.html, was copied to templates/t.html: edit it there"
    ]


def test_files_of_one_name_stay_apart(imported: Import, public: Path) -> None:
    """Two texts are two files; one text is one."""
    bodies = []
    for folder, content in (("a", "A"), ("b", "B"), ("c", "A")):
        (public / folder).mkdir()
        (public / folder / "t").write_text(content)
        bodies.append({"name": folder, "event": "x", "action": "savefile",
                       "options": {"filename": "f", "body": f"file:{public}/{folder}/t"}})  # fmt: skip

    found = imported(event=bodies)

    assert [d.options["body"] for d in found.configuration.definitions] == ["file:t", "file:t-2", "file:t"]
    assert (found.root / "templates" / "t-2").read_text() == "B"


@pytest.mark.parametrize("source", ["/no/such/t.html", "t.html", "/dev/zero/../t.html", "x\0y/t.html"])
def test_a_body_out_of_reach_has_to_be_copied(one: Import, source: str) -> None:
    """Then the next import finds it."""
    found = one(options={"body": f"file:{source}"})
    assert found.configuration.definitions == ()
    assert "file:t.html: no such file in templates/" in found.told("not_carried")[0]
    assert f"copy it to {found.root / 'templates' / 't.html'}, and import again (--force)" in found.told("to_do")[0]

    (found.root / "templates").mkdir()
    (found.root / "templates" / "t.html").write_text("there now")

    assert one(options={"body": f"file:{source}"}).only.options["body"] == "file:t.html"


@pytest.mark.parametrize("source", ["/dev/zero", "/", "/etc"])
def test_a_body_that_is_no_file_is_not_read(one: Import, source: str) -> None:
    """A device has no end."""
    assert one(options={"body": f"file:{source}"}).configuration.definitions == ()


@pytest.mark.parametrize("private", ["mode", "folder", "link", "pipe"])
def test_a_body_that_not_everybody_may_read_is_not_copied(one: Import, public: Path, private: str) -> None:
    """The import may run as root, and whoever wrote the definition may not be it."""
    (public / "closed").mkdir(mode=0o700)
    file = (public / "closed" / "shadow") if private in ("folder", "link") else (public / "shadow")
    if private == "pipe":
        os.mkfifo(file, 0o644)
    else:
        file.write_text("s3cret", encoding="utf-8")
        file.chmod(0o640 if private == "mode" else 0o644)
    if private == "link":
        file = public / "shadow"
        file.symlink_to(public / "closed" / "shadow")

    found = one(options={"body": f"file:{file}"})

    assert not (found.root / "templates").exists()
    why = "is no file" if private == "pipe" else "not everybody may read (look whether it is meant to be sent)"
    assert f"its body stands in the file {file}, which {why}: copy it to" in found.told("to_do")[0]


def test_the_body_of_a_definition_that_is_set_aside_is_not_copied(imported: Import, public: Path) -> None:
    """Unless another one has it, too."""
    (public / "t").write_text("hello", encoding="utf-8")
    options = {"filename": "f", "body": f"file:{public}/t"}
    aside = {"name": "aside", "event": "x", "action": "nosuch", "options": options}
    carried = {**aside, "name": "carried", "action": "savefile"}

    assert not (imported(event=[aside]).root / "templates").exists()
    assert (imported(event=[aside, carried]).root / "templates" / "t").read_text() == "hello"
