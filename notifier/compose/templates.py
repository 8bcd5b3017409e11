"""Jinja2 templates by name: sandboxed, strict, autoescaped for HTML; a locale's folder before the general one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.sandbox import SandboxedEnvironment

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
PARTS = ("subject.txt", "body.txt", "body.html")


@cache
def _environment(*, escape: bool) -> SandboxedEnvironment:
    from jinja2 import StrictUndefined  # noqa: PLC0415 - only who uses templates pays for them
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415

    return ImmutableSandboxedEnvironment(autoescape=escape, undefined=StrictUndefined, keep_trailing_newline=True)


@dataclass(frozen=True, slots=True)
class Named:
    """One template: its parts by locale; the empty locale is the general one."""

    parts: Mapping[str, Mapping[str, Template]]

    def render(self, values: Mapping[str, str], locale: str | None) -> tuple[str, str, str]:
        """Subject, body and mimetype.

        Raises:
            ValueError: the template uses a name that isn't a tag, or fails otherwise.
        """
        from jinja2 import TemplateError  # noqa: PLC0415

        chosen: dict[str, Any] = {}
        language = (locale or "").replace("-", "_")
        for place in ("", language.partition("_")[0], language):
            chosen.update(self.parts.get(place, {}))
        body = "body.html" if "body.html" in chosen else "body.txt"
        try:
            subject = chosen["subject.txt"].render(values) if "subject.txt" in chosen else ""
            return subject, chosen[body].render(values), "html" if body == "body.html" else "plain"
        except (TemplateError, TypeError, ArithmeticError, LookupError) as error:
            raise ValueError(f"template failed: {type(error).__name__}: {str(error).splitlines()[0]}") from None


def load_template(directory: Path, name: str) -> Named:
    """Read ``directory/name``.

    Raises:
        ValueError: there is no such template, or a part isn't Jinja2.
    """
    home = directory / name
    if not _NAME.fullmatch(name) or not home.is_dir():
        there = sorted(p.name for p in directory.glob("*") if p.is_dir()) if directory.is_dir() else []
        raise ValueError(f"no template {name!r} in templates/ (there are: {', '.join(there) or 'none'})")
    parts = {"": _parts(home, name)}
    parts.update({f.name.replace("-", "_"): _parts(f, name) for f in sorted(home.iterdir()) if f.is_dir()})
    if not any("body.html" in p or "body.txt" in p for p in parts.values()):
        raise ValueError(f"template {name!r} has neither body.txt nor body.html")
    return Named(parts)


def _parts(folder: Path, name: str) -> dict[str, Template]:
    from jinja2 import TemplateSyntaxError  # noqa: PLC0415

    found: dict[str, Template] = {}
    for part in PARTS:
        file = folder / part
        if file.is_file():
            try:
                source = file.read_text(encoding="utf-8")
                found[part] = _environment(escape=part.endswith(".html")).from_string(source)
            except TemplateSyntaxError as error:
                raise ValueError(f"template {name!r}, {part} line {error.lineno}: {error.message}") from None
            except (OSError, UnicodeDecodeError):
                raise ValueError(f"template {name!r}: {part} can't be read") from None
    return found


def read_body(directory: Path, text: str) -> str:
    """A body that is ``file:NAME``: the file under ``directory``; any other body as it is.

    Raises:
        ValueError: the file is elsewhere or can't be read.
    """
    if not text.startswith("file:"):
        return text
    name = text.removeprefix("file:")
    home = directory.resolve()
    file = (home / name).resolve()
    if not file.is_relative_to(home):
        raise ValueError(f"file:{name} is not inside templates/; copy it there")
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ValueError(f"file:{name}: no such file in templates/, or not UTF-8") from None
