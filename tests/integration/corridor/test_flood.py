"""An account under attack, from the events to its owner's mailbox: configuration, corridor, sweep and desk together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import yaml_text
from ageing import age
from click.testing import CliRunner
from redis import Redis

from notifier.cli import cli
from notifier.embedded import EmbeddedRedis
from notifier.model import Channel
from notifier.record.outbox import Way
from notifier.record.redis_outbox import PREFIX
from notifier.testing import SmsSink, SmtpSink
from notifier.wiring import Wiring, now

MAIL, SMS = Way(Channel.MAIL, "relay1"), Way(Channel.SMS, "sms1")
HANDLERS = (
    yaml_text.HANDLERS
    + """\
- name: the token is blocked
  event: token_lost
  action: sendmail
  options: {emailconfig: relay1, To: tokenowner, subject: blocked, body: Blocked}
  delivery: {critical: true}
"""
)
HOUR = timedelta(hours=1)


class House:
    """A configuration directory with sinks, and what a worker does."""

    def __init__(self, root: Path, url: str, mail: SmtpSink, sms: SmsSink) -> None:
        self.root, self.url, self.mail, self.sms = root, url, mail, sms
        self.write("notifier.yaml", "limits: {per_recipient: 3/1h}\n")
        self.write("handlers/all.yaml", HANDLERS)
        self.write("smtp_servers.yaml", yaml_text.smtp(mail.port))
        self.write("sms_gateways.yaml", yaml_text.sms(sms.url))

    def write(self, name: str, text: str) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text)

    @property
    def wiring(self) -> Wiring:
        return Wiring(self.root, {"NOTIFIER_REDIS_URL": self.url})

    def work(self, count: int = 0, kind: str = "token_init", prefix: str = "e") -> Wiring:
        """So many events come, and all that there is to do is done."""
        wiring = self.wiring
        assert wiring.check() == (), "the configuration is clean"
        events = (yaml_text.event(f"{prefix}{i}", kind) for i in range(count))
        wiring.stream.ensure_group()
        wiring.stream.append(json.dumps(event).encode() for event in events)
        while wiring.intake.take_in(100, now).entries:
            pass
        wiring.sweep()
        for way in (MAIL, SMS):
            wiring.attempts.attempt(way, 30)
        wiring.keeper.close()
        wiring.close()
        return wiring

    def subjects(self) -> list[str]:
        return [str(message_from_bytes(m.content, policy=policy.default)["Subject"]) for m in self.mail.messages]

    def cli(self, *arguments: str) -> str:
        found = CliRunner().invoke(
            cli, arguments, env={"NOTIFIER_CONFIG": str(self.root), "NOTIFIER_REDIS_URL": self.url}
        )
        assert found.exit_code == 0, found.output
        return found.output


@pytest.fixture
def house(tmp_path: Path, redis: Redis, redis_server: EmbeddedRedis) -> Iterator[House]:
    del redis
    with SmtpSink() as mail, SmsSink() as sms:
        yield House(tmp_path, redis_server.url, mail, sms)


def test_the_owner_of_an_attacked_account_gets_a_few_mails_and_one_that_counts_the_rest(
    house: House, redis: Redis
) -> None:
    """And what is critical comes through, whatever else came before."""
    house.work(40)
    house.work(2, "token_lost", "b")
    assert house.subjects() == ["Token OATH1"] * 3 + ["blocked"] * 2

    age(redis, HOUR)
    house.work()
    house.work()

    assert house.subjects()[5:] == ["37 more notifications held back"]
    body = message_from_bytes(house.mail.messages[-1].content, policy=policy.default).get_content()
    assert "37 more notifications were held back between" in body
    assert "s3cret-c0de" not in body


def test_the_desk_shows_what_was_held_and_sends_it_if_asked(house: House) -> None:
    """No warning that it may arrive twice: it was never tried. And nothing is held back a second time."""
    house.work(5)

    letters = json.loads(house.cli("dead", "list", "--reason", "recipient_limit", "--json"))
    assert [letter["to"] for letter in letters] == ["k**@example.com"] * 2
    assert "2 dead, 2 held back" in house.cli("status")
    unasked = house.cli("dead", "replay", "--provider", "relay1", "--yes")
    house.work()
    before = len(house.mail.messages)
    answer = house.cli("dead", "replay", "--reason", "recipient_limit", "--yes")
    house.work()

    assert "2 held back by limits.per_recipient stay" in unasked
    assert before == 3
    assert "0 dead, 0 held back" in house.cli("status")
    assert "twice" not in answer
    assert len(house.mail.messages) == 5


def test_texts_are_counted_apart_and_told_in_one_short_one(house: House, redis: Redis) -> None:
    """The channel counts; an SMS gets no explanation."""
    house.work(5)
    house.work(5, "token_disable", "s")
    age(redis, HOUR)
    house.work()

    assert len(house.mail.messages) == len(house.sms.messages) == 4
    text = house.sms.messages[-1].parameters["text"]
    assert text.startswith("2 more notifications were held back between")
    assert "\n" not in text


def test_a_house_has_its_own_words(house: House, redis: Redis) -> None:
    """In `templates/held/`; a mistake there is a warning of `check`, and the recipient is told all the same."""
    house.write("templates/held/subject.txt", "{{ count }} zurückgehalten")
    house.write("templates/held/body.txt", "Es waren zu viele.")
    house.work(5)
    age(redis, HOUR)
    house.work()
    assert house.subjects()[-1] == "2 zurückgehalten"

    house.write("templates/held/body.txt", "{{ user }}")
    (problem,) = house.wiring.check()
    assert problem.warning
    assert "held" in problem.message


def test_no_address_is_in_any_key(house: House, redis: Redis) -> None:
    """Keys are listed where values aren't shown."""
    house.work(5)
    house.work(5, "token_disable", "s")

    keys = b" ".join(redis.keys("*"))
    assert b"held:" in keys
    assert b"kim" not in keys
    assert b"4916012" not in keys


def test_a_summary_has_nothing_to_explain(house: House, redis: Redis) -> None:
    """No producer sent it: its retention isn't over, there never was a text."""
    house.work(5)
    age(redis, HOUR)
    house.work()
    idents = [redis.hget(key, "id") or b"" for key in redis.keys(f"{PREFIX}event:*") if redis.type(key) == b"hash"]
    (ident,) = [ident.decode() for ident in idents if ident.startswith(b"held-")]

    found = CliRunner().invoke(
        cli, ["explain", ident], env={"NOTIFIER_CONFIG": str(house.root), "NOTIFIER_REDIS_URL": house.url}
    )

    assert found.exit_code != 0
    assert "no producer sent" in found.output


def test_one_overflow_that_cannot_be_read_keeps_nothing_else_back(house: House, redis: Redis) -> None:
    """Written by a newer version, or by nobody: it waits for somebody who can read it, and the sweep goes on."""
    house.work(5)
    (held,) = [key for key in redis.keys("*held:*") if redis.type(key) == b"hash"]
    envelope = redis.hget(held, "envelope")
    assert envelope is not None
    redis.hset(held, "envelope", envelope.replace(b'"mail"', b'"push"'))
    redis.zadd("nt:{0}:held", {"nobody:0": 1})
    age(redis, HOUR)
    wiring = house.wiring

    wiring.sweep()
    unreadable = list(wiring.floods.unreadable)
    wiring.sweep()

    assert len(unreadable) == 2
    assert wiring.floods.unreadable == []  # not looked at again at once
    assert redis.zcard("nt:{0}:held") == 2
