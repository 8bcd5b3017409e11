"""Which class serves which configuration."""

from __future__ import annotations

from pathlib import Path

from notifier.configuration import SmsGateway, SmtpServer
from notifier.deliver.file import SpoolDirectory
from notifier.deliver.provider import Provider
from notifier.deliver.sms.http import HttpGateway
from notifier.deliver.smtp import SmtpProvider


def open_provider(config: SmtpServer | SmsGateway | Path) -> Provider:
    """The provider of a configuration; it connects when it first sends."""
    if isinstance(config, SmtpServer):
        return SmtpProvider(config)
    if isinstance(config, SmsGateway):
        return HttpGateway(config)  # of the other kinds the loader says that they are broken
    return SpoolDirectory(config)
