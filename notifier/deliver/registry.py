"""Which class serves which configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from notifier.configuration import SmsGateway, SmtpServer
from notifier.deliver.file import SpoolDirectory
from notifier.deliver.provider import Hear, Provider, unheard
from notifier.deliver.smtp import SmtpProvider
from notifier.model import Delivery
from notifier.outcome import Misconfigured, Outcome, Reason

#: The kinds of SMS gateway by `provider` in sms_gateways.yaml: module and class, loaded when first used.
GATEWAYS: Mapping[str, tuple[str, str]] = {
    "http": ("notifier.deliver.sms.http", "HttpGateway"),
}


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
    kind = config.provider.lower()
    if config.broken or kind not in GATEWAYS:
        known = ", ".join(GATEWAYS)
        return Unavailable(config.broken or f"provider {kind!r} is not built in yet; {known} is")
    module, name = GATEWAYS[kind]
    provider: Provider = getattr(import_module(module), name)(config, hear=hear)
    return provider
