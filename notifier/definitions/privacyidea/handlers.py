"""Definitions as they stand there, and the same as they stand here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from notifier.definitions.fields import kind
from notifier.definitions.privacyidea.bodies import Bodies
from notifier.definitions.privacyidea.conditions import conditions
from notifier.definitions.privacyidea.entries import Entry
from notifier.definitions.privacyidea.options import options
from notifier.definitions.privacyidea.report import Report
from notifier.definitions.privacyidea.values import text, truth
from notifier.definitions.privacyidea.vocabulary import ACTIONS, FIELDS, MODULE


def handlers(given: Sequence[Mapping[str, Any]], taken: Collection[str], bodies: Bodies, report: Report) -> list[Entry]:
    """The entries of ``handlers/privacyidea.yaml``, in the order they run; names that are taken are changed."""
    converter = _Converter(set(taken), bodies, report)
    return [entry for raw in sorted(given, key=_running) if (entry := converter.entry(raw))]


def _running(raw: Mapping[str, Any]) -> tuple[int, int]:
    """Ascending; of equal ones the older first."""
    return _whole(raw.get("ordering")) or 0, _whole(raw.get("id")) or 0


def _whole(value: Any) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None


class _Converter:
    """Turns definition after definition."""

    def __init__(self, taken: set[str], bodies: Bodies, report: Report) -> None:
        self._taken = taken
        self._bodies = bodies
        self._report = report

    def entry(self, raw: Mapping[str, Any]) -> Entry | None:
        """One definition; None: it has no place here."""
        ident = text(raw.get("id"))
        module = text(raw.get("handlermodule")) or MODULE
        if module != MODULE:
            given = text(raw.get("name")) or f"number {ident}"
            self._report.dropped(
                f"definition {given!r}", f"its module {module} does other things than telling people: keep it there"
            )
            return None
        name = self._name(text(raw.get("name")), ident)
        what = f"definition {name!r}"
        content: dict[str, Any] = {"name": name, "event": self._events(raw.get("event"), what)}
        entry = Entry(what, name, content, f"id {ident} in privacyIDEA" if ident else "")
        if not content["event"]:
            entry.aside = "it is bound to no event"
        self._when(raw, content, what)
        action = text(raw.get("action"))
        action = action.lower() if action.lower() in ACTIONS else action
        try:
            held = conditions(raw.get("conditions"), what, self._report)
        except ValueError as error:
            held, entry.aside = {}, str(error)
        if held:
            content["conditions"] = held
        content |= {"on_unknown": "privacyidea", "action": action}
        try:
            content["options"] = options(raw.get("options"), action, what, self._bodies, self._report)
        except ValueError as error:
            entry.aside = entry.aside or str(error)
        self._rest(raw, what)
        return entry

    def _name(self, given: str, ident: str) -> str:
        stem = given if given.strip() else f"imported {ident}".strip()
        name, number = stem, 1
        while name in self._taken:
            number += 1
            name = f"{stem} ({number})"
        self._taken.add(name)
        if not given.strip():
            self._report.changed(f"definition {name!r}", "it had no name")
        elif name != given:
            self._report.changed(f"definition {name!r}", f"the name {given!r} is taken, and names are unique here")
        return name

    def _events(self, given: Any, what: str) -> list[str]:
        """Names; both forms were joined with commas there."""
        words: list[str] = []
        for item in given if isinstance(given, list) else [given] if isinstance(given, str) else []:
            if isinstance(item, (dict, list)):
                self._report.dropped(what, f"an item of its event that is {kind(item)}, not a name")
            words += (word for part in text(item).split(",") if (word := part.strip()))
        return list(dict.fromkeys(words))

    def _when(self, raw: Mapping[str, Any], content: dict[str, Any], what: str) -> None:
        position = raw.get("position")
        position = "post" if position is None else text(position)
        active = truth(raw.get("active"), default=True)
        if position not in ("pre", "post"):
            self._report.changed(what, f"its position {position!r} never matched; it is switched off (active: false)")
            position, active = "post", False
        content["position"] = position
        if not active:
            content["active"] = False
        ordering = _whole(raw.get("ordering"))
        if ordering is None and raw.get("ordering") not in (None, ""):
            self._report.changed(what, "its ordering is no number; it is 0 here")
        content["ordering"] = ordering or 0

    def _rest(self, raw: Mapping[str, Any], what: str) -> None:
        if truth(raw.get("abort_on_error"), default=False):
            self._report.changed(what, "an error in it stopped the request there (abort_on_error); nothing does here")
        for key in raw.keys() - FIELDS:
            self._report.dropped(what, f"its field {key!r}: there is none of that name")
