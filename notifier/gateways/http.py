"""The options of ``provider: http`` (reference section 5.3)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from notifier.configuration import Secret, SmsGateway
from notifier.gateways.proxy import proxies
from notifier.gateways.reading import OptionProblem, OptionReader
from notifier.gateways.url import in_clear, split, web_address

#: Options with a meaning of their own; every other one is sent as a parameter.
OWN = (
    "URL", "HTTP_METHOD", "CHECK_SSL", "CA_FILE", "SEND_DATA_AS_JSON", "USERNAME", "PASSWORD", "RETURN_SUCCESS",
    "RETURN_FAIL", "TIMEOUT", "HTTP_PROXY", "HTTPS_PROXY", "PROXY", "REGEXP",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """What to ask, how, and what the answer has to say."""

    url: str = field(repr=False)
    method: str
    #: The parameters as JSON; else as a form.
    as_json: bool
    check_ssl: bool
    ca_file: str
    username: str
    password: Secret
    success: str
    failing: str
    timeout: float
    regexp: str
    #: By the scheme of the URL.
    proxies: Mapping[str, str] = field(repr=False)
    #: Where a value is JSON, what it says: number and text are put in afterwards, so that they stay texts.
    parameters: Mapping[str, Any] = field(repr=False)


def read(gateway: SmsGateway) -> tuple[HttpOptions, Sequence[OptionProblem]]:
    """The options, and all that is wrong with them."""
    own = _own(gateway.options)
    reader = OptionReader({name: value for name, value in gateway.options.items() if name in own})
    url = web_address(reader, "URL")
    options = HttpOptions(
        url=url,
        method=reader.choice("HTTP_METHOD", ("get", "post"), "get").upper(),
        as_json=reader.flag("SEND_DATA_AS_JSON", default=False),
        check_ssl=reader.flag("CHECK_SSL", default=True),
        ca_file=reader.text("CA_FILE"),
        username=reader.text("USERNAME"),
        password=reader.secret("PASSWORD"),
        success=reader.text("RETURN_SUCCESS"),
        failing=reader.text("RETURN_FAIL"),
        timeout=reader.timeout(),
        regexp=reader.text("REGEXP"),
        proxies=proxies(reader, url.partition(":")[0].lower()),
        parameters={name: _parsed(value) for name, value in gateway.options.items() if name not in own},
    )
    _doubts(options, reader)
    return options, reader.problems


def _doubts(options: HttpOptions, reader: OptionReader) -> None:
    if options.success and options.failing:
        reader.doubtful("RETURN_FAIL", "is not looked at beside RETURN_SUCCESS", "take one of them out")
    if options.as_json and options.method == "GET":
        reader.doubtful("SEND_DATA_AS_JSON", "means nothing for GET", "write HTTP_METHOD: POST")
    if bool(options.username) != bool(options.password):
        absent = "PASSWORD" if options.username else "USERNAME"
        present = "USERNAME" if options.username else "PASSWORD"
        reader.doubtful(present, f"is not used without {absent}")
    parts = split(options.url)
    if in_clear(options.url) and (options.password or (parts and parts.password)):
        reader.doubtful("URL", "sends the password unencrypted", "write https://")


def _own(options: Mapping[str, str]) -> dict[str, str]:
    """The options with a meaning of their own, and their names in capitals.

    Any spelling is one, unless that in capitals is there, too: then the other is a parameter. So a gateway may want
    one called ``password`` (the option ``PASSWORD`` stands empty beside it).
    """
    return {n: n.upper() for n in options if n.upper() in OWN and (n in OWN or n.upper() not in options)}


def _parsed(value: str) -> Any:
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
