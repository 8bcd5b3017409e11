"""Files that providers and stores will open when they work, with their places: nobody reads them before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from notifier.configuration import DirectoryConfig, LdapStoreConfig, SmsGateway, SmtpServer
from notifier.definitions.yamlfile import Path_, YamlFile
from notifier.model import Location


@dataclass(frozen=True, slots=True)
class NamedFile:
    """One that has to be there where workers run."""

    path: Path
    #: The key or option that names it.
    name: str
    place: Location


def of_servers(file: YamlFile, servers: Iterable[SmtpServer]) -> Iterator[NamedFile]:
    """Certificates of servers."""
    for server in servers:
        for name in ("ca_file", "client_certificate", "client_key"):
            yield from _named(file, (server.identifier, name), getattr(server, name))


def of_gateways(file: YamlFile, gateways: Iterable[SmsGateway]) -> Iterator[NamedFile]:
    """Their certificates and scripts; of a broken gateway nobody knows what its options mean."""
    for gateway in gateways:
        for name, value in gateway.options.items() if not gateway.broken else ():
            if name.upper() == "CA_FILE" and gateway.provider in ("http", "smpp"):
                yield from _named(file, (gateway.identifier, "options", name), value)
            if name.upper() == "SCRIPT" and gateway.provider == "script":
                script = str(gateway.script_directory / value)
                yield from _named(file, (gateway.identifier, "options", name), script)


def of_stores(file: YamlFile, directory: DirectoryConfig) -> Iterator[NamedFile]:
    """Certificates of LDAP servers."""
    for name, store in directory.stores.items():
        if isinstance(store, LdapStoreConfig):
            yield from _named(file, ("stores", name, "ca_file"), store.ca_file)


def _named(file: YamlFile, path: Path_, value: str) -> Iterator[NamedFile]:
    if value:
        yield NamedFile(Path(value), str(path[-1]), Location(file.name, *file.position(path)))
