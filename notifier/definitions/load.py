"""The configuration directory as values, with everything that is wrong with it: all errors at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from notifier.configuration import DirectoryConfig, Settings, SmsGateway, SmtpServer
from notifier.definitions.handlers import Definitions
from notifier.definitions.index import BrokenDefinition
from notifier.definitions.people import directory_of
from notifier.definitions.problems import did_you_mean
from notifier.definitions.providers import sms_gateways, smtp_servers
from notifier.definitions.references import resolve
from notifier.definitions.settings import settings_of
from notifier.definitions.yamlfile import Path_, YamlFile, read, unreadable
from notifier.errors import ConfigError, Problem
from notifier.model import HandlerDefinition

FILES = ("notifier.yaml", "smtp_servers.yaml", "sms_gateways.yaml", "directory.yaml")


@dataclass(frozen=True, slots=True)
class Configuration:
    """All that the operator and the administrator wrote."""

    root: Path
    settings: Settings = field(default_factory=Settings)
    definitions: tuple[HandlerDefinition, ...] = ()
    broken: tuple[BrokenDefinition, ...] = ()
    smtp_servers: Mapping[str, SmtpServer] = field(default_factory=dict)
    sms_gateways: Mapping[str, SmsGateway] = field(default_factory=dict)
    directory: DirectoryConfig = field(default_factory=DirectoryConfig)
    problems: tuple[Problem, ...] = ()
    #: False where nobody knows what was meant: a file that isn't YAML, settings or a directory with errors, rules
    #: that can't even be named. Working on without them would lose notices in silence.
    usable: bool = True

    @property
    def template_directory(self) -> Path:
        """Where templates are looked for."""
        return self.root / "templates"


def load(root: Path, environ: Mapping[str, str]) -> Configuration:
    """Read a configuration directory.

    Raises:
        ConfigError: there is no such directory. Anything wrong inside it is in `Configuration.problems`.
    """
    if not os.path.isdir(root):  # noqa: PTH112 - Path.is_dir raises where a parent may not be entered
        raise ConfigError(f"no configuration directory {root}: name one with --config or NOTIFIER_CONFIG")
    if not os.access(root, os.R_OK | os.X_OK):
        raise ConfigError(f"the configuration directory {root} can't be read: mend its permissions")
    loader = _Loader(root, environ)
    settings = loader.settings()
    servers, gateways = loader.providers()
    directory = loader.directory()
    found = loader.definitions()
    problems = sorted({problem for file in loader.files for problem in file.problems} | set(_strays(root)))
    return Configuration(
        root=root,
        settings=settings,
        definitions=tuple(sorted(found.good, key=lambda d: d.ordering)),  # stable: equal ones as written
        broken=tuple(found.broken),
        smtp_servers=servers,
        sms_gateways=gateways,
        directory=directory,
        problems=tuple(problems),
        usable=loader.usable and all(file.readable for file in loader.files),
    )


class _Loader:
    """Reads the files of one directory."""

    def __init__(self, root: Path, environ: Mapping[str, str]) -> None:
        self._root = root
        self._environ = environ
        self.files: list[YamlFile] = []
        self.usable = True

    def _read(self, name: str, broken: dict[str, str] | None = None, *, references: bool = False) -> YamlFile:
        # A dangling link is a mount that failed, not a file that nobody wants.
        if not os.path.lexists(self._root / name):
            return YamlFile(name)
        file = read(self._root, name)
        self.files.append(file)

        def on_missing(path: Path_, why: str) -> None:
            if broken is not None and path:
                broken.setdefault(str(path[0]), why)

        if references and file.content is not None:
            resolve(file, self._root, self._environ, on_missing, patient=broken is not None)
        return file

    def settings(self) -> Settings:
        file = self._read("notifier.yaml", references=True)
        settings = settings_of(file, self._root, self._environ)
        self.usable &= not file.has_errors
        return settings

    def providers(self) -> tuple[dict[str, SmtpServer], dict[str, SmsGateway]]:
        broken_servers: dict[str, str] = {}
        broken_gateways: dict[str, str] = {}
        servers = self._read("smtp_servers.yaml", broken_servers, references=True)
        gateways = self._read("sms_gateways.yaml", broken_gateways, references=True)
        return smtp_servers(servers, broken_servers), sms_gateways(gateways, broken_gateways)

    def directory(self) -> DirectoryConfig:
        file = self._read("directory.yaml", references=True)
        directory = directory_of(file)
        self.usable &= not file.has_errors
        return directory

    def definitions(self) -> Definitions:
        found = Definitions()
        try:
            names = _yaml_files(self._root / "handlers")
        except OSError as error:
            self.files.append(unreadable("handlers", error.strerror))
            return found
        for name in names:
            found.add(self._read(f"handlers/{name}"), Path(name).stem)
        self.usable &= not found.unnamed
        return found


def _yaml_files(directory: Path) -> list[str]:
    """Names of the YAML files in a directory that may be missing; not the editors' hidden ones."""
    try:
        names = [path.name for path in directory.iterdir()]
    except FileNotFoundError:
        return []
    return sorted(name for name in names if name.endswith((".yaml", ".yml")) and not name.startswith("."))


def _strays(root: Path) -> list[Problem]:
    """Files beside ours that somebody may believe are read."""
    names = [name for name in _yaml_files(root) if name not in FILES]
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
