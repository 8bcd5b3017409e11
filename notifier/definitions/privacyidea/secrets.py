"""Secrets leave the export here: into references, and on demand into a file of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from notifier.definitions.privacyidea.sensitive import is_secret
from notifier.definitions.privacyidea.vocabulary import CENSORED
from notifier.definitions.references import REFERENCE

#: ``user:password@`` of a URL; of one without a scheme, as proxies are written, at the beginning.
_USERINFO = re.compile(
    r"(?P<before>[a-z][a-z0-9+.-]*://[^/?#\s:@]*:|^\s*(?!mailto:|sips?:|tel:)[^/?#\s:@]+:)(?P<secret>[^/?#\s]+)@",
    re.IGNORECASE,
)
_PARAMETER = re.compile(r"(?:^|[?&;])(?P<name>[^=?&;#\s]+)=(?P<secret>[^&;#\s]+)")
#: A name without a password is the key itself.
_LONE = re.compile(r"[a-z][a-z0-9+.-]*://(?P<secret>[^/?#\s:@]+):?@", re.IGNORECASE)
#: A key among the folders of a URL: long, with letters and digits.
_FOLDER = re.compile(r"(?<=[^/]/)(?P<secret>(?=[^/?#]*\d)(?=[^/?#]*[a-z])[\w.~:+-]{20,})(?=[/?#\s]|$)", re.IGNORECASE)
#: There is no escape for ``${``; a variable nobody sets, with the dollar as its default, is one.
_DOLLAR = "${env:NOTIFIER_LITERAL_DOLLAR:-$}"


@dataclass(frozen=True, slots=True)
class SecretPlace:
    """One environment variable to set."""

    name: str
    where: str
    #: None: the export doesn't tell it.
    value: str | None = None

    def __repr__(self) -> str:
        return f"SecretPlace({self.name!r}, {self.where!r})"


class Secrets:
    """Takes values and gives references for them; each has a telling name of its own."""

    def __init__(self) -> None:
        self._taken: dict[str, SecretPlace] = {}

    @property
    def places(self) -> tuple[SecretPlace, ...]:
        """All taken so far."""
        return tuple(self._taken.values())

    def take(self, words: Iterable[str], where: str, value: str) -> str:
        """The reference that stands for a value; an empty one stays empty."""
        if not value:
            return ""
        kind, *rest = (re.sub(r"[^A-Z0-9]+", "_", word.upper()).strip("_") for word in words)
        stem = "_".join(filter(None, rest)).removeprefix(f"{kind}_")
        stem = f"{kind}_{stem}"
        name, number = stem, 1
        while name in self._taken:
            number += 1
            name = f"{stem}_{number}"
        self._taken[name] = SecretPlace(name, where, None if value == CENSORED else value)
        return f"${{env:{name}}}"

    def guarded(self, words: tuple[str, ...], where: str, value: str) -> str:
        """A value that may be a URL: its password and its secret parameters taken out, the rest as it is."""
        pieces: list[str] = []
        at = 0
        found = [*_USERINFO.finditer(value), *_LONE.finditer(value)]
        found += [m for m in _PARAMETER.finditer(value) if is_secret(unquote(m["name"]), unquote(m["secret"]))]
        found += _FOLDER.finditer(value) if "://" in value else ()
        for match in sorted(found, key=lambda m: m.start("secret")):
            if match.start("secret") < at:
                continue
            name = match.groupdict().get("name") or ("password" if match.re is _USERINFO else "key")
            pieces += (literal(value[at : match.start("secret")]), self.take((*words, name), where, match["secret"]))
            at = match.end("secret")
        return "".join((*pieces, literal(value[at:])))


def literal(text: str) -> str:
    """A text whose ``${...}`` mean themselves."""
    return text.replace("${", f"{_DOLLAR}{{") if REFERENCE.search(text) else text


def env_file(places: Iterable[SecretPlace]) -> str:
    """The values for a shell; those that the export doesn't tell are empty, and said to be."""
    lines = ["# Values that `notifier import-privacyidea` took out of an export. Keep this file to yourself."]
    for place in places:
        lines.append(f"# {' '.join(place.where.split())}{'' if place.value is not None else ': not in the export'}")
        quoted = (place.value or "").replace("\0", "").replace("'", "'\\''")
        lines.append(f"{place.name}='{quoted}'")
    return "\n".join(lines) + "\n"
