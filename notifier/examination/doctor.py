"""The whole examination: what needs no network first, then all providers at once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from notifier.errors import ConfigError, MissingExtra, NotifierError
from notifier.examination.finding import Finding, Subject
from notifier.examination.names import Resolver, examine_domain, resolver
from notifier.examination.rounds import Look, rounds
from notifier.model import Channel

if TYPE_CHECKING:
    from notifier.wiring import Wiring


class Doctor:
    """Looks at what one configuration says.

    Args:
        wiring: The house.
        now: For certificates and clocks.
        provider: Only that one, and nothing else; empty: all of it.
        offline: Leave out what needs a network.
        ask: The domain name system; None: the system's resolver.
    """

    def __init__(
        self, wiring: Wiring, now: datetime, *, provider: str = "", offline: bool = False, ask: Resolver | None = None
    ) -> None:
        self._wiring = wiring
        self._now = now
        self._provider = provider
        self._offline = offline
        self._ask = ask

    def examine(self, seconds: float = 60.0) -> Iterator[Finding]:
        """The findings, as they come in; those that aren't there after so long are errors."""
        if not self._provider:
            yield from self._examine_configuration()
            yield from self._examine_directory()
            yield from self._examine_spool()
        looks = {} if self._offline else {**({} if self._provider else self._shared()), **self._providers()}
        yield from rounds(looks, seconds)

    def _examine_configuration(self) -> Iterator[Finding]:
        subject, problems = Subject("configuration"), self._wiring.check()
        for problem in problems:
            say = subject.warning if problem.warning else subject.error
            yield say(f"{problem.file}:{problem.line}:{problem.column}: {problem.message}", problem.hint or "mend it")
        if not problems:
            yield subject.ok(f"{len(self._wiring.configuration.definitions)} definitions, no mistakes")

    def _examine_directory(self) -> Iterator[Finding]:
        used = any(d.action.lower() == "savefile" for d in self._wiring.configuration.definitions)
        directory: Path = self._wiring.configuration.settings.spool_directory
        subject = Subject("file", str(directory))
        if directory.is_dir() and os.access(directory, os.W_OK | os.X_OK):
            yield subject.ok("files can be written there")
        elif used:
            yield subject.error("nothing can be written there, and savefile wants to", "make it, for the workers' user")

    def _examine_spool(self) -> Iterator[Finding]:
        """Of a machine that publishes; the others have none."""
        if place := self._wiring.environ.get("NOTIFIER_SPOOL", ""):
            from notifier.examination.spool import examine_spool  # noqa: PLC0415

            yield from examine_spool(Subject("spool", place), Path(place))

    def _shared(self) -> dict[Subject, Look]:
        return {Subject("redis"): self._examine_redis}

    def _examine_redis(self) -> Iterator[Finding]:
        from notifier.examination.redis import examine_redis  # noqa: PLC0415 - redis only where it is looked at
        from notifier.examination.work import examine_work  # noqa: PLC0415
        from notifier.record.redis_client import reach  # noqa: PLC0415

        subject = Subject("redis")
        try:
            reach(self._wiring.redis_url, origin=self._wiring.redis_origin)
        except (NotifierError, ConfigError) as error:
            yield subject.error(str(error), "start it, or mend its URL")
            return
        yield from examine_redis(subject, self._wiring, self._now)
        yield from examine_work(Subject("worker"), self._wiring)

    def _providers(self) -> dict[Subject, Look]:
        c, meant = self._wiring.configuration, self._provider
        looks: dict[Subject, Look] = {}
        for name in c.smtp_servers:
            if meant in ("", name):
                looks[Subject(Channel.MAIL, name)] = partial(self._examine_server, name)
        for name in c.sms_gateways:
            if meant in ("", name):
                looks[Subject(Channel.SMS, name)] = partial(self._examine_gateway, name)
        return looks

    def _examine_server(self, name: str) -> Iterator[Finding]:
        from notifier.examination.smtp import examine_smtp  # noqa: PLC0415

        subject, server = Subject(Channel.MAIL, name), self._wiring.configuration.smtp_servers[name]
        yield from examine_smtp(subject, server, self._now)
        try:
            ask = self._ask or resolver()
        except (MissingExtra, OSError) as error:
            yield subject.note(f"SPF, DKIM and DMARC weren't looked at: {error}")
            return
        yield from examine_domain(subject, server, ask)

    def _examine_gateway(self, name: str) -> Iterator[Finding]:
        from notifier.examination.gateway import examine_gateway  # noqa: PLC0415

        gateway = self._wiring.configuration.sms_gateways[name]
        yield from examine_gateway(Subject(Channel.SMS, name), gateway, self._now)
