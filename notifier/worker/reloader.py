"""The main process's part of a reload: read what was edited, judge it, and put what is good on the board."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from notifier.definitions.load import Configuration
from notifier.definitions.reload import Watch, objections, unchangeable
from notifier.errors import NotifierError, Problem
from notifier.observe.events import ConfigurationChanged, ConfigurationRefused, Observer, RestartNeeded
from notifier.record.workers import Report
from notifier.wiring import Wiring
from notifier.worker.board import Board


class Reloader:
    """Only what is judged here gets to the children: none of them reads the files."""

    def __init__(
        self, wiring: Callable[[], Wiring], board: Board, *, observe: Observer, now: Callable[[], datetime]
    ) -> None:
        self._wiring = wiring
        self._board = board
        self._observe = observe
        self._now = now
        house = wiring()
        self._first = house.configuration
        self._watch = Watch(house.config, house.environ, self._first)
        self.report = Report(self._first.version, now())

    def look(self, *, at_once: bool = False) -> bool:
        """Look for edits once; whether there is something to tell."""
        try:
            found = self._watch.look(at_once=at_once)
            if found is None:
                return False
            against = self._objections(found)
        except NotifierError as error:  # no directory any more, or a handler module that can't be loaded
            self._refuse("", [str(error)], "")
            return True
        if against:
            self._refuse(found.version, [str(problem) for problem in against], _place(against[0]))
        else:
            self._take(found)
        return True

    def _objections(self, found: Configuration) -> Sequence[Problem]:
        house = self._wiring()
        if found == house.configuration:
            return ()
        problems = Wiring(house.config, house.environ, configuration=found).check()
        if not any(not problem.warning for problem in problems) and not any(p.broken for p in found.providers):
            return ()
        return objections(found, problems, house.configuration, house.check())

    def _refuse(self, version: str, errors: Sequence[str], place: str) -> None:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        self.report = Report(self.report.version, self.report.since, errors[0] + more)
        self._observe(ConfigurationRefused(version, self.report.version, len(errors), place))

    def _take(self, found: Configuration) -> None:
        before = self._wiring().configuration
        mended = found == before  # an edit was taken back
        if not mended:
            self._board.pin(found)
        self.report = Report(found.version, self.report.since if mended else self._now())
        self._observe(ConfigurationChanged(found.version, before.version))
        for setting in unchangeable(self._first, found):
            self._observe(RestartNeeded(setting))


def _place(problem: Problem) -> str:
    return f"{problem.file}:{problem.line}:{problem.column}"
