"""A whole export as a configuration that `notifier check` finds nothing wrong with; what it finds is set aside."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from notifier.definitions.privacyidea import people, sms_gateways, smtp_servers
from notifier.definitions.privacyidea.bodies import Bodies
from notifier.definitions.privacyidea.destination import DIRECTORY, GATEWAYS, HANDLERS, SERVERS, SETTINGS, Destination
from notifier.definitions.privacyidea.entries import Entry, File
from notifier.definitions.privacyidea.export import Export
from notifier.definitions.privacyidea.handlers import handlers
from notifier.definitions.privacyidea.report import Report
from notifier.definitions.privacyidea.secrets import SecretPlace, Secrets
from notifier.errors import NotifierError, Problem

#: A configuration directory, the one it is a draft of, and the environment → everything wrong with it.
Check = Callable[[Path, Path, Mapping[str, str]], Sequence[Problem]]
#: What is set aside may make something else unusable: a gateway, then a definition. More is a mistake of ours.
ROUNDS = 20
_STAY = {
    "resolver": "privacyIDEA's own; write stores of people into directory.yaml (stores)",
    "realm": "privacyIDEA's own; write them into directory.yaml (realms, each with its stores)",
}


class Conversion:
    """One export on its way to one destination."""

    def __init__(self, export: Export, destination: Destination) -> None:
        self.destination = destination
        self.report = Report()
        self._secrets = Secrets()
        self._bodies = Bodies(destination.templates, self.report)
        imported = f"Imported from privacyIDEA {' '.join(export.version.split())}".rstrip()
        header = (f"{imported} by `notifier import-privacyidea`.",)
        self.handlers = File(HANDLERS, header, listed=True)
        hint = "Secrets come from the environment."
        self.servers = File(SERVERS, (*header, hint))
        self.gateways = File(GATEWAYS, (*header, hint))
        for what, why in export.strays:
            self.report.dropped(what, why)
        self._others(export.others)
        self.servers.entries = smtp_servers.smtp_servers(export.smtp_servers or {}, self._secrets, self.report)
        self.gateways.entries = sms_gateways.sms_gateways(export.sms_gateways or {}, self._secrets, self.report)
        self.handlers.entries = handlers(export.definitions, destination.names, self._bodies, self.report)
        self.counts = len(self.servers.entries), len(self.gateways.entries)
        if export.smtp_servers is None:
            self._placeholders(self.servers, self.handlers, "emailconfig", smtp_servers.placeholder)
            self._placeholders(self.servers, self.gateways, "SMTPIDENTIFIER", smtp_servers.placeholder)
        if export.sms_gateways is None:
            self._placeholders(self.gateways, self.handlers, "smsconfig", sms_gateways.placeholder)
        self._people = "" if DIRECTORY in destination.files else people.skeleton(self.handlers.entries, self.report)

    @property
    def files(self) -> dict[str, bytes]:
        """Name → content of all to be written, in an order in which no file names what isn't there yet."""
        named = {entry.content.get("options", {}).get("body") for entry in self.handlers.carried}
        copies = self._bodies.copies.items()
        found = {f"templates/{name}": content for name, content in copies if f"file:{name}" in named}
        texts = {file.name: file.render() for file in (self.servers, self.gateways, self.handlers) if file.entries}
        if self._people:
            texts = {DIRECTORY: self._people, **texts}
        return found | {name: text.encode() for name, text in texts.items()}

    @property
    def secrets(self) -> tuple[SecretPlace, ...]:
        """Everything that was taken out."""
        return self._secrets.places

    @property
    def needed(self) -> tuple[SecretPlace, ...]:
        """The secrets that what is carried needs."""
        carried = repr([entry.content for file in (self.servers, self.gateways) for entry in file.carried])
        return tuple(place for place in self.secrets if f"${{env:{place.name}}}" in carried)

    def settle(self, check: Check) -> None:
        """Set aside what `check` finds wrong, until it finds nothing.

        Raises:
            NotifierError: what was written can't be read; a mistake of ours.
        """
        for _ in range(ROUNDS):
            self._set_dependents_aside()
            problems, others = self._problems(check)
            errors = [(entry, problem) for entry, problem in problems if not problem.warning]
            for entry, problem in errors:
                if entry is None:
                    raise NotifierError(f"the import can't be read back: {problem}")
                entry.aside = entry.aside or _words(entry, problem)
            if not errors:
                for entry, problem in problems:
                    if entry is not None:
                        self.report.left(entry.what, _words(entry, problem))
                self._tell_new(others, check)
                self._conclude()
                return
        raise NotifierError("the import finds no end: please report this")

    def _problems(self, check: Check) -> tuple[list[tuple[Entry | None, Problem]], list[Problem]]:
        """What is wrong with what the import writes, by entry; and with the files that stay as they are."""
        ours = {file.name: file for file in (self.servers, self.gateways, self.handlers) if file.entries}
        found = self._checked(check, self.files)
        mine = [(ours[problem.file].at(problem.line), problem) for problem in found if problem.file in ours]
        return mine, [problem for problem in found if problem.file not in self.files]

    def _checked(self, check: Check, files: Mapping[str, bytes]) -> Sequence[Problem]:
        with TemporaryDirectory(prefix="notifier-import-") as folder:
            stage(Path(folder), self.destination.root, files)
            return check(Path(folder), self.destination.root, {place.name: "x" for place in self.secrets})

    def _tell_new(self, others: Sequence[Problem], check: Check) -> None:
        """What the import brings upon other files: a server that they name, and that isn't there any more."""
        before = {_without_hint(problem) for problem in self._checked(check, {})} if others else ()
        for problem in others:
            if _without_hint(problem) not in before:
                hint = f" ({problem.hint})" if problem.hint else ""
                self.report.left(f"{problem.file}:{problem.line}", f"{problem.message}{hint}")

    def _set_dependents_aside(self) -> None:
        """Whoever names a server or gateway that isn't carried."""
        for file, option, kind in (
            (self.servers, "emailconfig", "SMTP server"),
            (self.gateways, "smsconfig", "SMS gateway"),
        ):
            gone = {entry.name for entry in file.entries if entry.aside}
            for entry in self.handlers.carried:
                name = entry.content.get("options", {}).get(option)
                if isinstance(name, str) and name in gone:
                    entry.aside = f"its {kind} {name!r} isn't carried"

    def _placeholders(self, file: File, naming: File, option: str, make: Callable[[str], Entry]) -> None:
        """Those that are named came without them: each gets a place to be filled in."""
        if file.name in self.destination.files:
            return
        for entry in naming.carried:
            name = entry.content.get("options", {}).get(option)
            if isinstance(name, str) and name and all(known.name != name for known in file.entries):
                file.entries.append(make(name))
                self.report.left(f"{file.name}, {name!r}", "not in the export: fill it in")

    def _others(self, others: Mapping[str, int]) -> None:
        plain = sorted(others.keys() - _STAY.keys())
        if plain:
            self.report.dropped(", ".join(plain), "no part of notifications; they stay with privacyIDEA")
        for name, why in _STAY.items():
            if others.get(name):
                self.report.dropped(f"{others[name]} of type {name}", why)

    def _conclude(self) -> None:
        """Tell of what was set aside, and nothing else about it."""
        gone = [e for file in (self.servers, self.gateways, self.handlers) for e in file.entries if e.aside]
        silent = {entry.what for entry in gone}
        self.report.differs = [note for note in self.report.differs if note.what not in silent]
        for entry in gone:
            self.report.dropped(entry.what, f"{entry.aside}; it stands in the file as a comment, to be mended")
        if SETTINGS not in self.destination.files:
            self.report.left(SETTINGS, "write `timezone` (of {time} and {date}; else UTC), and `url` where events "
                                       "bring no base_url")  # fmt: skip


def _words(entry: Entry, problem: Problem) -> str:
    message = problem.message.removeprefix(" ".join(f"{entry.name}: ".split())).strip()
    return f"{message} ({problem.hint})" if problem.hint else message


def _without_hint(problem: Problem) -> tuple[object, ...]:
    """What it is about: a hint tells what there is instead."""
    return problem.file, problem.line, problem.column, problem.message, problem.warning


def stage(folder: Path, root: Path, files: Mapping[str, bytes]) -> None:
    """The destination as it will be, elsewhere: to be looked at before anything is written."""
    for name in _existing(root):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, target)
    for name, content in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _existing(root: Path) -> Iterator[str]:
    """Configuration files and templates, not whatever else is there."""
    for pattern in ("*.yaml", "handlers/*.yaml", "handlers/*.yml", "templates/**/*"):
        for file in sorted(root.glob(pattern)):
            if file.is_file() and not re.match(r"\.", file.name):
                yield str(file.relative_to(root))
