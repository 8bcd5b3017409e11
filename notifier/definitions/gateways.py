"""An SMS gateway as its kind reads its options; what is wrong with one stands at its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec

from notifier.configuration import SmsGateway, SmtpServer
from notifier.definitions.problems import did_you_mean
from notifier.definitions.yamlfile import YamlFile
from notifier.errors import MissingExtra
from notifier.gateways.kinds import KINDS, first_error, read
from notifier.gateways.reading import OptionReader


def of_its_kind(file: YamlFile, gateway: SmsGateway, servers: Mapping[str, SmtpServer]) -> SmsGateway:
    """The gateway with what its kind makes of it; `broken` where it can't be used."""
    kind = KINDS[gateway.provider]
    identifier = gateway.identifier
    why = ""
    if kind.needs and find_spec(kind.needs[0]) is None:
        why = str(MissingExtra(f"a gateway of {gateway.provider!r}", kind.needs[1]))
        file.problem((identifier, "provider"), why)
    if kind.relay:
        gateway = _relayed(file, gateway, kind.relay, servers)
    if gateway.headers and gateway.provider != "http":
        file.problem((identifier, "headers"), "headers are for the provider http only", "take them out", warning=True)
    if kind.encoding:
        gateway = replace(gateway, ucs2=OptionReader(gateway.options).text(kind.encoding).strip().lower() == "ucs2")
    options, problems = read(gateway)
    for problem in problems:
        # Of a missing option: where the options stand.
        at = (identifier, "options", problem.option)
        file.problem(at, problem.message, problem.hint, warning=problem.warning)
    broken = gateway.broken or why or first_error(problems)
    return replace(gateway, broken=broken, timeout=options.timeout)


def _relayed(file: YamlFile, gateway: SmsGateway, option: str, servers: Mapping[str, SmtpServer]) -> SmsGateway:
    """With the SMTP server that it sends its messages through."""
    spelt = next((name for name in gateway.options if name.upper() == option), option)
    name = gateway.options.get(spelt, "")
    server = servers.get(name)
    if server is not None:
        broken = f"its SMTP server {name!r} can't be used: {server.broken}" if server.broken else ""
        if not broken and gateway.max_connections > server.max_connections:
            most = server.max_connections
            message = f"{name!r} has max_connections: {most}; so many send its mails, and as many more these SMS"
            hint = f"share them out; here {most} at most"
            file.problem((gateway.identifier, "max_connections"), message, hint, warning=True)
        return replace(gateway, relay=server, broken=gateway.broken or broken)
    if not name:
        return gateway  # its kind says so
    why = f"unknown SMTP server {name!r}"
    file.problem((gateway.identifier, "options", spelt), why, did_you_mean(name, servers))
    return replace(gateway, broken=gateway.broken or why)
