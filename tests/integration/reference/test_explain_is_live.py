"""`notifier explain` against `notifier show`: the shipped and the sample definitions meet events over a real Redis."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import privacyidea
import pytest
from click.testing import CliRunner
from redis import Redis

from notifier.cli import cli
from notifier.embedded import EmbeddedRedis
from notifier.wiring import Wiring, now


def shipped(root: Path, repository: Path) -> dict[str, str]:
    """What strangers start from."""
    shutil.copytree(repository / "config", root)
    return {}


def imported(root: Path, _: Path) -> dict[str, str]:
    """The definitions of a real privacyIDEA, and the environment they need."""
    return privacyidea.write_configuration(root)


def events(repository: Path) -> Iterable[dict[str, Any]]:
    """Each sample, and once more without the facts that most conditions look at."""
    for file in sorted((repository / "config" / "samples").glob("*.json")):
        event = json.loads(file.read_text())
        yield {**event, "id": file.stem}
        left = {key: fact for key, fact in event["data"].items() if key not in ("token", "container", "response")}
        yield {**event, "id": f"{file.stem}-bare", "data": left}


def run(config: Path, environ: dict[str, str], *arguments: str, given: str | None = None) -> list[dict[str, Any]]:
    """A command's JSON lines."""
    result = CliRunner(env=environ).invoke(cli, [*arguments, "--json", "--config", str(config)], input=given)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("configure", [shipped, imported], ids=["shipped", "of privacyIDEA"])
def test_show_tells_afterwards_what_explain_tells_before(
    redis: Redis, redis_server: EmbeddedRedis, repository: Path, tmp_path: Path, configure: Any
) -> None:
    """The same deliveries under the same ids, the same verdicts, the same reasons for silence."""
    assert redis.dbsize() == 0
    config = tmp_path / "config"
    environ = {"NOTIFIER_REDIS_URL": redis_server.url, **configure(config, repository)}
    given = list(events(repository))
    lines = "".join(json.dumps(event) + "\n" for event in given)

    explained = run(config, environ, "explain", "-", given=lines)
    wiring = Wiring(config, environ)
    wiring.stream.append(json.dumps(event).encode() for event in given)
    assert wiring.intake.take_in(100, now).planned == len(given) > 30

    assert [document["event"]["id"] for document in explained] == [event["id"] for event in given]
    shown = [run(config, environ, "show", event["id"])[0] for event in given]
    assert list(map(recorded, shown)) == list(map(foretold, explained))
    assert sum(len(deliveries) for _, deliveries, _ in map(foretold, explained)) > 5


def foretold(document: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Verdicts, deliveries and skips as `explain` has them."""
    handlers = document["handlers"]
    verdicts = {h["name"]: h["verdict"] for h in handlers}
    deliveries = [(h["name"], d["id"], d["channel"], d["provider"]) for h in handlers for d in h["deliveries"]]
    skips = [(h["name"], s["reason"], s["detail"]) for h in handlers for s in h["skipped"]]
    return verdicts, sorted(deliveries), sorted(skips)


def recorded(story: dict[str, Any]) -> tuple[Any, Any, Any]:
    """The same as `show` has them."""
    verdicts = {h["name"]: h["verdict"] for h in story["event"]["handlers"]}
    deliveries = [
        (d["handler"], d["id"], d["channel"], d["provider"]) for d in story["deliveries"] if d["state"] != "skipped"
    ]
    skips = [(d["handler"], d["reason"], d["detail"]) for d in story["deliveries"] if d["state"] == "skipped"]
    return verdicts, sorted(deliveries), sorted(skips)
