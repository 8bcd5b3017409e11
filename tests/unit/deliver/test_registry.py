from __future__ import annotations

from pathlib import Path

import pytest

from notifier.configuration import Secret, SmsGateway, SmtpServer
from notifier.deliver.file import SpoolDirectory
from notifier.deliver.registry import open_provider
from notifier.deliver.sms.http import HttpGateway
from notifier.deliver.smtp.provider import SmtpProvider
from notifier.gateways.kinds import KINDS
from notifier.outcome import Misconfigured, Reason
from tests.support.deliveries import mail, sms


def test_each_configuration_has_its_class() -> None:
    """Opening connects to nothing."""
    assert isinstance(open_provider(SmtpServer("relay", "mail.invalid")), SmtpProvider)
    assert isinstance(open_provider(SmsGateway("gateway", "HTTP", {"URL": "http://sms.invalid"})), HttpGateway)
    assert isinstance(open_provider(Path("/spool")), SpoolDirectory)


def test_113_an_unknown_kind_says_so() -> None:
    """Its deliveries wait for the operator, they don't die."""
    provider = open_provider(SmsGateway("gateway", "pigeon"))

    outcome = provider.send(sms())
    provider.close()

    known = ", ".join(KINDS)
    assert outcome == Misconfigured(Reason.PROVIDER_BROKEN, f"there is no provider 'pigeon'; there are {known}")


@pytest.mark.parametrize(
    "config", [SmtpServer("m", "x", broken="password is missing"), SmsGateway("g", broken="password is missing")]
)
def test_a_broken_configuration_says_what_is_broken(config: SmtpServer | SmsGateway) -> None:
    """The loader's words are the outcome's."""
    assert open_provider(config).send(mail()) == Misconfigured(Reason.PROVIDER_BROKEN, "password is missing")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({}, "the option URL is missing"),
        ({"url": ""}, "the option URL is missing"),
        *(
            ({"URL": "http://x.invalid", "timeout": t}, "the option TIMEOUT must be a number from 0.05 to 600")
            for t in ("soon", "nan", "inf", "-1", "0")
        ),
    ],
)
def test_110_a_gateway_that_can_t_be_asked_is_misconfigured(options: dict[str, str], why: str) -> None:
    """Nothing is tried with half a configuration."""
    assert open_provider(SmsGateway("g", "http", options)).send(sms()) == Misconfigured(Reason.PROVIDER_BROKEN, why)


def test_108_a_provider_s_repr_shows_no_secret() -> None:
    """Whoever logs a provider logs no password."""
    smtp = open_provider(SmtpServer("relay", "x", username="anna", password=Secret("geheim")))
    http = open_provider(SmsGateway("g", "http", {"URL": "http://x.invalid", "PASSWORD": "geheim"}))

    assert "geheim" not in repr(smtp) + repr(http)
