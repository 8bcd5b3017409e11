"""The kinds of SMS gateway: a row each, and nothing else to be edited for another one; those of other packages, too.

Modules are named, not imported: whoever reads a configuration needs no library that only sends, and the layers stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol

from notifier.configuration import LONGEST_SMS_TIMEOUT, SmsGateway
from notifier.gateways.installed import installed
from notifier.gateways.reading import OptionProblem


class Options(Protocol):
    """What every kind's options have."""

    @property
    def timeout(self) -> float:
        """How long (seconds) the gateway may keep us waiting at a time."""
        ...


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind."""

    #: A module with ``read(gateway) -> (options, problems)``.
    options: str
    #: Module and class of the provider; it is called ``Class(gateway, hear=hear)``.
    provider: tuple[str, str]
    #: A library that not everybody has, and the extra that installs it.
    needs: tuple[str, str] | None = None
    #: The option that names an SMTP server; the gateway has it as `SmsGateway.relay`.
    relay: str = ""
    #: The option that says ``ucs2`` where all texts are sent in that encoding; the gateway has it as `SmsGateway.ucs2`.
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """The options of a gateway whose kind can't be loaded."""

    timeout: float = LONGEST_SMS_TIMEOUT


#: By `provider` in sms_gateways.yaml; ours can't be replaced.
KINDS: Mapping[str, Kind] = {
    **{name: Kind(module, (module, class_)) for name, (module, class_) in installed().items()},
    "http": Kind("notifier.gateways.http", ("notifier.deliver.sms.http", "HttpGateway")),
    "smpp": Kind("notifier.gateways.smpp", ("notifier.deliver.smpp.gateway", "SmppGateway"), encoding="ENCODING"),
    "smtp": Kind("notifier.gateways.smtp", ("notifier.deliver.sms.mail", "MailGateway"), relay="SMTPIDENTIFIER"),
    "script": Kind("notifier.gateways.script", ("notifier.deliver.sms.script", "ScriptGateway")),
    "sipgate": Kind("notifier.gateways.sipgate", ("notifier.deliver.sms.sipgate", "SipgateGateway")),
    "apprise": Kind(
        "notifier.gateways.apprise",
        ("notifier.deliver.sms.apprise_services", "AppriseGateway"),
        needs=("apprise", "apprise"),
    ),
}


def read(gateway: SmsGateway) -> tuple[Options, Sequence[OptionProblem]]:
    """A gateway's options by its kind (one of `KINDS`), and all that is wrong with them."""
    name = gateway.provider.lower()
    try:
        module = import_module(KINDS[name].options)
    except ImportError as error:  # of another package; ours are here
        return Unread(), (OptionProblem("", f"provider {name!r} is registered, and can't be loaded: {error}"),)
    options: tuple[Options, Sequence[OptionProblem]] = module.read(gateway)
    return options


def first_error(problems: Sequence[OptionProblem]) -> str:
    """Why a gateway can't be used; empty where it can."""
    return next((problem.message for problem in problems if not problem.warning), "")
