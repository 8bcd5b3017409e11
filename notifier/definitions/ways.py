"""What the configuration says of each way out: who takes over, how patient to be, how much it may be sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from notifier.configuration import Policies, Rate, RetryPolicy, SmsGateway, SmtpServer
from notifier.model import Channel
from notifier.record.outbox import Way

#: A conversation has up to fifteen answers, each within two time-outs (`notifier.deliver.patience`).
WHOLE_CONVERSATION = 30
#: And nothing has less time (seconds).
SHORTEST_LIMIT = 300.0


class Ways:
    """The providers of one configuration, by their ways."""

    def __init__(
        self,
        smtp_servers: Mapping[str, SmtpServer],
        sms_gateways: Mapping[str, SmsGateway],
        retry: Mapping[str, RetryPolicy],
    ) -> None:
        mail = {Way(Channel.MAIL, name): server for name, server in smtp_servers.items()}
        sms = {Way(Channel.SMS, name): gateway for name, gateway in sms_gateways.items()}
        self._entries: dict[Way, SmtpServer | SmsGateway] = {**mail, **sms}
        own = {(str(way.channel), way.provider): e.retry for way, e in self._entries.items() if e.retry}
        self.policies = Policies(retry, own)
        #: Who takes over from whom; those that take over for others are there, too.
        self.fallbacks = tuple(self._fallbacks())

    def __iter__(self) -> Iterator[Way]:
        """All that are configured."""
        return iter(self._entries)

    def connections(self, way: Way) -> int:
        """How many workers may be at a provider at once."""
        entry = self._entries.get(way)
        relay = _relay(entry)
        most = entry.max_connections if entry else 1
        return min(most, relay.max_connections) if relay else most

    def rates(self, way: Way) -> tuple[Rate, ...]:
        """What it may be sent, by all workers together; none: as much as it takes.

        What a gateway sends through an SMTP server keeps to that server's rates, too, and counts with its mails.
        """
        entry = self._entries.get(way)
        relay = _relay(entry)
        shared = [replace(r, whose=str(Way(Channel.MAIL, relay.identifier))) for r in relay.rate] if relay else ()
        return (*entry.rate, *shared) if entry else ()

    def time_out(self, way: Way) -> float:
        """How long (seconds) a provider may keep us waiting at a time; 0: nobody waits."""
        entry = self._entries.get(way)
        return entry.timeout if entry else 0.0

    @property
    def time_limit(self) -> float:
        """So long (seconds) an attempt may take while every answer comes in time: an earlier end cuts a message."""
        return max([SHORTEST_LIMIT, *(WHOLE_CONVERSATION * self.time_out(way) for way in self)])

    def _fallbacks(self) -> list[tuple[Way, Way | None]]:
        after = {way: Way(way.channel, e.fallback) for way, e in self._entries.items() if e.fallback}
        usable = {way: other for way, other in after.items() if not self._entries[other].broken}
        return [(way, usable.get(way)) for way in dict.fromkeys([*after, *after.values()])]


def _relay(entry: SmtpServer | SmsGateway | None) -> SmtpServer | None:
    """The SMTP server that a gateway sends its messages through."""
    return entry.relay if isinstance(entry, SmsGateway) else None
