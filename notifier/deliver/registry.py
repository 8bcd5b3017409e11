"""Which class serves which configuration."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from notifier.configuration import SmsGateway, SmtpServer
from notifier.deliver.file import SpoolDirectory
from notifier.deliver.provider import Hear, Provider, unheard
from notifier.deliver.smtp.provider import SmtpProvider
from notifier.errors import MissingExtra
from notifier.gateways.kinds import KINDS, first_error, read
from notifier.model import Delivery
from notifier.outcome import Misconfigured, Outcome, Reason


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Stands for a provider that can't be used; its deliveries wait until the operator has mended it."""

    why: str

    def send(self, _: Delivery) -> Outcome:
        """Say why."""
        return Misconfigured(Reason.PROVIDER_BROKEN, self.why)

    def close(self) -> None:
        """Nothing is open."""


def open_provider(config: SmtpServer | SmsGateway | Path, *, hear: Hear = unheard) -> Provider:
    """The provider of a configuration; it connects when it first sends.

    Args:
        config: The server, the gateway, or the spool directory.
        hear: Told each line of its conversations.
    """
    if isinstance(config, SmtpServer):
        return SmtpProvider(config, hear=hear)
    if isinstance(config, Path):
        return SpoolDirectory(config)
    kind = KINDS.get(config.provider.lower())
    if config.broken or kind is None:
        known = ", ".join(KINDS)
        return Unavailable(config.broken or f"there is no provider {config.provider!r}; there are {known}")
    if why := first_error(read(config)[1]):
        return Unavailable(why)
    module, name = kind.provider
    try:
        provider: Provider = getattr(import_module(module), name)(config, hear=hear)
    except MissingExtra as error:
        return Unavailable(str(error))
    return provider
