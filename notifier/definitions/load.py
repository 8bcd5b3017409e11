"""The configuration directory as values, with everything that is wrong with it: all errors at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel

from notifier.configuration import DirectoryConfig, RetryPolicy, Settings, SmsGateway, SmtpServer
from notifier.definitions.index import BrokenDefinition
from notifier.definitions.problems import validate
from notifier.definitions.providers import sms_gateways, smtp_servers
from notifier.definitions.schema import Definition, DirectoryFile, NotifierFile, RetryRules
from notifier.definitions.yamlfile import Path_, YamlFile, read, resolve
from notifier.errors import ConfigError, Problem
from notifier.model import DeliveryRules, HandlerDefinition, Location, OnUnknown, OnUnsure

M = TypeVar("M", bound=BaseModel)
SMS_RETRY = RetryPolicy(timedelta(seconds=5), 2.0, timedelta(minutes=5), 60, timedelta(hours=1))


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
    if not root.is_dir():
        raise ConfigError(f"no configuration directory {root}: name one with --config or NOTIFIER_CONFIG")
    loader = _Loader(root, environ)
    settings = loader.settings()
    servers, gateways = loader.providers()
    directory = loader.directory()
    definitions, broken = loader.definitions()
    problems = sorted({problem for file in loader.files for problem in file.problems})
    return Configuration(
        root=root,
        settings=settings,
        definitions=definitions,
        broken=broken,
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
        if not (self._root / name).exists():
            return YamlFile(name)
        file = read(self._root, name)
        self.files.append(file)

        def on_missing(path: Path_, why: str) -> None:
            if broken is not None and path:
                broken.setdefault(str(path[0]), why)

        if references and file.content is not None:
            resolve(file, self._root, self._environ, on_missing)
        return file

    def _whole(self, file: YamlFile, model: type[M]) -> M:
        """A file that is understood as a whole or not at all."""
        parsed = validate(file, model, {} if file.content is None else file.content)
        if file.problems:
            self.usable = False
        return parsed if parsed is not None else model()

    def settings(self) -> Settings:
        file = self._read("notifier.yaml", references=True)
        parsed = self._whole(file, NotifierFile)
        zone = parsed.timezone
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            file.problem(("timezone",), f"unknown time zone {zone!r}", "such as Europe/Berlin or UTC")
            zone = "UTC"
        if parsed.limits.per_recipient is not None:
            file.problem(("limits", "per_recipient"), "a limit per recipient isn't built in yet", warning=True)
        spool = Path(parsed.spool_directory) if parsed.spool_directory else Settings().spool_directory
        return Settings(
            url=parsed.url,
            timezone=zone,
            redis_url=self._environ.get("NOTIFIER_REDIS_URL") or parsed.redis.url,
            stream=parsed.stream,
            retry={
                "mail": _policy(parsed.retry.mail, RetryPolicy()),
                "sms": _policy(parsed.retry.sms, SMS_RETRY),
                "file": _policy(parsed.retry.file, RetryPolicy()),
            },
            retention=parsed.retention or Settings().retention,
            max_event_size=parsed.limits.max_event_size,
            spool_directory=spool if spool.is_absolute() else self._root / spool,
        )

    def providers(self) -> tuple[dict[str, SmtpServer], dict[str, SmsGateway]]:
        broken_servers: dict[str, str] = {}
        broken_gateways: dict[str, str] = {}
        servers = self._read("smtp_servers.yaml", broken_servers, references=True)
        gateways = self._read("sms_gateways.yaml", broken_gateways, references=True)
        return smtp_servers(servers, broken_servers), sms_gateways(gateways, broken_gateways)

    def directory(self) -> DirectoryConfig:
        file = self._read("directory.yaml", references=True)
        parsed = self._whole(file, DirectoryFile)
        for name, store in parsed.stores.items():
            if store.type != "static":
                file.problem(("stores", name), f"stores of type {store.type!r} aren't built in yet", warning=True)
        for realm, stores in parsed.realms.items():
            for i, store_name in enumerate(stores):
                if store_name not in parsed.stores:
                    file.problem(("realms", realm, i), f"realm {realm!r} names an unknown store {store_name!r}")
        return DirectoryConfig(
            default_realm=parsed.default_realm,
            realms=parsed.realms,
            stores={name: tuple(s.users) for name, s in parsed.stores.items() if s.type == "static"},
            internal_admins=parsed.internal_admins,
            superuser_realms=parsed.superuser_realms,
        )

    def definitions(self) -> tuple[tuple[HandlerDefinition, ...], tuple[BrokenDefinition, ...]]:
        good: list[HandlerDefinition] = []
        broken: list[BrokenDefinition] = []
        seen: dict[str, Location] = {}
        for path in sorted((self._root / "handlers").glob("*.y*ml")):
            file = self._read(f"handlers/{path.name}")
            if file.content is None:
                continue
            if not isinstance(file.content, list):
                file.problem((), "must be a list of definitions", "each starts with '- name: ...'")
                self.usable = False
                continue
            for number, entry in enumerate(file.content):
                self._definition(file, path.stem, number, entry, seen, good, broken)
        return tuple(good), tuple(broken)

    def _definition(
        self,
        file: YamlFile,
        stem: str,
        number: int,
        entry: Any,
        seen: dict[str, Location],
        good: list[HandlerDefinition],
        broken: list[BrokenDefinition],
    ) -> None:
        parsed = validate(file, Definition, entry, (number,))
        name = str((isinstance(entry, dict) and entry.get("name")) or f"{stem} #{number + 1}")
        location = _location(file, (number,))
        if name in seen:
            first = seen[name]
            file.problem((number, "name"), f"the name {name!r} is taken", f"first used at {first.file}:{first.line}")
            parsed = None
        seen.setdefault(name, location)
        if parsed is not None:
            good.append(_handler_definition(file, number, name, parsed, location))
        elif isinstance(entry, dict):
            events, position = entry.get("event"), entry.get("position")
            items = events.split(",") if isinstance(events, str) else events if isinstance(events, list) else []
            names = tuple(str(item).strip() for item in items)
            broken.append(BrokenDefinition(name, names, "pre" if position == "pre" else "post", file.problems[-1]))
            self.usable = self.usable and bool(names)
        else:
            self.usable = False


def _policy(rules: RetryRules, default: RetryPolicy) -> RetryPolicy:
    return RetryPolicy(
        first=default.first if rules.first is None else rules.first,
        factor=default.factor if rules.factor is None else rules.factor,
        cap=default.cap if rules.cap is None else rules.cap,
        attempts=default.attempts if rules.attempts is None else rules.attempts,
        deadline=default.deadline if rules.deadline is None else rules.deadline,
    )


def _location(file: YamlFile, path: Path_, *, key: bool = False) -> Location:
    return Location(file.name, *file.position(path, key=key))


def _handler_definition(
    file: YamlFile, number: int, name: str, parsed: Definition, location: Location
) -> HandlerDefinition:
    sections = {"conditions": parsed.conditions, "options": parsed.options}
    fields = ("event", "action", "handlermodule", "position", "name")
    content = file.content[number]
    locations = {f: _location(file, (number, f)) for f in fields if f in content}
    for section, values in sections.items():
        locations.update({f"{section}.{k}": _location(file, (number, section, k), key=True) for k in values})
    rules = parsed.delivery
    return HandlerDefinition(
        name=name,
        events=parsed.event,
        action=parsed.action,
        position=parsed.position,
        active=parsed.active,
        ordering=parsed.ordering,
        handlermodule=parsed.handlermodule,
        conditions=parsed.conditions,
        on_unknown=OnUnknown(parsed.on_unknown),
        options=parsed.options,
        delivery=DeliveryRules(rules.expires_after, OnUnsure(rules.on_unsure), rules.together),
        location=location,
        locations=locations,
    )
