"""`notifier preview`: what a definition would send, as files to look at."""

from __future__ import annotations

import email
import email.policy
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from notifier.cli import cli

HANDLERS = """
- name: tell the owner
  event: token_init
  conditions: {tokentype: hotp}
  action: sendmail
  options: {emailconfig: relay1, To: tokenowner, template: hello}
- name: text the owner
  event: token_disable
  action: sendsms
  options: {smsconfig: sms1, To: tokenowner, body: "Hello {user}, ABCDEFGHIJABCDEFGHIJABCDEFGHIJABCDEFGHIJABCDEFGHIJ\
ABCDEFGHIJABCDEFGHIJABCDEFGHIJABCDEFGHIJABCDEFGHIJABCDEFGHIJABCDEFGHIJABCDEFGHIJABCDEFGHIJABCDEFGHIJABCDEFGHIJ"}
- name: tell all
  event: token_init
  action: sendmail
  options: {emailconfig: relay1, To: email, To email: "a@example.com, b@example.com, c@example.com",
            subject: S, body: B}
- name: broken on purpose
  event: token_init
  action: sendmail
  options: {emailconfig: relay1, To: tokenowner, subject: "{nosuchtag", body: "x"}
"""
OWNER = {"username": "kim", "realm": "sales", "givenname": "Kim", "email": "kim@example.com", "mobile": "+491607000000"}


def event(kind: str = "token_init", tokentype: str = "hotp") -> str:
    """One about Kim's token."""
    data = {"tokenowner": OWNER, "token": {"serial": "OATH1", "type": tokentype}}
    return json.dumps({"specversion": "1.0", "id": "e1", "source": "/pi", "type": kind, "data": data})


class Room:
    """A configuration, and a place for files."""

    def __init__(self, folder: Path) -> None:
        self.config, self.out = folder / "config", folder / "out"
        (self.config / "handlers").mkdir(parents=True)
        (self.config / "handlers" / "all.yaml").write_text(HANDLERS)
        hello = self.config / "templates" / "hello"
        hello.mkdir(parents=True)
        (hello / "subject.txt").write_text("Token {{ serial }}\n")
        (hello / "body.html").write_text("<p>Hello <b>{{ user }}</b></p>\n")
        (self.config / "smtp_servers.yaml").write_text("relay1: {server: localhost, sender: Tokens <t@example.com>}\n")
        (self.config / "sms_gateways.yaml").write_text(
            'sms1: {provider: http, options: {URL: "http://127.0.0.1:1/"}}\n'
        )

    def preview(self, *arguments: str, given: str = "") -> Result:
        """The verb."""
        words = ["preview", *arguments, "-o", str(self.out), "--config", str(self.config)]
        return CliRunner(env={"NOTIFIER_REDIS_URL": "redis://127.0.0.1:1/0"}).invoke(cli, words, input=given)

    def json(self, *arguments: str, given: str) -> Any:
        """Its document."""
        result = self.preview(*arguments, "--json", given=given)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    @property
    def files(self) -> list[str]:
        """What was written."""
        return sorted(path.name for path in self.out.iterdir()) if self.out.exists() else []


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """A configuration."""
    return Room(tmp_path)


def test_a_mail_is_written_as_it_is_sent_and_in_its_two_forms(room: Room) -> None:
    """The .eml holds the server's sender, both texts and the recipient; only its owner can read it."""
    result = room.preview("tell the owner", "-", given=event())

    assert result.exit_code == 0, result.output
    assert room.files == ["1-mail.eml", "1-mail.html", "1-mail.txt"]
    mail = email.message_from_bytes((room.out / "1-mail.eml").read_bytes(), policy=email.policy.default)
    assert (mail["From"], mail["To"], mail["Subject"]) == ("Tokens <t@example.com>", "kim@example.com", "Token OATH1")
    assert "Hello Kim" in mail.get_body(("plain",)).get_content()
    assert (room.out / "1-mail.html").read_text().strip() == "<p>Hello <b>Kim</b></p>"
    assert "Hello Kim" in (room.out / "1-mail.txt").read_text()
    assert stat.S_IMODE((room.out / "1-mail.eml").stat().st_mode) == 0o600
    assert stat.S_IMODE(room.out.stat().st_mode) == 0o700
    assert "mail by relay1 to kim@example.com" in result.stdout


def test_an_sms_is_written_whole_and_in_its_segments(room: Room) -> None:
    """So one sees where it is cut, and what it costs."""
    result = room.preview("text the owner", "-", given=event("token_disable"))

    assert room.files == ["1-sms.segments.txt", "1-sms.txt"]
    text = (room.out / "1-sms.txt").read_text()
    first, second = (room.out / "1-sms.segments.txt").read_text().split("--- 2 of 2 ---\n")
    assert first.removeprefix("--- 1 of 2 ---\n").rstrip("\n") + second.rstrip("\n") == text
    assert len(first.removeprefix("--- 1 of 2 ---\n").rstrip("\n")) == 153
    assert "2 segments: 171 characters" in result.stdout


def test_an_sms_of_a_gateway_that_sends_ucs2_alone_is_in_its_segments(room: Room) -> None:
    """Not in those of the cheapest encoding."""
    options = "SMSC_HOST: h, SMSC_PORT: '1', SYSTEM_ID: i, PASSWORD: p, ENCODING: ucs2"
    (room.config / "sms_gateways.yaml").write_text(f"sms1: {{provider: smpp, options: {{{options}}}}}\n")

    result = room.preview("text the owner", "-", given=event("token_disable"))

    assert "3 segments: 171 characters, 171 units of UCS-2" in result.stdout
    assert "--- 3 of 3 ---" in (room.out / "1-sms.segments.txt").read_text()


def test_what_does_not_match_is_told_and_previewed_all_the_same_when_asked(room: Room) -> None:
    """The line names the condition, and the way out."""
    refused = room.preview("tell the owner", "-", given=event(tokentype="totp"))
    unbound = room.preview("text the owner", "-", given=event())
    anyway = room.preview("tell the owner", "-", "--anyway", given=event("token_disable", "totp"))

    assert refused.exit_code == unbound.exit_code == 1
    assert "not_matched because of tokentype; --anyway previews it" in refused.output
    assert "is for token_disable (post), not for token_init (post)" in unbound.output
    assert anyway.exit_code == 0
    assert room.files == ["1-mail.eml", "1-mail.html", "1-mail.txt"]


def test_a_name_that_is_not_there_gets_the_one_that_may_be_meant(room: Room) -> None:
    """And a definition that can't be read says why."""
    misspelt = room.preview("tell the ovner", "-", given=event())
    broken = room.preview("broken on purpose", "-", given=event())

    assert misspelt.exit_code == 2
    assert "did you mean 'tell the owner'?" in misspelt.output
    assert broken.exit_code == 1
    assert "fails: options.subject: unbalanced brace" in broken.output
    assert not room.files


def test_files_that_are_there_are_not_replaced_unasked(room: Room) -> None:
    """Nor is one written beside them; with --force each is a new file, and a link isn't followed."""
    room.out.mkdir()
    elsewhere = room.config / "elsewhere"
    elsewhere.write_text("mine")
    (room.out / "1-mail.eml").symlink_to(elsewhere)

    refused = room.preview("tell the owner", "-", given=event())
    before = room.files
    forced = room.preview("tell the owner", "-", "--force", given=event())

    assert refused.exit_code == 2
    assert "--force replaces it" in refused.output
    assert before == ["1-mail.eml"]
    assert forced.exit_code == 0
    assert elsewhere.read_text() == "mine"
    assert not (room.out / "1-mail.eml").is_symlink()


def test_of_many_messages_the_first_are_written(room: Room) -> None:
    """And that there are more is told."""
    some = room.json("tell all", "-", "--most", "2", given=event())
    result = room.preview("tell all", "-", "--most", "2", "--force", given=event())

    assert [row["to"] for row in some["messages"]] == [["a@example.com"], ["b@example.com"]]
    assert some["complete"] is False
    assert "only the first 2 are written" in result.stdout


def test_json_names_each_file(room: Room) -> None:
    """One document, and an SMS's measure in it."""
    document = room.json("text the owner", "-", given=event("token_disable"))

    (row,) = document["messages"]
    assert document["complete"] is True
    assert document["error"] is None
    assert row["sms"]["segments"] == 2
    assert [Path(name).name for name in row["files"]] == ["1-sms.txt", "1-sms.segments.txt"]


def test_input_that_is_no_event_or_several_is_refused(room: Room, tmp_path: Path) -> None:
    """Each in one line."""
    (tmp_path / "two.jsonl").write_text(f"{event()}\n{event()}\n")

    nothing = room.preview("tell the owner", "-", given="")
    no_event = room.preview("tell the owner", "-", given="{}")
    several = room.preview("tell the owner", str(tmp_path / "two.jsonl"))

    assert nothing.exit_code == several.exit_code == 2
    assert no_event.exit_code == 65
    assert "has several events" in several.output
    assert len(no_event.output.splitlines()) == 1
