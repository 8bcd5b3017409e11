"""``smtp_servers.yaml`` and ``sms_gateways.yaml`` as provider configurations; a broken entry is kept, marked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from pydantic import BaseModel

from notifier.configuration import RetryPolicy, Secret, Settings, SmsGateway, SmtpAuth, SmtpServer, Tls
from notifier.definitions.gateways import of_its_kind
from notifier.definitions.problems import did_you_mean, validate
from notifier.definitions.regexp import check_regexp
from notifier.definitions.schema import RetryRules, SmsGatewayEntry, SmtpServerEntry
from notifier.definitions.settings import policy_of
from notifier.definitions.signing import KeyFiles, SigningReader
from notifier.definitions.yamlfile import YamlFile
from notifier.gateways.kinds import KINDS
from notifier.telephony.number import regions

E = TypeVar("E", bound=BaseModel)


def smtp_servers(file: YamlFile, broken: dict[str, str], retry: RetryPolicy, keys: KeyFiles) -> dict[str, SmtpServer]:
    """Identifier → server.

    Args:
        file: The file.
        broken: Identifiers whose references lead nowhere, and why.
        retry: The channel's policy; an entry's own goes beyond it.
        keys: Reads what mails are signed with.
    """
    found: dict[str, SmtpServer] = {}
    entries = _entries(file, SmtpServerEntry, broken)
    for identifier, entry in entries.items():
        if entry is None:
            found[identifier] = SmtpServer(identifier, "", broken=broken[identifier])
            continue
        for key, problem in _login_problems(entry):
            file.problem((identifier, key), problem)
            broken.setdefault(identifier, problem)
        try:
            server = _smtp_server(identifier, entry, broken.get(identifier, ""))
            own, fallback = _policy(entry.retry, retry), _fallback(file, identifier, entry.fallback, entries)
            server = replace(server, retry=own, fallback=fallback)
            found[identifier] = _with_signing(server, SigningReader(file, identifier, entry, keys))
        except ValueError as error:
            file.problem((identifier, "server"), str(error))
            found[identifier] = SmtpServer(identifier, "", broken=str(error))
    return found


def sms_gateways(
    file: YamlFile, broken: dict[str, str], settings: Settings, servers: Mapping[str, SmtpServer]
) -> dict[str, SmsGateway]:
    """Identifier → gateway; see `smtp_servers`.

    Args:
        file: The file.
        broken: Identifiers whose references lead nowhere, and why.
        settings: The channel's policy, and where scripts lie.
        servers: The SMTP servers; a gateway may send its messages as mails.
    """
    found: dict[str, SmsGateway] = {}
    entries = _entries(file, SmsGatewayEntry, broken)
    for identifier, entry in entries.items():
        if entry is None:
            found[identifier] = SmsGateway(identifier, broken=broken[identifier])
            continue
        check_regexp(file, identifier, entry.options)
        gateway = SmsGateway(
            identifier,
            _kind(entry),
            entry.options,
            entry.headers,
            entry.max_connections,
            broken.get(identifier, ""),
            _policy(entry.retry, settings.retry["sms"]),
            _fallback(file, identifier, entry.fallback, entries),
            entry.rate,
            script_directory=settings.script_directory,
            region=_region(file, identifier, entry.region),
            transliterate=entry.transliterate,
            max_segments=entry.max_segments,
            too_long=entry.too_long,
        )
        if gateway.provider in KINDS:
            found[identifier] = of_its_kind(file, gateway, servers)
        else:
            problem, hint = _unknown(gateway.provider)
            file.problem((identifier, "provider" if entry.provider else "providermodule"), problem, hint)
            found[identifier] = replace(gateway, broken=gateway.broken or problem)
    return found


def _with_signing(server: SmtpServer, reader: SigningReader) -> SmtpServer:
    letterhead, dkim, smime = reader.letterhead(), reader.dkim(), reader.smime()
    return replace(server, letterhead=letterhead, dkim=dkim, smime=smime, broken=server.broken or reader.broken)


def _policy(rules: RetryRules, default: RetryPolicy) -> RetryPolicy | None:
    return policy_of(rules, default) if rules.model_fields_set else None


def _fallback(file: YamlFile, identifier: str, name: str, entries: Mapping[str, object]) -> str:
    """Who takes over; nobody where that can't be."""
    if name and name not in entries:
        hint = did_you_mean(name, (other for other in entries if other != identifier))
        file.problem((identifier, "fallback"), f"{name!r} is not in this file", hint)
        return ""
    if name == identifier:
        file.problem(
            (identifier, "fallback"), f"{name!r} can't take over from itself", "name another entry of the file"
        )
        return ""
    return name


def _region(file: YamlFile, identifier: str, region: str) -> str:
    """The region's code in capitals; none where there is no such region."""
    code = region.strip().upper()
    if not code or code in regions():
        return code
    hint = did_you_mean(code, regions()) or "two letters of ISO 3166, such as DE; GB is the United Kingdom"
    file.problem((identifier, "region"), f"{region!r} is no region", hint)
    return ""


def _entries(file: YamlFile, model: type[E], broken: dict[str, str]) -> dict[str, E | None]:
    content = file.content
    if content is None:
        return {}
    if not isinstance(content, dict):
        file.problem((), "must be a mapping: identifier, then its settings")
        return {}
    entries: dict[str, E | None] = {}
    for identifier, entry in content.items():
        before = len(file.problems)
        entries[identifier] = validate(file, model, entry, (identifier,))
        if entries[identifier] is None:
            said = [problem.message for problem in file.problems[before:]]
            broken.setdefault(identifier, said[0] if said else "its entry can't be read")
    return entries


def _unknown(kind: str) -> tuple[str, str]:
    """What is wrong with a provider, and what to write instead."""
    if kind == "firebase":
        hint = "push messages aren't notifications by SMS; `apprise` sends to push services (fcm://)"
        return "there is no provider 'firebase'", hint
    return f"unknown provider {kind!r}", did_you_mean(kind, KINDS) or f"known: {', '.join(KINDS)}"


def _kind(entry: SmsGatewayEntry) -> str:
    if entry.provider or not entry.providermodule:
        return entry.provider.lower() or "http"
    # privacyidea.lib.smsprovider.HttpSMSProvider.HttpSMSProvider
    name = entry.providermodule.rpartition(".")[2]
    return name.removesuffix("SMSProvider").removesuffix("Provider").lower()


def _smtp_server(identifier: str, entry: SmtpServerEntry, broken: str) -> SmtpServer:
    scheme, host, port = parse_server(entry.server)
    port = port or entry.port or (465 if scheme == "smtps" else 25)
    return SmtpServer(
        identifier=identifier,
        host=host,
        port=port,
        tls=Tls.IMPLICIT if scheme == "smtps" else entry.tls,
        verify=entry.verify,
        ca_file=entry.ca_file,
        username=entry.username,
        password=Secret(entry.password),
        sender=entry.sender,
        timeout=entry.timeout,
        helo=entry.helo,
        auth=entry.auth,
        token_command=entry.token_command,
        token_file=entry.token_file,
        client_certificate=entry.client_certificate,
        client_key=entry.client_key,
        client_key_password=Secret(entry.client_key_password),
        max_connections=entry.max_connections,
        rate=entry.rate,
        messages_per_connection=entry.messages_per_connection,
        idle=entry.idle,
        pipelining=entry.pipelining == "auto",
        broken=broken,
    )


def _login_problems(entry: SmtpServerEntry) -> Iterator[tuple[str, str]]:
    """What doesn't go together: the key, and what is wrong."""
    tokens = [key for key in ("token_command", "token_file") if getattr(entry, key)]
    if len(tokens) > 1:
        yield tokens[1], "token_command and token_file exclude each other"
    if entry.auth is SmtpAuth.XOAUTH2 and not tokens:
        yield "auth", "xoauth2 needs a token_command or a token_file"
    if tokens and entry.auth not in (SmtpAuth.AUTO, SmtpAuth.XOAUTH2):
        yield tokens[0], f"tokens are for auth: xoauth2, not for {entry.auth}"
    if (tokens or entry.auth not in (SmtpAuth.AUTO, SmtpAuth.NONE)) and not entry.username:
        yield tokens[0] if tokens else "auth", "a login needs a username"
    if entry.client_key and not entry.client_certificate:
        yield "client_key", "is of no use without client_certificate"


def parse_server(text: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of ``host``, ``host:port``, ``smtp://...``, ``smtps://...``, ``[v6]:port``.

    Raises:
        ValueError: it is none of these.
    """
    scheme, separator, rest = text.strip().rpartition("://")
    if separator and scheme not in ("smtp", "smtps"):
        raise ValueError(f"'server': unknown scheme {scheme!r}; smtp:// or smtps://")
    rest = rest.rstrip("/")
    if rest.startswith("["):
        host, _, tail = rest[1:].partition("]")
        port = tail.removeprefix(":")
    elif rest.count(":") > 1:  # a bare IPv6 address
        host, port = rest, ""
    else:
        host, _, port = rest.partition(":")
    if not host or (port and not (port.isdecimal() and 0 < int(port) < 65536)):
        raise ValueError("'server' must be host, host:port, smtp://host or smtps://host")
    return scheme, host, int(port) if port else None
