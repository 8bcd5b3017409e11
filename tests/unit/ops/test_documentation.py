"""The documentation keeps up: links lead somewhere, and no verb, exit code, setting or key is missing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from notifier.cli import VERBS, exits
from notifier.definitions import schema

ROOT = Path(__file__).parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def anchors(page: Path) -> set[str]:
    """The names of a page's headings, as its readers' browsers know them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Each link to a file of the repository has its file, and its heading."""
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if link.startswith("http"):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_verb_is_documented() -> None:
    """Each has its line in the table of commands."""
    text = (ROOT / "docs" / "commands.md").read_text()

    assert not [verb for verb in VERBS if not re.search(rf"^\| `{verb}\b", text, re.MULTILINE)]


def test_every_exit_code_is_documented() -> None:
    """Whoever scripts the commands finds them all."""
    text = (ROOT / "docs" / "commands.md").read_text()
    codes = {exits.ERROR, exits.USAGE, exits.BAD_DATA, exits.UNREACHABLE, exits.INTERRUPTED}

    assert not [code for code in codes if f"| {code} |" not in text]


def test_every_celery_setting_has_its_reason() -> None:
    """What the app sets is in the table, and the table has no other."""
    tree = ast.parse((ROOT / "notifier" / "worker" / "app.py").read_text())
    (function,) = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "settings")
    (answer,) = (node.value for node in ast.walk(function) if isinstance(node, ast.Return))
    assert isinstance(answer, ast.Dict)
    ours = {key.value for key in answer.keys if isinstance(key, ast.Constant)}

    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", (ROOT / "docs" / "celery.md").read_text(), re.MULTILINE)

    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == ours


def keys(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        if field.annotation is not None:
            yield name
            if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
                yield from keys(field.annotation)


def test_every_key_of_the_settings_is_documented() -> None:
    """An administrator finds what may stand in notifier.yaml."""
    text = (ROOT / "docs" / "configuration.md").read_text()

    assert not [key for key in keys(schema.NotifierFile) if not re.search(rf"\b{key}\b", text)]
