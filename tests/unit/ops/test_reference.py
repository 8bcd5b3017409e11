"""The reference pages say what the code does, and their examples work."""

from __future__ import annotations

import re
import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from composing import composer
from places import only, steps
from ruamel.yaml import YAML

from notifier.compose import tags
from notifier.compose.action import CompiledAction
from notifier.compose.actions import ACTIONS
from notifier.compose.formatter import compile_template
from notifier.compose.recipienttypes import TYPES
from notifier.decide.comparators import generic
from notifier.decide.conditions import REGISTRY
from notifier.decide.engine import compile_conditions, doubts
from notifier.decide.grammar import BASIC, INTEGERS, KEYED, NAMED, parse
from notifier.definitions.lint import options as lint
from notifier.definitions.schema import Definition
from notifier.eventhandler.sample import FULL, sample
from notifier.model import Facts, HandlerDefinition, OnUnknown, Value
from notifier.outcome import Skip

ROOT = Path(__file__).parents[3]
HOME = ROOT / "docs" / "reference"
GENERATOR = runpy.run_path(str(HOME / "generate.py"))
PAGES = {page.stem: page.read_text() for page in HOME.glob("*.md")}
CONDITIONS, TAGS, OPTIONS, RECIPIENTS = (PAGES[name] for name in ("conditions", "tags", "options", "recipients"))
#: What each action needs besides the option looked at.
NEEDED = {
    "sendmail": {"emailconfig": "relay1"},
    "sendsms": {"smsconfig": "sms1"},
    "savefile": {"filename": "x", "body": "x"},
}


def section(page: str, heading: str) -> str:
    """What stands under a heading, up to the next of any kind."""
    ((found),) = re.findall(rf"^#+ `?{re.escape(heading)}`?\n(.*?)(?=^#|\Z)", page, re.MULTILINE | re.DOTALL)
    return found


def definition(text: str, **more: Any) -> Definition:
    """A definition with what a text says in YAML, read as one of a file."""
    return Definition.model_validate(
        {"event": ["token_init"], "action": "sendmail", **YAML(typ="safe").load(text), **more}
    )


def action_of(action: str, options: Mapping[str, Value]) -> CompiledAction:
    """An action, ready; with the templates of the example."""
    return composer(ROOT / "config" / "templates").compile(HandlerDefinition("x", ("y",), action, options=options))


def complaints(action: str, options: Mapping[str, Value]) -> list[object]:
    """What is wrong with an action's options."""
    lacks = lint.options(HandlerDefinition("x", ("y",), action, options=options), ACTIONS[action])
    return [*action_of(action, options).errors, *lacks]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_what_the_code_says_now(page: str) -> None:
    """Whoever changes a description runs `make reference`."""
    assert GENERATOR["filled"](PAGES[page]) == PAGES[page]


def test_each_block_has_its_place() -> None:
    """Nothing that is written is nowhere to be read, and nothing twice."""
    blocks = [name for page in PAGES.values() for name in re.findall(r"<!-- make reference: ([\w-]+) -->", page)]

    assert sorted(blocks) == sorted(GENERATOR["BLOCKS"])


@pytest.mark.parametrize("name", REGISTRY)
def test_a_condition_and_its_example(name: str) -> None:
    """Each has its section, with an example that can be used and is what it seems, and with its facts."""
    text = section(CONDITIONS, name)
    (example,) = re.findall(r"^\* Example: `(.+)`$", text, re.MULTILINE)

    conditions = definition(f"conditions: {{{example}}}").conditions

    assert list(conditions) == [name]
    assert conditions[name] == REGISTRY[name].example
    assert compile_conditions(conditions, OnUnknown.SKIP).errors == ()
    assert doubts(conditions) == []
    assert all(f"`{policy}` → " in text for policy in OnUnknown)
    assert all(f"`{place}`" in text for place in REGISTRY[name].places)
    assert f"[`{name}`](#{name})" in CONDITIONS


def test_every_comparator_is_explained() -> None:
    """Those of numbers and those of keys, each one that is understood."""
    numbers, keyed = section(CONDITIONS, "Comparators of numbers"), section(CONDITIONS, "KEY COMPARATOR VALUE")

    assert all(f"| `{sign}` |" in numbers for sign in INTEGERS)
    assert all(f"| `{sign}` |" in keyed for sign in KEYED)
    understood = {*(f"`{sign}`" for sign in BASIC), *(f"'{word}'" for word in NAMED if word[-1].isalpha())}
    assert [comparator for comparator in understood if comparator not in keyed] == []
    for comparator in KEYED:
        found = parse(f"key {comparator} 7d")
        assert found is not None
        assert found.left == "key"
        assert generic(f"key {comparator} 7d", now_tag=False)[0] == "key"
    assert {id(c.comparators) for c in REGISTRY.values() if c.comparators} == {id(INTEGERS), id(KEYED)}


def test_every_tag_is_there() -> None:
    """With its source, and the credentials are marked."""
    rows = dict(re.findall(r"^\| `\{(\w+)\}` \| (.+) \|$", TAGS, re.MULTILINE))

    assert rows.keys() == tags.FILENAME_NAMES
    for name, tag in {**tags.TAGS, **tags.FILENAME_TAGS}.items():
        assert ("a credential" in rows[name]) is tag.credential
        assert all(f"`{place}`" in rows[name] for place in tag.source.places)
        assert tag.source.places or tag.source.remark in rows[name]


def test_every_text_with_tags_can_be_written() -> None:
    """Whatever stands as an example between braces is a text for a definition."""
    texts = re.findall(r"`(\{[^`]*\}[^`]*)`", TAGS)

    assert len(texts) > len(tags.FILENAME_NAMES)
    for text in texts:
        compile_template(text, tags.FILENAME_NAMES).render(dict.fromkeys(tags.FILENAME_NAMES, "x"))


@pytest.mark.parametrize("action", ACTIONS)
def test_every_option_and_its_example(action: str) -> None:
    """Each has its row, and what it shows can be used."""
    rows = dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", section(OPTIONS, action), re.MULTILINE))

    assert rows.keys() == ACTIONS[action].keys()
    for name, row in rows.items():
        chosen, _, kind = name.partition(" ")
        example = row.rpartition(" | ")[2].strip("`")
        options = definition(f"options: {{{example}}}").options if example != "\N{EN DASH}" else {}
        assert list(options) == ([name] if ACTIONS[action][name]["example"] else [])
        if kind:
            options = {chosen: kind, **options}
        assert complaints(action, {**NEEDED[action], **options}) == []


@pytest.mark.parametrize("action", ACTIONS)
def test_what_is_required_and_what_is_not(action: str) -> None:
    """Without an option that the page requires something is wrong, without another one nothing is."""
    for name, row in re.findall(r"^\| `([^`]+)` \| (.+) \|$", section(OPTIONS, action), re.MULTILINE):
        chosen, _, kind = name.partition(" ")
        options = {**NEEDED[action], **({chosen: kind} if kind else {})}
        options.pop(name, None)
        assert bool(complaints(action, options)) is ("**required**" in row), name


@pytest.mark.parametrize(
    ("action", "name"),
    [(action, name) for action, options in ACTIONS.items() for name, o in options.items() if o.get("default")],
)
def test_a_default_is_what_is_taken(action: str, name: str) -> None:
    """To write it changes nothing."""
    chosen, _, kind = name.partition(" ")
    options = {**NEEDED[action], **({chosen: kind} if kind else {})}
    silent, said = (action_of(action, o) for o in (options, {**options, name: ACTIONS[action][name]["default"]}))

    assert (silent.text, silent.attach_qrcode) == (said.text, said.attach_qrcode)
    for one, other in ((silent.to, said.to), (silent.reply_to, said.reply_to)):
        assert (one and (one.kind, one.attribute)) == (other and (other.kind, other.attribute))


@pytest.mark.parametrize("name", TYPES)
def test_a_recipient_type_its_example_and_its_skips(name: str) -> None:
    """Each has its section; what the code says where it finds nobody stands there."""
    text = section(RECIPIENTS, name)
    (example,) = re.findall(r"^\* Example: `(.+)`$", text, re.MULTILINE)
    options = definition(f"options: {example}").options

    assert options.keys() == {"To", f"To {name}"}
    assert complaints("sendmail", {**NEEDED["sendmail"], **options}) == []
    skips = {words.format(option="To"): Skip.NO_RECIPIENT for words in TYPES[name].nobody}
    for attribute in ("email", "mobile"):
        if TYPES[name].without(attribute) in text:
            skips[TYPES[name].without(attribute)] = Skip.NO_ADDRESS
    assert {
        words: reason for reason, words in re.findall(r"^\* Skipped as `(\w+)`: (.+)$", text, re.MULTILINE)
    } == skips
    assert len(skips) == len(TYPES[name].nobody) + 1


@pytest.mark.parametrize("name", TYPES)
def test_an_event_without_facts_is_skipped_as_told(name: str) -> None:
    """What a type says where there is nobody is one of what the page has."""
    options = {**NEEDED["sendmail"], "To": name}

    composition = action_of("sendmail", options).compose(sample(Facts(), "token_init"))

    assert list(composition.messages) == []
    (skipped,) = composition.skipped
    assert f"* Skipped as `{skipped.reason}`: {skipped.detail}" in section(RECIPIENTS, name)


def test_the_longer_examples() -> None:
    """Every block of YAML can stand in a definition."""
    blocks = [block for page in PAGES.values() for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)]

    assert len(blocks) == 3
    for block in blocks:
        read = definition(block)
        assert compile_conditions(read.conditions, read.on_unknown).errors == ()
        assert not read.options or complaints(read.action, read.options) == []


@pytest.mark.parametrize("name", [name for name, tag in tags.TAGS.items() if tag.source.places])
def test_a_tag_prints_what_stands_at_its_places(name: str) -> None:
    """An event with nothing else is as good as one with everything; without them it prints nothing."""
    text = f"[{{{name}}}]"
    action = action_of("sendmail", {**NEEDED["sendmail"], "To": "email", "To email": "a@example.com", "body": text})
    events = (sample(facts, "x") for facts in (FULL, only(FULL, steps(tags.TAGS[name].source.places)), Facts()))
    full, same, bare = (next(iter(action.compose(event).messages)).body for event in events)

    assert full == same != bare
    assert bare == ("[https://pi.example.com]" if name == "url" else "[]")
