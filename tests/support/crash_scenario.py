"""A few events of every kind on their way through the corridor, in a worker that may end at any point.

Run as a program it is such a worker, which really ends.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml_text
from ageing import age
from faults import Crash, Faults, FaultyProvider, load_scripts, watch
from redis import Redis

from notifier.compose.directory.port import Directory, User
from notifier.definitions.load import Configuration, load
from notifier.deliver.provider import Hear, Provider
from notifier.errors import DirectoryUnavailable
from notifier.intake.stream import GROUP
from notifier.model import Channel
from notifier.record.outbox import Way
from notifier.record.redis_client import connect
from notifier.record.redis_outbox import PREFIX
from notifier.testing import DROP, ReceivedMail, SmsSink, SmtpSink
from notifier.wiring import Wiring, now

WAYS = (Way(Channel.MAIL, "relay1"), Way(Channel.SMS, "sms1"))
HANDLERS = """\
- name: owner
  event: token_init
  action: sendmail
  options: {emailconfig: relay1, To: tokenowner, subject: s, body: Hello}
- name: careful
  event: token_assign
  action: sendmail
  options: {emailconfig: relay1, To: tokenowner, subject: s, body: Hello}
  delivery: {on_unsure: hold}
- name: staff
  event: token_unassign
  action: sendmail
  options: {emailconfig: relay1, To: admin realm, To admin realm: staff, subject: s, body: Hello}
  delivery: {together: true}
- {name: text, event: token_disable, action: sendsms, options: {smsconfig: sms1, To: tokenowner, body: off}}
"""
#: Gets one mail within the limit; what is beyond is held back, replayed by the operator, and told once.
FLOODED = "flooded@x"
LIMIT = "\nlimits: {per_recipient: 1/30m}\n"
#: Events by id: their type, and the owner's facts.
EVENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "accepted": ("token_init", {"email": "accepted@x"}),
    "refused": ("token_init", {"email": "refused@x"}),
    "replayed": ("token_init", {"email": "once-refused@x"}),
    "deferred": ("token_init", {"email": "deferred@x"}),
    "unsure": ("token_init", {"email": "unsure@x"}),
    "held": ("token_assign", {"email": "held@x"}),
    "together": ("token_unassign", {}),
    "text": ("token_disable", {"mobile": "+491601234567"}),
    "waits": ("token_init", {"username": "ann", "email": None, "givenname": None}),
    "broken": ("token_init", {"username": "bug", "email": None, "givenname": None}),
    "moved": ("token_init", {"username": "eve", "email": None, "givenname": None}),
    "within": ("token_init", {"email": FLOODED}),
    "beyond": ("token_init", {"email": FLOODED}),
}
#: Who has to have got something in the end, and from which event. The refused one got nothing, and is on the desk.
EXPECTED = {
    "accepted@x": "accepted",
    "once-refused@x": "replayed",
    "deferred@x": "deferred",
    "unsure@x": "unsure",
    "held@x": "held",
    "one@x,two@x": "together",
    "+491601234567": "text",
    "ann@x": "waits",
    "bug@x": "broken",
    "eve@x": "moved",
}
#: Of these the letters are composed again: one never was, one had a wrong address.
RECOMPOSED = ("broken", "moved")
PAUSE = timedelta(minutes=10)
MOST_ROUNDS = 60


class People:
    """A directory that doesn't answer, then does.

    A bug makes one member unreadable and gives another a wrong address until it is mended.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def user(self, username: str, realm: str) -> User | None:
        if username == "ann" and (self._root / "down").exists():
            raise DirectoryUnavailable("ad", "timed out")
        mended = (self._root / "mended").exists()
        if username == "bug" and not mended:
            raise ZeroDivisionError
        if username == "eve" and not mended:
            return {"username": username, "realm": realm, "email": "wrong@x", "givenname": username}
        return {"username": username, "realm": realm, "email": f"{username}@x", "givenname": username}

    def members(self, realm: str) -> Iterable[User] | None:
        return [{"email": "one@x"}, {"email": "two@x"}] if realm == "staff" else None

    def internal_admin(self, name: str) -> User | None:
        del name
        return None


class FaultyWiring(Wiring):
    """As in production, but for the directory, and for an end at some point."""

    def __init__(self, configuration: Configuration, url: str, faults: Faults) -> None:
        super().__init__(configuration.root, {"NOTIFIER_REDIS_URL": url}, configuration=configuration)
        self.faults = faults

    @cached_property
    def redis(self) -> Redis:
        client = connect(self.redis_url)
        watch(client, self.faults)
        return client

    @cached_property
    def directory(self) -> Directory:
        return People(self.config)

    def open(self, way: Way, hear: Hear | None = None) -> Provider:
        return FaultyProvider(super().open(way, hear), self.faults)

    def end(self) -> None:
        """What ends with a process: its threads and its connections."""
        self.keeper.close()
        self.providers.close()
        self.redis.close()


def live(configuration: Configuration, url: str, faults: Faults) -> bool:
    """One worker's life: work, sweep and decide until all is quiet; False: it ended before."""
    wiring, observer = FaultyWiring(configuration, url, faults), connect(url)
    wiring.attempts.WINDOW_SECONDS = 60.0  # type: ignore[misc] - a window of several, however slow the machine is
    try:
        for _ in range(MOST_ROUNDS):
            if not _round(wiring, faults):
                if is_quiet(observer):
                    return True
                (configuration.root / "down").unlink(missing_ok=True)
                age(observer, PAUSE)
    except Crash:
        return False
    finally:
        wiring.end()
        observer.close()
    raise AssertionError("it never became quiet")


def _round(wiring: FaultyWiring, faults: Faults) -> int:
    """Everybody has a look; how much was done."""
    done = 0
    with faults.step("take in"):
        while entries := wiring.intake.take_in(10, now).entries:
            done += entries
    with faults.step("sweep"):
        wiring.sweep()
    with faults.step("attempt"):
        done += sum(wiring.attempts.attempt(way, 60).total() for way in WAYS)
    with faults.step("desk"):
        done += _decide(wiring)
    return done


def _decide(wiring: FaultyWiring) -> int:
    """An operator has letters sent again, or composed again where the address was wrong; how many."""
    again, anew = [], []
    for letter in wiring.desk.letters():
        if letter.state != "reopened" and letter.to != "r**@x":
            (anew if letter.to == "w**@x" else again).append(letter)
    if again or anew:
        (wiring.config / "mended").touch()
    if again:
        wiring.desk.replay(again)
    if anew:
        wiring.desk.replay(anew, recompose=True)
    return len(again) + len(anew)


def is_quiet(redis: Any) -> bool:
    """Nothing waits for anybody but an operator."""
    zsets = ["deferred", "reopened", "held", *(f"{kind}:{way}" for way in WAYS for kind in ("due", "leased"))]
    return not redis.xlen("token-events") and not any(redis.zcard(PREFIX + name) for name in zsets)


@dataclass
class Scenario:
    """The events, the peers, and what came of it."""

    root: Path
    url: str
    sms: SmsSink
    mail: SmtpSink = field(init=False)
    faults: Faults = field(default_factory=Faults)
    #: How many deliveries the flood guard held back.
    held: int = 0
    _rcpt: str = ""
    _met: Counter[str] = field(default_factory=Counter)

    def reply(self, verb: str, argument: str) -> str | None:
        """How the mail server behaves."""
        if self.faults.spoken(verb):
            return DROP
        if verb == "RCPT":
            self._rcpt = argument.partition("<")[2].partition(">")[0]
        self._met[f"{verb} {self._rcpt}"] += 1
        first = self._met[f"{verb} {self._rcpt}"] == 1
        match verb, self._rcpt:
            case "RCPT", "refused@x" | "wrong@x":
                return "550 5.1.1 no such user"
            case "RCPT", "once-refused@x" if first:
                return "550 5.1.1 no such user"
            case "RCPT", "deferred@x" if first:
                return "451 4.7.1 greylisted"
            case ".", "unsure@x" | "held@x" if first:
                return DROP
        return None

    def prepare(self) -> Configuration:
        """An empty Redis, and all events in the stream; one twice, and one that nobody can read."""
        with connect(self.url) as redis:
            redis.flushall()
            load_scripts(redis)
            events = [{**yaml_text.event(i, kind, **facts), "id": i} for i, (kind, facts) in EVENTS.items()]
            for raw in [json.dumps(event) for event in (*events, events[0])] + ["{"]:
                redis.xadd("token-events", {"event": raw})
        texts = {
            "notifier.yaml": yaml_text.NOTIFIER + LIMIT,
            "handlers/all.yaml": HANDLERS,
            "smtp_servers.yaml": yaml_text.smtp(self.mail.port),
            "sms_gateways.yaml": yaml_text.sms(self.sms.url),
        }
        (self.root / "handlers").mkdir(parents=True)
        for name, text in texts.items():
            (self.root / name).write_text(text)
        (self.root / "down").touch()
        return load(self.root, {})

    def verify(self) -> None:
        """Everybody got it, nobody twice in silence, and nothing is left over."""
        with connect(self.url) as redis:
            self._verify(Wiring(self.root, {"NOTIFIER_REDIS_URL": self.url}), redis)

    def _verify(self, wiring: Wiring, redis: Any) -> None:
        arrived = self._arrived()
        stories = {ident: wiring.timeline.show(ident) for ident in EVENTS}
        self._verify_flooded(arrived.pop(FLOODED), stories)
        assert arrived.keys() == EXPECTED.keys()
        for to, ident in EXPECTED.items():
            # A letter of a definition that failed stays in the story; there is none if it was taken in after the mend.
            *letters, delivery = stories[ident]["deliveries"]
            assert [letter["state"] for letter in letters] in ([], ["recomposed"] * (ident == "broken")), ident
            assert (delivery["state"], stories[ident]["event"]["state"]) == ("sent", "final"), ident
            unsure = sum(attempt["outcome"] == "unsure" for attempt in delivery["attempts"])
            assert len(arrived[to]) <= 1 + unsure, f"{ident}: {len(arrived[to])} times, {unsure} unsure"
            assert len(set(arrived[to])) == 1, "two of one delivery can't be told apart from two"
        ((letter,),) = [list(wiring.desk.letters())]
        assert (letter.event, letter.reason) == ("refused", "mailbox_unavailable")
        assert len(wiring.quarantine) == 1
        assert is_quiet(redis)
        assert not list(redis.scan_iter(f"{PREFIX}event:*:asked"))
        assert redis.xpending("token-events", GROUP)["pending"] == 0
        for ident, story in stories.items():
            key = f"{PREFIX}event:{story['event']['key']}"
            assert int(redis.hget(key, "open")) == (ident == "refused"), ident
            assert (redis.pttl(key) > 0) == (ident != "refused"), ident

    def _verify_flooded(self, arrived: list[str], stories: dict[str, Any]) -> None:
        """Each of the two, and one summary if one was held back: not where it came long after the first."""
        both = [story["deliveries"][0] for name, story in stories.items() if name in ("within", "beyond")]
        assert [one["state"] for one in both] == ["sent", "sent"]
        # An operator replays nothing else of these two.
        held = sum(one["replays"] > 0 for one in both)
        told = {_identity(mail) for mail in self.mail.messages if b"held back" in mail.content}
        assert len(told) == held <= 1, "one summary, and never without a reason"
        assert len(set(arrived)) == 2 + held
        unsure = sum(attempt["outcome"] == "unsure" for one in both for attempt in one["attempts"])
        assert len([identity for identity in arrived if identity not in told]) <= 2 + unsure
        self.held += held

    def _arrived(self) -> dict[str, list[str]]:
        """Who got what: the messages' ids."""
        found: dict[str, list[str]] = {}
        for mail in self.mail.messages:
            found.setdefault(",".join(sorted(mail.rcpt_to)), []).append(_identity(mail))
        for message in self.sms.messages:
            found.setdefault(str(message.parameters["to"]), []).append("")
        return found


def _identity(mail: ReceivedMail) -> str:
    return str(message_from_bytes(mail.content)["Message-ID"])


def main() -> None:
    """A worker that is killed at a point; its number, the directory and the URL are the arguments."""
    root, url, at = sys.argv[1:]
    live(load(Path(root), {}), url, Faults(int(at), lambda: os.kill(os.getpid(), signal.SIGKILL)))


if __name__ == "__main__":
    main()
