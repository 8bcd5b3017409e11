"""Jinja2 templates by name: sandboxed, strict, autoescaped for HTML; a locale's folder before the general one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from notifier.compose.formatter import unknown_tag

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.sandbox import SandboxedEnvironment

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
SUBJECT, PLAIN, HTML = PARTS = ("subject.txt", "body.txt", "body.html")


@cache
def _environment(*, escape: bool) -> SandboxedEnvironment:
    from jinja2 import StrictUndefined  # noqa: PLC0415 - only who uses templates pays for them
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415

    return ImmutableSandboxedEnvironment(autoescape=escape, undefined=StrictUndefined, keep_trailing_newline=True)


@dataclass(frozen=True, slots=True)
class Named:
    """One template: its parts by locale; the empty locale is the general one."""

    parts: Mapping[str, Mapping[str, Template]]
    #: The tags used in any part.
    tags: frozenset[str] = frozenset()

    @property
    def has_text(self) -> bool:
        """There is a body without HTML for everybody: a short message can be made of it."""
        return PLAIN in self.parts[""]

    def render(self, values: Mapping[str, str], locale: str, *, html: bool = True) -> tuple[str | None, str, str]:
        """Subject (None: the template has none), body and mimetype.

        Args:
            values: Tag → value.
            locale: As in ``de_DE``; its folder comes before that of ``de``, and that before the general parts.
            html: An HTML body may be used where there is one.

        Raises:
            ValueError: the template fails for these values.
        """
        subject = next((parts[SUBJECT] for parts in self._places(locale) if SUBJECT in parts), None)
        bodies = (HTML, PLAIN) if html else (PLAIN,)
        # The language counts for more than the form: the nearest folder with a body has the word.
        part, body = next((p, parts[p]) for parts in self._places(locale) for p in bodies if p in parts)
        written = _run(subject, values) if subject else None
        return written, _run(body, values), "html" if part == HTML else "plain"

    def _places(self, locale: str) -> Iterator[Mapping[str, Template]]:
        language = _locale(locale)
        for place in dict.fromkeys((language, language.partition("_")[0], "")):
            if place in self.parts:
                yield self.parts[place]


def load_template(directory: Path, name: str, known: Collection[str]) -> Named:
    """Read ``directory/name``.

    Raises:
        ValueError: there is no such template, a part isn't Jinja2, or it uses a name that isn't a tag.
    """
    home = directory / name
    if not _NAME.fullmatch(name) or not home.is_dir():
        there = sorted(p.name for p in directory.glob("*") if p.is_dir()) if directory.is_dir() else []
        raise ValueError(f"no template {name!r} in templates/ (there are: {', '.join(there) or 'none'})")
    used: set[str] = set()
    parts = {"": _parts(home, name, known, used)}
    for folder in sorted(home.iterdir()):
        if folder.is_dir():
            parts[_locale(folder.name)] = _parts(folder, f"{name}/{folder.name}", known, used)
    if not parts[""].keys() & {PLAIN, HTML}:
        raise ValueError(f"template {name!r} has neither body.txt nor body.html")
    return Named(parts, frozenset(used))


def _locale(text: str) -> str:
    return text.replace("-", "_").partition(".")[0].lower()


def _parts(folder: Path, name: str, known: Collection[str], used: set[str]) -> dict[str, Template]:
    from jinja2 import TemplateSyntaxError  # noqa: PLC0415

    found: dict[str, Template] = {}
    for part in PARTS:
        file = folder / part
        if file.is_file():
            try:
                source = file.read_text(encoding="utf-8")
                found[part] = _compile(source, known, used, escape=part == HTML)
            except TemplateSyntaxError as error:
                raise ValueError(f"template {name!r}, {part} line {error.lineno}: {error.message}") from None
            except (OSError, UnicodeDecodeError):
                raise ValueError(f"template {name!r}: {part} can't be read") from None
            except ValueError as error:
                raise ValueError(f"template {name!r}, {part}: {error}") from None
    return found


def _compile(source: str, known: Collection[str], used: set[str], *, escape: bool) -> Template:
    from jinja2 import meta  # noqa: PLC0415

    environment = _environment(escape=escape)
    tree = environment.parse(source)
    if next(meta.find_referenced_templates(tree), ...) is not ...:
        raise ValueError("a template can't include, import or extend another; copy the text in")
    names = meta.find_undeclared_variables(tree) - environment.globals.keys()
    for unknown in sorted(names - set(known)):
        raise ValueError(unknown_tag(unknown, known))
    used |= names
    return environment.from_string(source)


def _run(template: Template, values: Mapping[str, str]) -> str:
    from jinja2 import TemplateError  # noqa: PLC0415

    try:
        return template.render(values)
    # Whatever a text can do wrong; its message may quote a value of the event, so only its kind is told.
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RuntimeError) as error:
        raise ValueError(f"the template fails for this event ({type(error).__name__})") from None


def read_body(directory: Path, text: str) -> str:
    """A body that is ``file:NAME``: the file under ``directory``; any other body as it is.

    Raises:
        ValueError: the file is elsewhere or can't be read.
    """
    if not text.startswith("file:"):
        return text
    name = text.removeprefix("file:").strip()
    shown = f"file:{name.partition(chr(10))[0][:80]}"
    try:
        home = directory.resolve()
        file = (home / name).resolve()
        if not file.is_relative_to(home):
            raise ValueError(f"{shown} is not inside templates/; copy it there")
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, RuntimeError):  # RuntimeError: symbolic links in a circle
        raise ValueError(f"{shown}: no such file in templates/, or not UTF-8") from None
