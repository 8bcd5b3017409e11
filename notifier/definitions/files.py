"""The files of a configuration directory, as they are at one moment: what is read of them is read once."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

from notifier.configuration import TextFile

FILES = ("notifier.yaml", "smtp_servers.yaml", "sms_gateways.yaml", "directory.yaml")
HANDLERS, TEMPLATES = "handlers", "templates"
#: A text larger than this is none.
LARGEST_TEMPLATE = 1 << 20
#: Leftovers of editors, and what a mount keeps for itself (..data).
_NOT_OURS = re.compile(r"^[.#]|~$")
_SECRET_FILE = re.compile(rb"\$\{file:([^}]+)\}")


@dataclass(frozen=True)
class Files:
    """Names (``handlers/all.yaml``) and contents; an `OSError` where a file or a folder can't be read."""

    contents: Mapping[str, bytes | OSError]
    #: By their paths under ``templates/``.
    templates: Mapping[str, TextFile]

    @cached_property
    def version(self) -> str:
        """Says whether two directories say the same, on whatever host; `${file:...}` and variables aren't in it."""
        digest = blake2b(digest_size=6)
        texts = {f"{TEMPLATES}/{name}": file.content for name, file in self.templates.items()}
        for name, content in sorted({**self.contents, **texts}.items()):
            known = content if isinstance(content, bytes) else b"?"
            for part in (name.encode(errors="surrogateescape"), known):
                digest.update(b"%d:" % len(part))
                digest.update(part)
        return digest.hexdigest()

    @cached_property
    def secret_files(self) -> tuple[str, ...]:
        """What the files refer to with ``${file:PATH}``."""
        texts = [content for content in self.contents.values() if isinstance(content, bytes)]
        return tuple(sorted({os.fsdecode(name) for text in texts for name in _SECRET_FILE.findall(text)}))


def read_files(root: Path) -> Files:
    """Read all of a directory that counts."""
    contents: dict[str, bytes | OSError] = {}
    for name in configured(root):
        try:
            contents[name] = (root / name).read_bytes()
        except OSError as error:
            contents[name] = error
    return Files(contents, read_templates(root / TEMPLATES))


def configured(root: Path) -> Iterator[str]:
    """Names of the files that are there, and ``handlers`` itself where it can't be listed."""
    # A dangling link is a mount that failed, not a file that nobody wants.
    yield from (name for name in FILES if os.path.lexists(root / name))
    try:
        yield from (f"{HANDLERS}/{name}" for name in yaml_names(root / HANDLERS))
    except OSError:
        yield HANDLERS


def yaml_names(directory: Path) -> list[str]:
    """Names of the YAML files in a directory that may be missing; not the editors' hidden ones."""
    try:
        names = [path.name for path in directory.iterdir()]
    except FileNotFoundError:
        return []
    return sorted(name for name in names if name.endswith((".yaml", ".yml")) and not name.startswith("."))


def read_templates(home: Path) -> dict[str, TextFile]:
    """The texts under ``templates/`` by their paths; links are followed, not in circles."""
    real = os.path.realpath(home)
    return {name: _text(path, real) for name, path in template_files(home)}


def template_files(home: Path) -> Iterator[tuple[str, Path]]:
    """Paths below a directory that may be missing, and where they lead."""
    yield from _below(home, "", ())


def _below(folder: Path, prefix: str, above: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    here = os.path.realpath(folder)
    if here in above:
        return
    try:
        paths = sorted(path for path in folder.iterdir() if not _NOT_OURS.search(path.name))
    except OSError:  # missing, or not ours to read: its texts are missing, which their definitions say
        return
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises for some links
            yield from _below(path, f"{prefix}{path.name}/", (*above, here))
        elif os.path.isfile(path):  # noqa: PTH113 - as above; a pipe would be waited for
            yield prefix + path.name, path


def _text(path: Path, home: str) -> TextFile:
    outside = not os.path.realpath(path).startswith(home + os.sep)
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_TEMPLATE + 1)
    except OSError:
        return TextFile(None, outside)
    return TextFile(None if len(content) > LARGEST_TEMPLATE else content, outside)
