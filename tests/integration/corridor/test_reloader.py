"""The main process judges what was edited: what is good is pinned to the board, what isn't is told once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
import yaml_text

from notifier.observe.events import ConfigurationChanged, ConfigurationRefused, Observation, RestartNeeded
from notifier.wiring import Wiring
from notifier.worker.board import Board
from notifier.worker.current import Current
from notifier.worker.reloader import Reloader


class House:
    """A configuration, and what its reloader makes of edits."""

    def __init__(self, root: Path, now: datetime) -> None:
        self.root = root
        self.seen: list[Observation] = []
        self.board = Board()
        wiring = Wiring(root, {})
        wiring.__dict__["redis_url"] = "redis://127.0.0.1:1"  # never asked
        self.current = Current(wiring, self.board)
        self.reloader = Reloader(lambda: self.current.wiring, self.board, observe=self.seen.append, now=lambda: now)

    def edit(self, name: str, text: str) -> bool:
        """Write a file and say so; whether there is something to tell."""
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text)
        return self.reloader.look(at_once=True)

    @property
    def names(self) -> list[str]:
        """The definitions in force."""
        return [d.name for d in self.current.wiring.configuration.definitions]


@pytest.fixture
def house(tmp_path: Path, noon: datetime) -> House:
    """One that works."""
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "all.yaml").write_text(yaml_text.HANDLERS)
    (tmp_path / "smtp_servers.yaml").write_text(yaml_text.smtp(25))
    (tmp_path / "sms_gateways.yaml").write_text(yaml_text.sms("http://127.0.0.1:1"))
    return House(tmp_path, noon)


def test_an_edit_is_in_force(house: House) -> None:
    """With its version and the moment."""
    before = house.reloader.report

    assert house.edit("handlers/all.yaml", yaml_text.HANDLERS.replace("tell", "warn"))

    assert house.names == ["warn the owner", "text the owner"]
    assert house.reloader.report.version == house.current.wiring.configuration.version
    assert house.seen == [ConfigurationChanged(house.reloader.report.version, before.version)]


def test_what_is_refused_is_told_once_and_stays_told_until_it_is_mended(house: House) -> None:
    """The last good one works on; the log has the place, the report the words."""
    before = house.reloader.report
    broken = yaml_text.HANDLERS.replace("{serial}", "{serail}", 1)

    assert house.edit("handlers/all.yaml", broken)
    assert not house.reloader.look(at_once=True)
    assert not house.reloader.look()

    (refused,) = house.seen
    assert isinstance(refused, ConfigurationRefused)
    assert (refused.in_force, refused.errors, refused.place) == (before.version, 1, "handlers/all.yaml:5:43")
    assert house.reloader.report.error is not None
    assert house.reloader.report.error.startswith("handlers/all.yaml:5:43: tell the owner: unknown tag {serail}")
    assert (house.board.number, house.reloader.report.version) == (0, before.version)

    assert house.edit("handlers/all.yaml", broken.replace("{serail}", "{user}"))

    assert house.reloader.report.error is None
    assert house.board.number == 1


def test_an_edit_that_is_taken_back_mends(house: House) -> None:
    """Nothing is swapped for it."""
    before = house.reloader.report
    house.edit("handlers/all.yaml", "- name: [a\n")
    assert house.reloader.report.error is not None

    assert house.edit("handlers/all.yaml", yaml_text.HANDLERS)

    assert house.reloader.report == before
    assert house.board.number == 0


def test_several_errors_are_counted(house: House) -> None:
    """The first is shown; `notifier check` has all."""
    house.edit("handlers/all.yaml", yaml_text.HANDLERS.replace("relay1", "relay9").replace("sms1", "sms9"))

    assert str(house.reloader.report.error).endswith("(and 1 more)")


def test_a_directory_that_is_gone_is_an_error(house: House) -> None:
    """A mount that failed doesn't stop a worker."""
    house.root.rename(house.root.with_name(f"{house.root.name}-away"))

    assert house.reloader.look(at_once=True)

    assert "no configuration directory" in str(house.reloader.report.error)
    assert house.names


def test_settings_that_need_a_restart_are_named(house: House) -> None:
    """The others of the same edit are in force."""
    house.edit("notifier.yaml", "stream: others\ntimezone: Europe/Berlin\n")

    assert house.seen[1:] == [RestartNeeded("stream")]
    assert house.current.wiring.stream.name == "token-events"
    assert house.current.wiring.configuration.settings.timezone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("name", "text", "changed"),
    [
        ("smtp_servers.yaml", yaml_text.smtp(2525), lambda c: c.smtp_servers["relay1"].port == 2525),
        ("sms_gateways.yaml", yaml_text.sms("http://new/"), lambda c: "new" in c.sms_gateways["sms1"].options["URL"]),
        ("directory.yaml", "default_realm: hr\nrealms: {hr: []}\n", lambda c: c.directory.default_realm == "hr"),
        ("templates/hi/body.txt", "Hi", lambda c: c.templates["hi/body.txt"].text == "Hi"),
        ("notifier.yaml", "retention: 1d\n", lambda c: c.settings.retention.days == 1),
    ],
)  # fmt: skip
def test_every_file_counts(house: House, name: str, text: str, changed: Callable[[object], bool]) -> None:
    """Whatever an administrator edits."""
    house.edit(name, text)

    assert house.reloader.report.error is None
    assert changed(house.current.wiring.configuration)
