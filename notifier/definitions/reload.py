"""Edits noticed: a cheap look at the files' states, and the configuration read again once they are at rest."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from notifier.definitions.files import TEMPLATES, configured, read_files, template_files
from notifier.definitions.load import Configuration, load
from notifier.definitions.ways import Ways
from notifier.errors import Problem

#: For each file its name, and what changes when it is written or replaced.
Fingerprint = tuple[tuple[str, int, int, int, int], ...]


def fingerprint(root: Path, secret_files: Iterable[str] = ()) -> Fingerprint:
    """The states of all files that count; no content is read."""
    return tuple((name, *_state(path)) for name, path in _watched(root, secret_files))


def _watched(root: Path, secret_files: Iterable[str]) -> Iterator[tuple[str, Path]]:
    yield from ((name, root / name) for name in configured(root))
    yield from template_files(root / TEMPLATES)
    yield from ((name, root / name) for name in secret_files)


def _state(path: Path) -> tuple[int, int, int, int]:
    try:
        found = os.stat(path)  # noqa: PTH116 - half the cost, and a secret's path may be none
    except (OSError, ValueError):
        return 0, 0, 0, 0
    # The time of change, too: a file that was moved here keeps its time of writing.
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


class Watch:
    """Looks at a directory, again and again; what it has told once it doesn't tell again."""

    def __init__(self, root: Path, environ: Mapping[str, str], known: Configuration) -> None:
        self._root = root
        self._environ = environ
        #: What was read last, whether anybody liked it or not.
        self._version, self._secret_files = known.version, known.secret_files
        self._secrets = self._look_at_secrets()
        self._last: Fingerprint | None = None
        self._handled: Fingerprint | None = None

    def look(self, *, at_once: bool = False) -> Configuration | None:
        """The configuration, where it has changed and no file has since the last look; else nothing.

        Args:
            at_once: Somebody says that all is written: nothing is waited for.

        Raises:
            ConfigError: the directory is gone.
        """
        state = fingerprint(self._root, self._secret_files)
        at_rest, self._last = state == self._last, state
        if not at_once and (state == self._handled or not at_rest):
            return None
        self._handled = state
        version = read_files(self._root).version
        secrets = self._look_at_secrets()
        if (version, secrets) == (self._version, self._secrets):
            return None  # written again with the same words
        self._version = version
        found = load(self._root, self._environ)
        if fingerprint(self._root, self._secret_files) != state:
            self._handled, self._version = None, ""  # somebody is writing: half of it may be old
            return None
        self._version, self._secret_files = found.version, found.secret_files
        self._secrets = self._look_at_secrets()
        self._handled = self._last = fingerprint(self._root, self._secret_files)
        return found

    def _look_at_secrets(self) -> Fingerprint:
        return tuple((name, *_state(self._root / name)) for name in self._secret_files)


def objections(
    found: Configuration, problems: Iterable[Problem], in_force: Configuration, known: Iterable[Problem]
) -> tuple[Problem, ...]:
    """Why a new version isn't taken: the errors it has that the one in force hasn't.

    Args:
        found: The new version.
        problems: What `notifier check` says of it.
        in_force: The one that is worked with.
        known: What `notifier check` says of that. A worker starts with what is broken in part, so that may be much.
    """
    errors = _errors(found, problems)
    if not found.usable:
        return errors
    if not in_force.usable:
        return ()
    # Places move with every line that is added above.
    already = {(problem.file, problem.message) for problem in _errors(in_force, known)}
    return tuple(problem for problem in errors if (problem.file, problem.message) not in already)


def _errors(configuration: Configuration, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Where somebody only looks, a variable that isn't set is a warning; where the worker runs it is an error."""
    broken = {provider.broken for provider in configuration.providers if provider.broken}
    return tuple(problem for problem in problems if not problem.warning or problem.message in broken)


def unchangeable(before: Configuration, after: Configuration) -> tuple[str, ...]:
    """The settings that differ and can't change while a worker runs."""
    old, new = before.settings, after.settings
    pairs = {
        "redis.url": (old.redis_url, new.redis_url),
        "redis.appendfsync": (old.appendfsync, new.appendfsync),
        "stream": (old.stream, new.stream),
    }
    changed = [name for name, (was, will_be) in pairs.items() if was != will_be]
    if _time_limit(after) > _time_limit(before):  # Celery's, fixed when the worker starts
        changed.append("timeout")
    return tuple(changed)


def _time_limit(configuration: Configuration) -> float:
    return Ways(configuration.smtp_servers, configuration.sms_gateways, configuration.settings.retry).time_limit
