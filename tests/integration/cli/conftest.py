"""A desk over a real Redis: a small configuration, commands run in this process, dead letters made on demand."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from redis import Redis

from notifier.cli import cli
from notifier.embedded import EmbeddedRedis
from notifier.model import Delivery
from notifier.outcome import Outcome, Reason, Rejected
from notifier.pipeline import Attempts
from notifier.wiring import Wiring, now

HANDLERS = """
- name: tell the owner
  event: token_init
  action: sendmail
  options: {emailconfig: relay1, To: tokenowner, subject: "Token {serial}", body: "Hello {user}"}
- name: text the owner
  event: token_disable
  action: sendsms
  options: {smsconfig: relay1, To: tokenowner, body: "Hello {user}"}
- name: broken on purpose
  event: token_broken
  action: sendmail
  options: {emailconfig: relay1, To: tokenowner, subject: "{nosuchtag", body: "x"}
"""
SERVERS = "relay1: {server: localhost, port: 2525, tls: none, sender: s@example.com}\nspare: {server: localhost}\n"
GATEWAYS = 'relay1: {provider: http, options: {URL: "http://127.0.0.1:1/"}}\n'


@dataclass(frozen=True, slots=True)
class Answering:
    """A provider that always says the same."""

    outcome: Outcome

    def send(self, delivery: Delivery) -> Outcome:  # noqa: ARG002 - the port's signature
        """What it was made for."""
        return self.outcome

    def close(self) -> None:
        """Nothing is open."""


def event(ident: str, kind: str = "token_init", **more: Any) -> dict[str, Any]:
    """One event about Kim's token."""
    owner = {"username": "kim", "realm": "sales", "givenname": "Kim", "email": "kim@example.com", "mobile": "+49160700"}
    data = {"tokenowner": owner, "token": {"serial": "OATH1", "type": "hotp"}}
    return {"specversion": "1.0", "id": ident, "source": "/pi", "type": kind, "data": data, **more}


@dataclass(slots=True)
class Desk:
    """Commands, and the wiring they work with."""

    config: Path
    environ: dict[str, str]
    wiring: Wiring

    def run(self, *arguments: str, given: str | bytes | None = None) -> Result:
        """One command."""
        return CliRunner(env=self.environ).invoke(cli, [*arguments, "--config", str(self.config)], input=given)

    def json(self, *arguments: str, given: str | None = None) -> Any:
        """The one JSON document of a command that succeeds."""
        result = self.run(*arguments, "--json", given=given)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def publish(self, *events: dict[str, Any]) -> None:
        """Into the stream."""
        self.wiring.stream.append([json.dumps(e).encode() for e in events])

    def take_in(self, *events: dict[str, Any]) -> None:
        """Published and planned, as a worker does it."""
        self.publish(*events)
        while self.wiring.intake.take_in(100, now).entries:
            pass

    def refuse(self, *events: dict[str, Any]) -> None:
        """Planned, and refused by the provider."""
        self.answer(Rejected(Reason.MAILBOX_UNAVAILABLE, "550 5.1.1 no such user"), *events)

    def answer(self, outcome: Outcome, *events: dict[str, Any]) -> None:
        """Planned, and answered so by the provider."""
        self.take_in(*events)
        attempts = Attempts(
            outbox=self.wiring.outbox,
            keeper=self.wiring.keeper,
            providers=lambda _: nullcontext(Answering(outcome)),
            policies=self.wiring.policies,
            observe=lambda _: None,
            roll=lambda: 0.5,
        )
        for queue in self.wiring.glance().queues:
            attempts.attempt(queue.way, 60)

    def dead(self) -> Sequence[dict[str, Any]]:
        """The dead letters."""
        found: Sequence[dict[str, Any]] = self.json("dead", "list")
        return found


@pytest.fixture
def desk(redis: Redis, redis_server: EmbeddedRedis, tmp_path: Path) -> Desk:
    """A desk over an empty Redis."""
    assert redis.dbsize() == 0
    config = tmp_path / "config"
    (config / "handlers").mkdir(parents=True)
    (config / "handlers" / "owner.yaml").write_text(HANDLERS)
    (config / "smtp_servers.yaml").write_text(SERVERS)
    (config / "sms_gateways.yaml").write_text(GATEWAYS)
    environ = {"NOTIFIER_REDIS_URL": redis_server.url}
    return Desk(config, environ, Wiring(config, environ))


@pytest.fixture
def make_event() -> Callable[..., dict[str, Any]]:
    """The maker of events."""
    return event
