"""Files that the configuration names and this machine doesn't have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from notifier.definitions.namedfiles import NamedFile
from notifier.definitions.yamlfile import one_line
from notifier.errors import Problem


def missing(files: Iterable[NamedFile]) -> Iterator[Problem]:
    """Only warnings: they have to be where workers run, and that may be elsewhere."""
    for named in files:
        try:
            there = named.path.is_file()
        except OSError:  # in a folder that we may not enter: nobody knows
            continue
        if not there:
            message, at = f"'{named.name}': there is no file {named.path} on this machine", named.place
            yield Problem(at.file, at.line, at.column, one_line(message), "workers need it", warning=True)
