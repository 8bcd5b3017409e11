"""`dead replay` and `discard` as an operator uses them: composed again, held, in bulk, broken off."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from click.testing import CliRunner, Result
from redis.exceptions import ConnectionError as RedisConnectionError

from notifier.cli import cli
from notifier.configuration import Policies
from notifier.outcome import Reason, Unsure
from notifier.record.desk import Answer, DeadLetter, Desk
from notifier.record.redis_outbox import PREFIX
from notifier.wiring import Wiring

Make = Callable[..., dict[str, Any]]
HOLD = """
- name: tell the owner
  event: token_init
  action: sendmail
  options: {emailconfig: relay1, To: tokenowner, subject: "Token {serial}", body: "Hello {user}"}
  delivery: {on_unsure: hold}
"""


def mend(desk: Any, text: str) -> None:
    """Other definitions, and workers that know them."""
    (desk.config / "handlers" / "owner.yaml").write_text(text)
    desk.wiring = Wiring(desk.config, desk.environ)


def test_recompose_by_todays_definition(desk: Any, make_event: Make) -> None:
    """Same letter, today's text; `show` has its history."""
    desk.refuse(make_event("e1"))
    ident = desk.dead()[0]["id"]
    mend(desk, HOLD.replace("Hello", "Dear"))

    dry = desk.run("dead", "replay", "--recompose", "--all", "--dry-run")
    result = desk.json("dead", "replay", ident, "--recompose")
    desk.take_in()

    assert dry.stdout.endswith("would recompose 1\n")
    assert result == {"replayed": [], "reopened": [ident], "not_there": [], "event_gone": []}
    assert desk.dead() == []
    (told,) = desk.json("show", "e1")["deliveries"]
    assert (told["id"], told["state"], told["replays"], len(told["attempts"])) == (ident, "retry", 1, 1)
    message = json.loads(desk.wiring.redis.hget(f"{PREFIX}delivery:{ident}", "message"))
    assert message["body"] == "Dear Kim"


def test_what_is_no_longer_planned_is_told_by_show(desk: Any, make_event: Make) -> None:
    """On the desk, in the event's story, and in the letter's: why, and what to do."""
    desk.refuse(make_event("e1"))
    ident = desk.dead()[0]["id"]
    mend(desk, HOLD.replace("token_init", "token_assign"))
    desk.run("dead", "replay", ident, "--recompose")
    desk.take_in()

    why = "no definition of this name is bound to token_init any more"
    assert desk.json("dead", "list", "--reason", "no_longer_planned")[0]["id"] == ident
    letter = desk.run("dead", "show", ident).stdout
    assert why in letter
    assert "without --recompose sends the old text" in letter
    assert "550 5.1.1 no such user" in letter
    assert f"no_longer_planned: {why}" in desk.run("show", "e1").stdout
    assert desk.run("dead", "replay", ident).stdout == "replayed 1\n"


def test_an_event_that_is_gone_is_told(desk: Any, make_event: Make) -> None:
    """The letter stays, and nothing named could be done: exit 1."""
    desk.refuse(make_event("e1"))
    ident = desk.dead()[0]["id"]
    desk.wiring.redis.delete(*desk.wiring.redis.keys(f"{PREFIX}event:*"))

    result = desk.run("dead", "replay", ident, "--recompose")

    assert result.stdout == "replayed 0, 1 can't be: the event is no longer kept (retention)\n"
    assert result.exit_code == 1
    assert [x["id"] for x in desk.dead()] == [ident]


@pytest.fixture
def held(desk: Any, make_event: Make) -> Any:
    """Two held letters, and a refused one."""
    mend(desk, HOLD)
    desk.refuse(make_event("e1"))
    lost = Unsure(Reason.CONNECTION_LOST, "lost after the last byte")
    desk.answer(lost, make_event("e2"), make_event("e3"))
    return desk


def test_states_restrict(held: Any) -> None:
    """Held ones apart from refused ones; another word is wrong usage."""
    events = {state: [x["event"] for x in held.json("dead", "list", "--state", state)] for state in ("held", "dead")}

    assert {state: sorted(found) for state, found in events.items()} == {"held": ["e2", "e3"], "dead": ["e1"]}
    assert held.json("dead", "list", "--state", "expired") == []
    assert held.run("dead", "list", "--state", "sent").exit_code == 2


def test_what_is_held_may_arrive_twice(held: Any) -> None:
    """It is said before it is done, in the question or beside it."""
    ident = held.json("dead", "list", "--state", "held")[0]["id"]
    twice = "held: nobody knows whether it was sent, so it may arrive twice."

    asked = held.run("dead", "replay", "--all")
    one = held.run("dead", "replay", ident)
    rest = held.run("dead", "replay", "--all", "--yes")

    assert f"2 of them are {twice} Replay 3 dead letters? Say so with --yes" in asked.stderr
    assert (one.stderr, one.stdout) == (f"It is {twice}\n", "replayed 1\n")
    assert (rest.stderr, rest.stdout) == (f"1 of them is {twice}\n", "replayed 2\n")


def test_dead_show_tells_who_took_it_over(desk: Any, make_event: Make) -> None:
    """Planned for one provider, tried by another: both are named, with the last words and the versions."""
    desk.refuse(make_event("e1"))
    ident = desk.dead()[0]["id"]
    desk.wiring.redis.hset(
        f"{PREFIX}delivery:{ident}", mapping={"provider": "mail:spare", "channel": "mail", "name": "relay1"}
    )

    lines = dict(line.split(maxsplit=1) for line in desk.run("dead", "show", ident).stdout.splitlines())

    assert (lines["provider"], lines["via"]) == ("relay1", "spare")
    assert lines["last"].endswith("550 5.1.1 no such user")
    assert lines["replays"] == "0"
    assert len(lines["definition_version"]) == len(lines["configuration_version"]) > 0


class Halting(Desk):
    """A desk at which something happens during the second batch."""

    def replay(self, letters: Sequence[DeadLetter], *, recompose: bool = False) -> list[Answer]:
        answers = super().replay(letters, recompose=recompose)
        self.batches = getattr(self, "batches", 0) + 1
        if self.batches == 2:
            self.happens()
        return answers

    def happens(self) -> None:
        raise NotImplementedError


def bulk(desk: Any, made: type[Halting], *arguments: str) -> Result:
    """`dead replay --all` at such a desk."""
    wiring = Wiring(desk.config, desk.environ)
    wiring.__dict__["desk"] = made(wiring.redis, retention=wiring.configuration.settings.retention, policies=Policies())
    command = ["dead", "replay", "--all", "--yes", *arguments]
    return CliRunner(env=desk.environ).invoke(cli, command, obj={"wiring": wiring, "config": desk.config})


class Interrupted(Halting):
    """Ctrl-C."""

    def happens(self) -> None:
        signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("as_json", [True, False])
def test_ctrl_c_ends_after_the_batch_at_hand(desk: Any, make_event: Make, as_json: bool) -> None:
    """It says how many were done; the others are on the desk as they were; exit 130."""
    desk.refuse(*(make_event(f"e{i}") for i in range(1700)))
    before = signal.getsignal(signal.SIGINT)

    result = bulk(desk, Interrupted, *(["--json"] if as_json else []))

    assert result.exit_code == 130
    assert "interrupted after 1000 of 1700; the others are as they were" in result.stderr
    assert len(json.loads(result.stdout)["replayed"]) == 1000 if as_json else result.stdout == "replayed 1000\n"
    assert [x["state"] for x in desk.dead()] == ["dead"] * 700
    assert signal.getsignal(signal.SIGINT) == before
    assert desk.run("dead", "replay", "--all", "--yes").stdout == "replayed 700\n"


class Unreachable(Halting):
    """Redis goes away."""

    def happens(self) -> None:
        raise RedisConnectionError("gone")


def test_redis_goes_away_in_the_middle(desk: Any, make_event: Make) -> None:
    """How many were done is said before the error."""
    desk.refuse(*(make_event(f"e{i}") for i in range(1100)))

    result = bulk(desk, Unreachable)

    assert result.exit_code == 75
    assert result.stderr.startswith("500 of 1100 were done before this\nnotifier: Redis can't be reached")


def test_ten_thousand_letters_are_listed_replayed_and_discarded(desk: Any, make_event: Make) -> None:
    """Each once."""
    desk.refuse(*(make_event(f"e{i}") for i in range(10_000)))
    ids = [x["id"] for x in desk.dead()]

    assert len(set(ids)) == 10_000
    assert len(desk.run("dead", "list").stdout.splitlines()) == 10_001
    assert desk.run("dead", "replay", "--all", "--yes").stdout == "replayed 10000\n"
    assert desk.json("status")["outbox"]["due"] == 10_000
    desk.refuse()
    assert set(desk.json("dead", "discard", "--all", "--yes")["discarded"]) == set(ids)
    assert desk.dead() == []
