"""All of it together: an installation, its peers, a producer, and somebody who strikes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml_text

from chaos import dice
from chaos.audit import Audit, Findings, keys_by_pattern
from chaos.dice import Extent
from chaos.peers import Gateway, MailServer, Moods, tally
from chaos.producer import Producer
from chaos.strikes import Striker
from chaos.workers import Workers
from notifier.embedded import EmbeddedRedis
from notifier.wiring import Wiring

HANDLERS = """\
- name: mail the owner
  event: [token_init, token_assign]
  action: sendmail
  options: {emailconfig: relay1, To: tokenowner, template: ponderous}
- name: text the owner
  event: [token_disable, token_assign]
  action: sendsms
  options: {smsconfig: sms1, To: tokenowner, body: "Token {serial} is off"}
- name: mail the owner at most once
  event: token_revoke
  action: sendmail
  options: {emailconfig: relay1, To: tokenowner, subject: "Token {serial}", body: "Goodbye {givenname}"}
  delivery: {on_unsure: hold}
"""
#: Takes its time, as many definitions and long texts do: a kill should find events being evaluated, too.
PONDEROUS = "{% for _ in range(25000) %}{% endfor %}Hello {{ givenname }}\n"
NOTIFIER = "retry: {mail: {first: 1s, cap: 2s}, sms: {first: 1s, cap: 2s}}\n"
QUEUES = ("events", "mail", "sms", "file")
#: How long everything may take to become final after the last blow: leases, abandoned entries, retries.
SETTLE = 240.0
#: How long Celery's queues may take to run empty after that.
RUN_EMPTY = 60.0
TICK = 0.1


@dataclass(slots=True)
class Report:
    """What was done, and what came of it."""

    seed: int
    extent: Extent
    accepted: int = 0
    open: int = 0
    failures: int = 0
    dealt: dict[str, int] = field(default_factory=dict)
    kills: int = 0
    starts: int = 0
    #: Exit codes of workers that fell by themselves, and how often.
    fallen: dict[int, int] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)
    #: Bells left in Celery's queues, and messages Celery remembers of killed workers: harmless.
    bells: int = 0
    unacked: int = 0
    keys: dict[str, int] = field(default_factory=dict)
    #: Seconds: of blows; from the last blow until all was final; until everything had ended.
    blows_seconds: float = 0.0
    final_seconds: float = 0.0
    seconds: float = 0.0
    kept: str = ""

    @property
    def good(self) -> bool:
        """Every promise was kept."""
        return self.findings.good


Progress = Callable[[str, int, int], None]


class Experiment:
    """One run over one directory."""

    def __init__(self, root: Path, extent: Extent, seed: int, progress: Progress) -> None:
        self._root, self._extent, self._seed, self._progress = root, extent, seed, progress
        self._events = dice.notices(extent, seed)
        self._pause = threading.Event()

    def run(self) -> Report:
        """Strike, wait until all is final, look."""
        report = Report(self._seed, self._extent)
        began = time.monotonic()
        moods = Moods(dice.endless(self._seed))
        server = EmbeddedRedis(self._root / "redis", appendfsync="always")
        with MailServer(moods) as mail, Gateway(moods) as sms, server:
            environ = self._install(mail, sms, server)
            wiring = Wiring(self._root / "config", environ)
            with self._staff(environ) as workers:
                producer = Producer(self._events, server.url)
                striker = Striker(workers, server, wiring.redis, delivered=moods.came, published=producer.came)
                self._strike(striker, producer, mail, sms)
                report.blows_seconds = time.monotonic() - began
                stuck = self._wait("all final", lambda: at_rest(wiring), SETTLE, mail, sms)
                report.final_seconds = time.monotonic() - began - report.blows_seconds
                accepted = [n for n in self._events if n.ident in producer.accepted]
                perhaps = [n for n in self._events if n.ident in producer.open]
                report.findings = Audit(wiring.redis, *tally(mail, sms)).run(accepted, perhaps)
                report.findings.wrong += stuck
                report.findings.wrong += self._wait("queues empty", lambda: not bells(wiring), RUN_EMPTY, mail, sms)
                report.findings.wrong += _roll_call(workers, environ) + _stop(workers)
            report.accepted, report.open, report.failures = len(accepted), len(perhaps), producer.failures
            report.dealt = {str(blow): count for blow, count in striker.dealt.items()}
            report.kills, report.starts, report.fallen = striker.kills, workers.starts, dict(workers.fallen)
            report.findings.wrong += _fallen(workers)
            report.bells, report.unacked = bells(wiring), unacked(wiring)
            report.keys = keys_by_pattern(wiring.redis)
        report.seconds = time.monotonic() - began
        return report

    def _install(self, mail: MailServer, sms: Gateway, server: EmbeddedRedis) -> dict[str, str]:
        config = self._root / "config"
        (config / "handlers").mkdir(parents=True)
        (config / "notifier.yaml").write_text(NOTIFIER)
        (config / "smtp_servers.yaml").write_text(yaml_text.smtp(mail.port))
        (config / "sms_gateways.yaml").write_text(yaml_text.sms(sms.url))
        (config / "handlers" / "all.yaml").write_text(HANDLERS)
        (config / "templates" / "ponderous").mkdir(parents=True)
        (config / "templates" / "ponderous" / "subject.txt").write_text("Token {{ serial }}\n")
        (config / "templates" / "ponderous" / "body.txt").write_text(PONDEROUS)
        return {**os.environ, "NOTIFIER_REDIS_URL": server.url, "NOTIFIER_CONFIG": str(config)}

    @contextmanager
    def _staff(self, environ: dict[str, str]) -> Iterator[Workers]:
        workers = Workers(self._extent.workers, self._root, environ)
        try:
            yield workers
        finally:
            workers.close()

    def _strike(self, striker: Striker, producer: Producer, mail: MailServer, sms: Gateway) -> None:
        def progress() -> None:
            arrived = len(mail.messages) + len(sms.delivered)
            self._progress(f"{striker.kills} kills, {arrived} arrived", striker.dealt.total(), len(strikes))

        strikes = dice.strikes(self._extent, self._seed)
        producer.start()
        striker.deal(strikes, progress)
        while not producer.done:
            progress()
            self._pause.wait(TICK)

    def _wait(
        self, what: str, condition: Callable[[], bool], seconds: float, mail: MailServer, sms: Gateway
    ) -> list[str]:
        began = time.monotonic()
        while not condition():
            waited = time.monotonic() - began
            self._progress(f"until {what}: {waited:.0f} s, {len(mail.messages) + len(sms.delivered)} arrived", 1, 1)
            if waited > seconds:
                return [f"not {what} after {seconds:.0f} s"]
            self._pause.wait(TICK)
        return []


def at_rest(wiring: Wiring) -> bool:
    """Nothing is waiting, nobody is at anything."""
    glance = wiring.glance()
    idle = all(queue.due + queue.waiting + queue.leased == 0 for queue in glance.queues)
    return idle and not glance.deferred and wiring.stream.backlog() == (0, 0)


def bells(wiring: Wiring) -> int:
    """How many messages wait in Celery's queues."""
    client: Any = wiring.redis
    return sum(int(client.llen(queue)) for queue in QUEUES)


def unacked(wiring: Wiring) -> int:
    """How many messages Celery remembers as being worked on."""
    client: Any = wiring.redis
    return int(client.hlen("unacked"))


def _roll_call(workers: Workers, environ: dict[str, str]) -> list[str]:
    command = [sys.executable, "-m", "chaos.roll_call", *workers.names]
    answer = subprocess.run(command, env=environ, capture_output=True, text=True, check=True, timeout=120)
    present = json.loads(answer.stdout)
    return [f"worker {name} is there and does nothing" for name in workers.names if name not in present]


def _fallen(workers: Workers) -> list[str]:
    count = workers.fallen[0]
    return [f"{count} workers ended by themselves and said that all was well"] if count else []


def _stop(workers: Workers) -> list[str]:
    orphans = [f"process {orphan} outlived its worker" for orphan in workers.orphans()]
    return orphans + [f"worker {name} ended with {code} on SIGTERM" for name, code in workers.stop().items() if code]
