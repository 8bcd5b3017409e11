"""Every example of `config/examples/` is without a fault, and its page shows it as it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from examples import EXAMPLES, example

from notifier.definitions.references import FORMS
from notifier.wiring import Wiring

ROOT = EXAMPLES.parents[1]
CHANNELS = ROOT / "docs" / "channels"
NAMES = sorted(place.name for place in EXAMPLES.iterdir() if place.is_dir())
#: What an example is about; of one without providers its definitions.
PROVIDERS = ("smtp_servers.yaml", "sms_gateways.yaml")


def environment(place: Path) -> dict[str, str]:
    """Something for each secret that the example takes from there."""
    text = "".join(file.read_text() for file in place.rglob("*.yaml"))
    return {name: f"of-{name}" for name in re.findall(r"\$\{env:(\w+)\}", text)}


def shown(page: Path) -> list[str]:
    """The YAML on a page."""
    return re.findall(r"^```yaml\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


def pages(name: str) -> list[Path]:
    """Those that link an example."""
    return [page for page in sorted(CHANNELS.glob("*.md")) if f"config/examples/{name}/)" in page.read_text()]


@pytest.mark.parametrize("name", NAMES)
def test_check_finds_nothing(name: str, tmp_path: Path) -> None:
    """No error and no warning but of a script that isn't here; it defines something, and every provider can be used."""
    place = example(name, tmp_path)
    wiring = Wiring(place, environment(place))

    assert [p for p in wiring.check() if not p.message.endswith("/scripts/send-sms on this machine")] == []
    configuration = wiring.configuration
    assert configuration.definitions
    providers = [*configuration.smtp_servers.values(), *configuration.sms_gateways.values()]
    assert not [provider.identifier for provider in providers if provider.broken]
    wiring.close()


@pytest.mark.parametrize("name", NAMES)
def test_its_page_shows_it(name: str) -> None:
    """Letter by letter, on a page that links it; and the index has it."""
    files = [EXAMPLES / name / file for file in PROVIDERS if (EXAMPLES / name / file).exists()]
    files = files or sorted((EXAMPLES / name / "handlers").glob("*.yaml"))
    describing = [page for page in pages(name) if page.name != "index.md"]

    assert describing
    blocks = [block for page in describing for block in shown(page)]
    assert [str(file.relative_to(ROOT)) for file in files if file.read_text() not in blocks] == []
    assert CHANNELS / "index.md" in pages(name)


@pytest.mark.parametrize("page", sorted(CHANNELS.glob("*.md")), ids=lambda page: page.stem)
def test_every_page_is_in_the_index(page: Path) -> None:
    """Nobody has to guess what there is."""
    assert page.name == "index.md" or f"]({page.name})" in (CHANNELS / "index.md").read_text()


def test_secrets_are_written_as_they_are_read() -> None:
    """What this module looks for is the form that the configuration has."""
    assert "${env:NAME}" in FORMS
