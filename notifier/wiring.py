"""The one place that builds things and joins them: configuration, Redis, providers, the corridor.

Rooms are imported when they are first entered: most commands never compose a message or walk the corridor.
"""

from __future__ import annotations

import logging
import os
import random
import socket
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from redis import Redis

from notifier.configuration import Policies, Settings
from notifier.definitions.index import Index
from notifier.definitions.load import Configuration, load
from notifier.definitions.ways import Ways
from notifier.embedded import default_directory, running_url
from notifier.errors import ConfigError, Problem, RedisUnreachable
from notifier.intake.quarantine import Quarantine
from notifier.intake.stream import ABANDONED_MS, Stream
from notifier.model import Channel, Delivery
from notifier.outcome import Misconfigured, Outcome, Reason
from notifier.record.glance import Glance, glance
from notifier.record.keeper import LeaseKeeper
from notifier.record.outbox import Way
from notifier.record.redis_client import connect
from notifier.record.redis_outbox import LEASE, RedisOutbox
from notifier.record.replicas import Replicas
from notifier.record.workers import Workers

if TYPE_CHECKING:
    from notifier.compose.composer import Composer
    from notifier.compose.directory.realms import RealmDirectory
    from notifier.compose.heldback import HeldBack
    from notifier.deliver.pool import ProviderPool
    from notifier.deliver.provider import Hear, Provider
    from notifier.evaluation import Evaluator
    from notifier.eventhandler.base import BaseEventHandler
    from notifier.pipeline import Attempts, Intake
    from notifier.recomposing import Recomposer
    from notifier.record.desk import Desk
    from notifier.record.redis_floods import RedisFloods
    from notifier.record.redis_receipts import RedisReceipts
    from notifier.record.redis_reopenings import RedisReopenings
    from notifier.record.timeline import Timeline
    from notifier.summaries import Summaries


class UnknownProvider:
    """Answers for a provider that no file defines: its deliveries wait until it is there."""

    def __init__(self, way: Way) -> None:
        file = "smtp_servers.yaml" if way.channel is Channel.MAIL else "sms_gateways.yaml"
        self._detail = f"{way.provider!r} is not in {file}"

    def send(self, delivery: Delivery) -> Outcome:  # noqa: ARG002 - the port's signature
        """Misconfigured, whatever the message."""
        return Misconfigured(Reason.UNKNOWN_PROVIDER, self._detail)

    def close(self) -> None:
        """Nothing is open."""


def now() -> datetime:
    """The time, in UTC. Below the wiring it is always an argument."""
    return datetime.now(UTC)


class Wiring:
    """Everything built from one configuration directory, each part when it is first asked for."""

    def __init__(
        self,
        config: Path,
        environ: Mapping[str, str] | None = None,
        *,
        configuration: Configuration | None = None,
        ending: Callable[[], bool] = lambda: False,
    ) -> None:
        self.config = config
        self._ending = ending
        if configuration is not None:  # read before, by this process's parent
            self.__dict__["configuration"] = configuration
        self.environ = dict(os.environ) if environ is None else dict(environ)

    def renewed(self, configuration: Configuration) -> Wiring:
        """A wiring of another version of the configuration; Redis, and what is in it, are those of this one."""
        other = Wiring(self.config, self.environ, configuration=configuration, ending=self._ending)
        for part in ("redis_url", "redis", "stream", "quarantine", "timeline", "workers", "keeper"):
            other.__dict__[part] = getattr(self, part)
        return other

    def close(self) -> None:
        """Leave nothing open that is this version's own; Redis stays."""
        if "providers" in self.__dict__:
            self.providers.close()
        if "directory" in self.__dict__:
            self.directory.close()

    # --- what the operator wrote ---

    @cached_property
    def configuration(self) -> Configuration:
        """The configuration directory as read; its problems are in it."""
        return load(self.config, self.environ)

    @cached_property
    def index(self) -> Index:
        """The definitions by event."""
        return Index(self.configuration.definitions, self.configuration.broken)

    @cached_property
    def modules(self) -> dict[str, BaseEventHandler]:
        """The handler modules by identifier."""
        from notifier.eventhandler.registry import modules  # noqa: PLC0415 - jinja2 only where messages are written

        return modules(self.composer)

    @cached_property
    def composer(self) -> Composer:
        """Writes messages as this configuration says."""
        from notifier.compose.composer import Composer  # noqa: PLC0415

        c = self.configuration
        senders = {name: server.sender for name, server in c.smtp_servers.items()}
        settings = c.settings
        return Composer(senders, self.directory, c.templates, settings.url, settings.timezone, gateways=c.sms_gateways)

    @cached_property
    def directory(self) -> RealmDirectory:
        """Who people are; a store connects when it is first asked, in each process anew."""
        from notifier.compose.directory.realms import RealmDirectory  # noqa: PLC0415

        return RealmDirectory(self.configuration.directory)

    def require_usable(self) -> None:
        """Refuse to work with a configuration that can't be understood: events wait, none is lost.

        Raises:
            ConfigError: with all its problems.
        """
        if not self.configuration.usable:
            raise ConfigError(problems=tuple(p for p in self.configuration.problems if not p.warning))

    @cached_property
    def evaluator(self) -> Evaluator:
        """Decides and composes."""
        from notifier.evaluation import Evaluator  # noqa: PLC0415

        return Evaluator(self.index, self.modules, self.directory)

    @cached_property
    def ways(self) -> Ways:
        """What is configured of each provider."""
        c = self.configuration
        return Ways(c.smtp_servers, c.sms_gateways, c.settings.retry)

    @property
    def longest_lease(self) -> timedelta:
        """How long an attempt may take, wherever it is made."""
        return max(map(self.outbox.lease_of, self.ways), default=LEASE)

    @property
    def policies(self) -> Policies:
        """Which retry policy holds for which provider."""
        return self.ways.policies

    def check(self, *, keys: bool = True) -> tuple[Problem, ...]:
        """Everything wrong with the configuration, in the order of the files.

        Args:
            keys: What mails are signed with, and other files that are named, too; else they needn't be here.
        """
        from notifier.definitions.lint import lint  # noqa: PLC0415
        from notifier.definitions.lint.files import missing  # noqa: PLC0415
        from notifier.definitions.lint.signing import signing  # noqa: PLC0415

        found = {*self.configuration.problems, *lint(self.configuration, self.modules)}
        if keys:
            found.update(signing(self.configuration, now()))
            found.update(missing(self.configuration.named_files))
        if error := self.held_back.error:
            hint = "recipients are told in the words that are built in"
            found.add(Problem("templates/held", 1, 1, error, hint, warning=True))
        return tuple(sorted(found))

    # --- Redis ---

    @cached_property
    def redis_url(self) -> str:
        """Where Redis is: NOTIFIER_REDIS_URL, ``redis.url``, or the embedded server that is running.

        Raises:
            RedisUnreachable: none of them.
        """
        url: str | None = self.environ.get("NOTIFIER_REDIS_URL") or self._configured_url
        url = url or running_url(default_directory(self.environ, self.config))
        if not url:
            raise RedisUnreachable(
                "no Redis: set NOTIFIER_REDIS_URL (or redis.url in notifier.yaml), or start `notifier up`"
            )
        return url

    @property
    def redis_origin(self) -> str:
        """Where it is written where Redis is; empty where nowhere is."""
        if self.environ.get("NOTIFIER_REDIS_URL"):
            return "NOTIFIER_REDIS_URL"
        return "redis.url in notifier.yaml" if self._configured_url else ""

    @property
    def _configured_url(self) -> str:
        try:
            return self.configuration.settings.redis_url
        except ConfigError:  # a producer needs no configuration directory
            return ""

    @cached_property
    def redis(self) -> Redis:
        """The client; connects when first used."""
        return connect(self.redis_url)

    @cached_property
    def stream_name(self) -> str:
        """The stream's name."""
        try:
            return self.configuration.settings.stream
        except ConfigError:  # a producer needs no configuration directory
            return Settings().stream

    @cached_property
    def stream(self) -> Stream:
        """How events come in."""
        return self.stream_of(self.stream_name)

    def stream_of(self, name: str) -> Stream:
        """A stream by its name: a spool may hold events for several."""
        return Stream(self.redis, name, socket.gethostname())

    @cached_property
    def quarantine(self) -> Quarantine:
        """What can't be read."""
        return Quarantine(self.redis)

    @cached_property
    def outbox(self) -> RedisOutbox:
        """What has to be delivered."""
        retention = self.configuration.settings.retention
        return RedisOutbox(
            self.redis,
            retention=retention,
            time_out=self.ways.time_out,
            rates=self.ways.rates,
            roll=random.random,
            per_recipient=self.configuration.settings.per_recipient,
            replicas=self._replicas,
        )

    @cached_property
    def floods(self) -> RedisFloods:
        """What was held back from recipients."""
        from notifier.record.redis_floods import RedisFloods  # noqa: PLC0415 - many commands need none of these

        return RedisFloods(self.redis, retention=self.configuration.settings.retention, replicas=self._replicas)

    @cached_property
    def receipts(self) -> RedisReceipts:
        """What providers tell later of messages that they took."""
        from notifier.record.redis_receipts import RedisReceipts  # noqa: PLC0415

        return RedisReceipts(self.redis)

    @cached_property
    def reopenings(self) -> RedisReopenings:
        """Dead letters whose event meets their definitions again."""
        from notifier.record.redis_reopenings import RedisReopenings  # noqa: PLC0415

        retention = self.configuration.settings.retention
        return RedisReopenings(self.redis, retention=retention, roll=random.random, replicas=self._replicas)

    @property
    def _replicas(self) -> Replicas:
        settings = self.configuration.settings
        return Replicas(settings.replicas, settings.replica_timeout)

    @cached_property
    def desk(self) -> Desk:
        """Dead letters."""
        from notifier.record.desk import Desk  # noqa: PLC0415

        return Desk(self.redis, retention=self.configuration.settings.retention, policies=self.policies)

    @cached_property
    def timeline(self) -> Timeline:
        """What happened."""
        from notifier.record.timeline import Timeline  # noqa: PLC0415

        return Timeline(self.redis)

    @cached_property
    def workers(self) -> Workers:
        """Who works."""
        return Workers(self.redis)

    def glance(self) -> Glance:
        """How much waits where."""
        return glance(self.redis, {way: self.outbox.rates_of(way) for way in self.ways if self.ways.rates(way)})

    # --- the corridor ---

    @cached_property
    def keeper(self) -> LeaseKeeper:
        """Keeps leases and stream entries while they are being worked on."""
        return LeaseKeeper(min(LEASE, timedelta(milliseconds=ABANDONED_MS)) / 3)

    @cached_property
    def intake(self) -> Intake:
        """The corridor's first half; see `require_usable`."""
        self.require_usable()
        from notifier.observe.log import log_observer  # noqa: PLC0415
        from notifier.pipeline import Intake  # noqa: PLC0415

        return Intake(
            stream=self.stream,
            quarantine=self.quarantine,
            outbox=self.outbox,
            keeper=self.keeper,
            evaluator=self.evaluator,
            recomposer=self.recomposer,
            policies=self.policies,
            observe=log_observer,
            max_size=self.configuration.settings.max_event_size,
            version=self.configuration.version,
        )

    @cached_property
    def recomposer(self) -> Recomposer:
        """What the first half does with events that come back for their reopened letters."""
        from notifier.recomposing import Recomposer  # noqa: PLC0415

        return Recomposer(self.reopenings, self.evaluator, self.policies, self.configuration.version)

    @cached_property
    def summaries(self) -> Summaries:
        """Tells recipients of what was held back from them."""
        from notifier.observe.log import log_observer  # noqa: PLC0415
        from notifier.summaries import Summaries  # noqa: PLC0415

        version = self.configuration.version
        return Summaries(self.floods, self.held_back, self.policies, observe=log_observer, version=version)

    @cached_property
    def held_back(self) -> HeldBack:
        """Writes what they are told."""
        from notifier.compose.heldback import HeldBack  # noqa: PLC0415 - jinja2 only where messages are written

        c = self.configuration
        return HeldBack(c.templates, c.settings.timezone, c.sms_gateways)

    @cached_property
    def attempts(self) -> Attempts:
        """The corridor's second half."""
        from notifier.observe.log import log_observer  # noqa: PLC0415
        from notifier.pipeline import Attempts  # noqa: PLC0415

        return Attempts(
            outbox=self.outbox,
            keeper=self.keeper,
            providers=self.providers.lend,
            policies=self.policies,
            observe=log_observer,
            roll=random.random,
            ending=self._ending,
            time_limit=self.ways.time_limit,
        )

    @cached_property
    def providers(self) -> ProviderPool:
        """Providers with their kept connections, for one user at a time."""
        from notifier.deliver.pool import ProviderPool  # noqa: PLC0415 - only where messages are sent

        return ProviderPool(self._open_reporting)

    def _open_reporting(self, way: Way) -> Provider:
        from notifier.deliver.provider import Reporting  # noqa: PLC0415

        provider = self.open(way)
        if isinstance(provider, Reporting):
            provider.report_to(self.receipts)
        return provider

    def open(self, way: Way, hear: Hear | None = None) -> Provider:
        """A provider of its own for who wants to listen to it, or to close it; see `providers`."""
        from notifier.deliver.provider import unheard  # noqa: PLC0415
        from notifier.deliver.registry import open_provider  # noqa: PLC0415 - requests only where messages are sent

        c = self.configuration
        config = {
            Channel.MAIL: c.smtp_servers.get(way.provider),
            Channel.SMS: c.sms_gateways.get(way.provider),
            Channel.FILE: c.settings.spool_directory,
        }[way.channel]
        return open_provider(config, hear=hear or unheard) if config is not None else UnknownProvider(way)

    def divert(self) -> Counter[Way]:
        """Let due deliveries go to the fallbacks of providers whose circuits are open; where they went."""
        return self.outbox.divert(self.ways.fallbacks)

    def sweep(self) -> None:
        """Take back what was left, give up the overdue, let events in again, tell who got no more."""
        from notifier.observe.log import write  # noqa: PLC0415
        from notifier.record.glance import reopened, returned  # noqa: PLC0415

        self.outbox.reclaim()
        self.outbox.expire()
        for comeback in reopened(self.redis):
            self.stream.put_back(comeback.raw, comeback.arrived, comeback.key if comeback.asked else "")
            returned(self.redis, comeback)
        if overflows := self.floods.overflows():
            self.summaries.tell(overflows, now())
        for ident in self.floods.unreadable:
            write(
                logging.ERROR, "flood.unreadable", overflow=ident, hint="written by another version? it waits an hour"
            )
