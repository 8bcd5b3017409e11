"""Jinja2 templates by name, in the reader's language: a locale's folder comes before the general one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from posixpath import normpath
from typing import TYPE_CHECKING

from notifier.compose.language import MOMENT, Moment, Reader, language_of, languages
from notifier.compose.plaintext import plain_text
from notifier.configuration import TextFile

if TYPE_CHECKING:
    from jinja2 import Template

    from notifier.compose.sandbox import Sandbox

#: The texts under ``templates/`` by their paths there.
Files = Mapping[str, TextFile]
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
SUBJECT, PLAIN, HTML = PARTS = ("subject.txt", "body.txt", "body.html")


@dataclass(frozen=True, slots=True)
class Wording:
    """A template's finished texts."""

    #: None: the template has none.
    subject: str | None
    body: str
    #: ``plain`` or ``html``.
    mimetype: str
    #: The plain text beside a body of HTML.
    alternative: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """One template: its parts by locale; the empty locale is the general one."""

    parts: Mapping[str, Mapping[str, Template]]
    #: The tags used in any part.
    tags: frozenset[str] = frozenset()
    #: Some part writes a moment.
    dated: bool = False

    @property
    def personal(self) -> bool:
        """It may differ from one reader to the next, whatever the tags."""
        return self.dated or len(self.parts) > 1

    @property
    def has_text(self) -> bool:
        """There is a body without HTML for everybody: a short message can be made of it."""
        return PLAIN in self.parts[""]

    def render(self, values: Mapping[str, str], reader: Reader, moment: datetime, *, html: bool = True) -> Wording:
        """The texts for one reader.

        Args:
            values: Tag → value.
            reader: Chooses the folder, and how `moment` is written: that of ``de_DE`` comes before that of ``de``, and
                that before the general parts.
            moment: When it happened, with zone.
            html: An HTML body may be used where there is one.

        Raises:
            ValueError: the template fails for these values.
        """
        names = {**values, MOMENT: Moment(moment, reader)}
        places = list(self._places(reader.locale))
        subject = next((_run(parts[SUBJECT], names) for parts in places if SUBJECT in parts), None)
        bodies = (HTML, PLAIN) if html else (PLAIN,)
        # The language counts for more than the form: the nearest folder with a body has the word.
        parts = next(parts for parts in places if not parts.keys().isdisjoint(bodies))
        if not html or HTML not in parts:
            return Wording(subject, _run(parts[PLAIN], names), "plain")
        body = _run(parts[HTML], names)
        return Wording(subject, body, "html", _run(parts[PLAIN], names) if PLAIN in parts else plain_text(body))

    def _places(self, locale: str) -> Iterator[Mapping[str, Template]]:
        for place in (*languages(locale), ""):
            if place in self.parts:
                yield self.parts[place]


def load_template(files: Files, name: str, known: Collection[str]) -> Named:
    """The template of that name.

    Raises:
        ValueError: there is no such template, a part isn't Jinja2, or it uses a name that isn't a tag.
    """
    there = sorted({path.partition("/")[0] for path in files if "/" in path})
    if not _NAME.fullmatch(name) or name not in there:
        raise ValueError(f"no template {name!r} in templates/ (there are: {', '.join(there) or 'none'})")
    used: set[str] = set()
    parts = {"": _parts(files, name, known, used)}
    for folder in folders(files, name):
        if here := _parts(files, f"{name}/{folder}", known, used):
            language = language_of(folder)
            if language is None:
                raise ValueError(f"template {name!r}: no language is called {folder!r}; de or de_AT is one")
            if language in parts:
                raise ValueError(f"template {name!r}: two folders are for the language {language}; remove one")
            parts[language] = here
    if not parts[""].keys() & {PLAIN, HTML}:
        raise ValueError(f"template {name!r} has neither body.txt nor body.html")
    return Named(parts, frozenset(used - {MOMENT}), MOMENT in used)


def folders(files: Files, name: str) -> list[str]:
    """The folders inside a template."""
    inside = (path.removeprefix(f"{name}/") for path in files if path.startswith(f"{name}/"))
    return sorted({path.partition("/")[0] for path in inside if "/" in path})


def _parts(files: Files, name: str, known: Collection[str], used: set[str]) -> dict[str, Template]:
    from jinja2 import TemplateSyntaxError  # noqa: PLC0415 - only who uses templates pays for them

    found: dict[str, Template] = {}
    for part in PARTS:
        file = files.get(f"{name}/{part}")
        if file is not None:
            if (source := file.text) is None:
                raise ValueError(f"template {name!r}: {part} can't be read")
            try:
                found[part] = _compile(source, known, used, escape=part == HTML)
            except TemplateSyntaxError as error:
                raise ValueError(f"template {name!r}, {part} line {error.lineno}: {error.message}") from None
            except ValueError as error:
                raise ValueError(f"template {name!r}, {part}: {error}") from None
    return found


@cache
def _sandbox(*, escape: bool) -> Sandbox:
    from notifier.compose.sandbox import Sandbox  # noqa: PLC0415

    return Sandbox(escape=escape)


def _compile(source: str, known: Collection[str], used: set[str], *, escape: bool) -> Template:
    from notifier.compose.grammar import read  # noqa: PLC0415 - Jinja2 again

    sandbox = _sandbox(escape=escape)
    tree, names = read(sandbox, source, known)
    used |= names
    try:
        return sandbox.from_string(tree)
    except (SyntaxError, RecursionError, MemoryError):  # Python's own limits
        raise ValueError("nested too deeply") from None


def _run(template: Template, names: Mapping[str, object]) -> str:
    from notifier.compose.sandbox import Refused, write  # noqa: PLC0415

    try:
        return write(template, names)
    except Refused as error:
        raise ValueError(f"the template fails for this event: {error}") from None
    except Exception as error:  # noqa: BLE001 - whatever a text can do wrong
        # Its message may quote a value of the event, so only its kind is told.
        raise ValueError(f"the template fails for this event ({type(error).__name__})") from None


def read_body(files: Files, text: str) -> str:
    """A body that is ``file:NAME``: the file of that name; any other body as it is.

    Raises:
        ValueError: the file is elsewhere or can't be read.
    """
    if not text.startswith("file:"):
        return text
    name = text.removeprefix("file:").strip()
    shown = f"file:{name.partition(chr(10))[0][:80]}"
    path = normpath(name)
    file = files.get(path)
    if path.startswith(("/", "../")) or (file and file.outside):
        raise ValueError(f"{shown} is not inside templates/; copy it there")
    if file is None or (body := file.text) is None:
        raise ValueError(f"{shown}: no such file in templates/, or not UTF-8")
    return body
