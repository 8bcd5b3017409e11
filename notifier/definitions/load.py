"""The configuration directory as values, with everything that is wrong with it: all errors at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from notifier.configuration import DirectoryConfig, Settings, SmsGateway, SmtpServer, TextFile
from notifier.definitions.files import FILES, HANDLERS, Files, read_files, yaml_names
from notifier.definitions.handlers import Definitions, Salvaged
from notifier.definitions.index import BrokenDefinition
from notifier.definitions.namedfiles import NamedFile, of_gateways, of_servers, of_stores
from notifier.definitions.people import directory_of
from notifier.definitions.problems import did_you_mean
from notifier.definitions.providers import sms_gateways, smtp_servers
from notifier.definitions.references import resolve
from notifier.definitions.settings import settings_of
from notifier.definitions.signing import KeyFiles
from notifier.definitions.yamlfile import Path_, YamlFile, parse, unreadable
from notifier.errors import ConfigError, Problem
from notifier.model import HandlerDefinition


@dataclass(frozen=True, slots=True)
class Configuration:
    """All that the operator and the administrator wrote."""

    root: Path
    settings: Settings = field(default_factory=Settings)
    definitions: tuple[HandlerDefinition, ...] = ()
    broken: tuple[BrokenDefinition, ...] = ()
    #: The rest of the broken ones, for `notifier check`.
    salvaged: tuple[Salvaged, ...] = ()
    smtp_servers: Mapping[str, SmtpServer] = field(default_factory=dict)
    sms_gateways: Mapping[str, SmsGateway] = field(default_factory=dict)
    directory: DirectoryConfig = field(default_factory=DirectoryConfig)
    problems: tuple[Problem, ...] = ()
    #: False where nobody knows what was meant: a file that isn't YAML, settings or a directory with errors, rules
    #: that can't even be named. Working on without them would lose notices in silence.
    usable: bool = True
    #: Files that aren't YAML: nobody knows what is in them.
    unreadable: frozenset[str] = frozenset()
    #: The texts under ``templates/`` by their paths there.
    templates: Mapping[str, TextFile] = field(default_factory=dict)
    #: A short digest of all files (not of what they refer to): the same files have the same one on every host.
    version: str = ""
    #: What the files refer to with ``${file:PATH}``, and the keys that they name.
    secret_files: tuple[str, ...] = ()
    #: What providers and stores open when they work.
    named_files: tuple[NamedFile, ...] = ()

    @property
    def providers(self) -> tuple[SmtpServer | SmsGateway, ...]:
        """All providers."""
        return (*self.smtp_servers.values(), *self.sms_gateways.values())


def load(root: Path, environ: Mapping[str, str], *, stands_for: Path | None = None) -> Configuration:
    """Read a configuration directory.

    Args:
        root: The directory.
        environ: Where ``${env:...}`` looks.
        stands_for: The directory that this one is a draft of: where ``${file:...}`` and keys are looked for.

    Raises:
        ConfigError: there is no such directory. Anything wrong inside it is in `Configuration.problems`.
    """
    if not os.path.isdir(root):  # noqa: PTH112 - Path.is_dir raises where a parent may not be entered
        raise ConfigError(
            f"no configuration directory {root}: name one with --config or NOTIFIER_CONFIG, "
            f"or make one: notifier init {root}"
        )
    if not os.access(root, os.R_OK | os.X_OK):
        raise ConfigError(f"the configuration directory {root} can't be read: mend its permissions")
    files = read_files(root)
    keys = KeyFiles(stands_for or root, draft=stands_for is not None)
    loader = _Loader(files, root, environ, stands_for or root, keys)
    settings = loader.settings()
    servers, gateways = loader.providers(settings)
    directory = loader.directory()
    found = loader.definitions()
    problems = sorted({problem for file in loader.files for problem in file.problems} | set(_strays(root)))
    return Configuration(
        root=root,
        settings=settings,
        definitions=tuple(sorted(found.good, key=lambda d: d.ordering)),  # stable: equal ones as written
        broken=tuple(found.broken),
        salvaged=tuple(found.salvaged),
        smtp_servers=servers,
        sms_gateways=gateways,
        directory=directory,
        problems=tuple(problems),
        usable=loader.usable and all(file.readable for file in loader.files),
        unreadable=frozenset(file.name for file in loader.files if not file.readable),
        templates=files.templates,
        version=files.version,
        secret_files=tuple(sorted({*files.secret_files, *loader.keys.names})),
        named_files=tuple(loader.named),
    )


class _Loader:
    """Reads the files of one directory."""

    def __init__(self, files: Files, root: Path, environ: Mapping[str, str], references: Path, keys: KeyFiles) -> None:
        self._files = files
        self._root = root
        self._references = references
        self._environ = environ
        self.keys = keys
        self.files: list[YamlFile] = []
        self.named: list[NamedFile] = []
        self.usable = True

    def _read(self, name: str, broken: dict[str, str] | None = None, *, references: bool = False) -> YamlFile:
        content = self._files.contents.get(name)
        if content is None:
            return YamlFile(name)
        file = unreadable(name, content.strerror) if isinstance(content, OSError) else parse(name, content)
        self.files.append(file)

        def on_missing(path: Path_, why: str) -> None:
            if broken is not None and path:
                broken.setdefault(str(path[0]), why)

        if references and file.content is not None:
            resolve(file, self._references, self._environ, on_missing, patient=broken is not None)
        return file

    def settings(self) -> Settings:
        file = self._read("notifier.yaml", references=True)
        settings = settings_of(file, self._root, self._environ)
        self.usable &= not file.has_errors
        return settings

    def providers(self, settings: Settings) -> tuple[dict[str, SmtpServer], dict[str, SmsGateway]]:
        broken_servers: dict[str, str] = {}
        broken_gateways: dict[str, str] = {}
        servers = self._read("smtp_servers.yaml", broken_servers, references=True)
        gateways = self._read("sms_gateways.yaml", broken_gateways, references=True)
        found = smtp_servers(servers, broken_servers, settings.retry["mail"], self.keys)
        sending = sms_gateways(gateways, broken_gateways, settings, found)
        self.named += (*of_servers(servers, found.values()), *of_gateways(gateways, sending.values()))
        return found, sending

    def directory(self) -> DirectoryConfig:
        file = self._read("directory.yaml", references=True)
        directory = directory_of(file)
        self.named += of_stores(file, directory)
        self.usable &= not file.has_errors
        return directory

    def definitions(self) -> Definitions:
        found = Definitions()
        self._read(HANDLERS)  # there only where it can't be listed
        for name in self._files.contents:
            if name.startswith(f"{HANDLERS}/"):
                found.add(self._read(name), Path(name).stem)
        self.usable &= not found.unnamed
        return found


def _strays(root: Path) -> list[Problem]:
    """Files beside ours that somebody may believe are read."""
    names = [name for name in yaml_names(root) if name not in FILES]
    return [
        Problem(
            name,
            1,
            1,
            "this file is not read",
            did_you_mean(name, FILES) or f"read are {', '.join(FILES)}",
            warning=True,
        )
        for name in names
    ]
