"""The options of ``provider: sipgate`` (reference section 5.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from notifier.configuration import Secret, SmsGateway
from notifier.gateways.proxy import proxies
from notifier.gateways.reading import OptionProblem, OptionReader
from notifier.gateways.url import in_clear, web_address

DEFAULT_TIMEOUT = 10.0


class Api(StrEnum):
    """How it is spoken to."""

    REST = "rest"
    #: The interface that the system taken over used.
    XMLRPC = "xmlrpc"


URLS: Mapping[Api, str] = {
    Api.REST: "https://api.sipgate.com/v2/sessions/sms",
    Api.XMLRPC: "https://samurai.sipgate.net/RPC2",
}


@dataclass(frozen=True, slots=True)
class SipgateOptions:
    """Who asks, for which of his connections, and where."""

    api: Api
    url: str = field(repr=False)
    user: str
    password: Secret
    #: The Web SMS extension: s0, s1, ...
    sms_id: str
    proxies: Mapping[str, str] = field(repr=False)
    timeout: float
    regexp: str


def read(gateway: SmsGateway) -> tuple[SipgateOptions, Sequence[OptionProblem]]:
    """The options, and all that is wrong with them."""
    reader = OptionReader(gateway.options)
    api = Api(reader.choice("API", tuple(Api), Api.REST))
    # The old names hold a token as well as a password.
    by_token = bool(reader.text("TOKEN_ID") or reader.text("TOKEN"))
    user, password = ("TOKEN_ID", "TOKEN") if by_token else ("USERNAME", "PASSWORD")
    url = web_address(reader, "URL", URLS[api])
    options = SipgateOptions(
        api=api,
        url=url,
        user=_needed(reader, user, by_token=by_token),
        password=Secret(_needed(reader, password, by_token=by_token)),
        sms_id=reader.text("SMS_ID", "s0"),
        proxies=proxies(reader, url.partition(":")[0].lower()),
        timeout=reader.timeout(DEFAULT_TIMEOUT),
        regexp=reader.text("REGEXP"),
    )
    if by_token:
        for name in ("USERNAME", "PASSWORD"):
            if reader.text(name):
                reader.doubtful(name, "is not used beside TOKEN_ID and TOKEN", "take it out")
    else:
        reader.text("TOKEN_ID")
    if in_clear(url):
        reader.doubtful("URL", "sends the token unencrypted", "write https://")
    reader.nothing_else()
    return options, reader.problems


def _needed(reader: OptionReader, name: str, *, by_token: bool) -> str:
    """What logs us in; asked for by today's names where there are none."""
    value = reader.text(name)
    if not value:
        today = name if by_token else {"USERNAME": "TOKEN_ID", "PASSWORD": "TOKEN"}[name]
        reader.text(today, required=True)
    return value
