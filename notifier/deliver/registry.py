"""Which class serves which configuration."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from notifier.configuration import SmsGateway, SmtpServer
from notifier.deliver.file import SpoolDirectory
from notifier.deliver.provider import Provider
from notifier.deliver.sms.http import HttpGateway
from notifier.deliver.smtp import SmtpProvider
from notifier.model import Delivery
from notifier.outcome import Misconfigured, Outcome, Reason

#: The kinds of SMS gateway, by the word ``provider`` has in sms_gateways.yaml.
GATEWAYS = {"http": HttpGateway}


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Stands for a provider that can't be used; its deliveries wait until the operator has mended it."""

    why: str

    def send(self, _: Delivery) -> Outcome:
        """Say why."""
        return Misconfigured(Reason.PROVIDER_BROKEN, self.why)

    def close(self) -> None:
        """Nothing is open."""


def open_provider(config: SmtpServer | SmsGateway | Path) -> Provider:
    """The provider of a configuration; it connects when it first sends."""
    if isinstance(config, SmtpServer):
        return SmtpProvider(config)
    if isinstance(config, Path):
        return SpoolDirectory(config)
    kind = config.provider.lower()
    if config.broken or kind not in GATEWAYS:
        known = ", ".join(GATEWAYS)
        return Unavailable(config.broken or f"provider {kind!r} is not built in yet; {known} is")
    return GATEWAYS[kind](config)
