"""`notifier demo`: all of it on throw-away ports, with sinks in place of a mail server and a gateway."""

from __future__ import annotations

import email
import email.policy
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import click
from ruamel.yaml import YAML

from notifier.cli.processes import Household, shipped_config
from notifier.embedded import EmbeddedRedis
from notifier.errors import NotifierError
from notifier.record.desk import DeadLetter
from notifier.testing import ReceivedMail, ReceivedSms, SmsSink, SmtpSink
from notifier.wiring import Wiring

#: Who plays which part.
SHAKY, GONE = "rosa@example.com", "wim@example.com"
PATIENCE = 60.0


@click.command(epilog="\b\nExample:\n  notifier demo")
@click.option("--flower/--no-flower", default=True, show_default=True, help="Start Flower too.")
def demo(flower: bool) -> None:
    """Show it at work: sample events become mails and SMS; one is tried again, one ends on the desk and is replayed.

    Uses the shipped example configuration; nothing leaves this machine, and nothing is left behind.
    """
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="token-notifier-demo-") as place, SmtpSink() as mail, SmsSink() as sms:
        root = Path(place)
        config = _configuration(root, mail.port, sms.url)
        mail.script(["451 4.7.1 try again in a moment"] * 2, recipient=SHAKY)
        mail.script(["550 5.1.1 no such mailbox"], recipient=GONE)
        with EmbeddedRedis(root / "redis") as redis, _household(config, redis.url, root) as household:
            wiring = Wiring(config, {**os.environ, "NOTIFIER_REDIS_URL": redis.url})
            _say("Started", f"Redis (embedded), mail sink :{mail.port}, SMS sink :{sms.port}, 2 workers")
            port = _free_port()
            if flower:
                household.add_flower(port, NOTIFIER_FLOWER_OPEN="1")
            events = _publish(wiring, config)
            _settle(wiring, events)
            for received in mail.messages:
                _show_mail(received)
            for text in sms.messages:
                _show_sms(text)
            _show_retried(wiring)
            _replay(wiring, mail)
            if flower:
                _show_flower(port)
            _summary(wiring, mail, sms)
    click.echo(f"\nDone in {time.monotonic() - started:.0f} s; nothing is left behind.")


def _configuration(root: Path, smtp_port: int, sms_url: str) -> Path:
    """A copy of the example in which every provider is a sink, and patience is short."""
    config = root / "config"
    shutil.copytree(shipped_config(), config)
    yaml = YAML()

    def rewrite(name: str, change: Callable[[Any], None]) -> None:
        content = yaml.load(config / name)
        change(content)
        yaml.dump(content, config / name)

    def to_sink(servers: Any) -> None:
        for server in servers.values():
            server.update({"server": f"127.0.0.1:{smtp_port}", "tls": "none"})

    def to_gateway(gateways: Any) -> None:
        for gateway in gateways.values():
            gateway["options"]["URL"] = sms_url

    rewrite("smtp_servers.yaml", to_sink)
    rewrite("sms_gateways.yaml", to_gateway)
    rewrite("notifier.yaml", lambda settings: settings["retry"]["mail"].update({"first": "1s", "cap": "2s"}))
    return config


@contextmanager
def _household(config: Path, url: str, root: Path) -> Iterator[Household]:
    household = Household(config, url, log_directory=root)
    try:
        household.add_worker("events", "events", 1)
        household.add_worker("deliveries", "mail,sms,file", 2)
        yield household
    finally:
        household.stop()


def _publish(wiring: Wiring, config: Path) -> int:
    files = sorted((config / "samples").glob("*.json"))
    wiring.stream.append(file.read_bytes() for file in files)
    _say("Published", f"{len(files)} events of a real token server: {', '.join(f.stem for f in files)}")
    return len(files)


def _settle(wiring: Wiring, events: int) -> None:
    """Wait until every event is planned and every delivery final."""
    until = time.monotonic() + PATIENCE
    planned = 0
    while time.monotonic() < until:
        backlog, pending = wiring.stream.backlog()
        glance = wiring.glance()
        open_ = sum(q.due + q.waiting + q.leased for q in glance.queues)
        planned = events - backlog - pending
        if not backlog and not pending and not open_ and glance.queues:
            return
        time.sleep(0.05)
    raise NotifierError(f"the demo did not settle within {PATIENCE:.0f} s ({planned} of {events} events planned)")


def _show_mail(received: ReceivedMail) -> None:
    message = email.message_from_bytes(received.content, policy=email.policy.default)
    _say("Mail", f"to {', '.join(received.rcpt_to)}")
    click.echo(f"  From: {message['From']}\n  Subject: {message['Subject']}")
    body = message.get_body(("plain", "html"))
    for line in (body.get_content() if body else "").rstrip().splitlines():
        click.echo(f"  │ {line}")


def _show_sms(received: ReceivedSms) -> None:
    _say("SMS", f"to {received.parameters.get('to')}")
    click.echo(f"  │ {received.parameters.get('text')}")


def _show_retried(wiring: Wiring) -> None:
    for story in (wiring.timeline.show(key) for key in wiring.timeline.keys("sm-0006-post")):
        for delivery in story["deliveries"]:
            _say("Tried again", f"{delivery['handler']} to {delivery['to']}: {delivery['state']}")
            for attempt in delivery["attempts"]:
                click.echo(f"  {attempt['at']}  {attempt['outcome']:<9} {attempt['detail']}")


def _replay(wiring: Wiring, mail: SmtpSink) -> None:
    letters: list[DeadLetter] = list(wiring.desk.letters())
    for letter in letters:
        _say("Dead letter", f"{letter.handler} to {letter.to}: {letter.reason} ({letter.detail})")
    if not letters:
        raise NotifierError("the demo expected a dead letter and found none")
    before = len(mail.messages)
    wiring.desk.replay(letters)
    wiring.sweep()
    for received in mail.wait_for(before + len(letters))[before:]:
        _say("Replayed", "the mailbox exists now")
        _show_mail(received)


def _show_flower(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            with urlopen(f"http://127.0.0.1:{port}/healthcheck", timeout=2) as answer:
                _say("Flower", f"http://127.0.0.1:{port} answers {answer.status}; try it with `notifier up`")
                return
        except OSError:
            time.sleep(0.2)
    raise NotifierError("Flower did not answer within 20 s")


def _summary(wiring: Wiring, mail: SmtpSink, sms: SmsSink) -> None:
    queues = wiring.glance().queues
    accepted = sum(q.accepted for q in queues)
    _say("Summary", f"{len(mail.messages)} mails and {len(sms.messages)} SMS arrived, {accepted} accepted, none lost")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _say(what: str, text: str) -> None:
    click.echo("\n" + click.style(f"{what:<12}", fg="cyan", bold=True) + text)
