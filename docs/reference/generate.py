"""The reference pages: what the code says of its conditions, tags, options and recipients (`make reference`).

Pages are written by hand but for their blocks, between ``<!-- make reference: NAME -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from notifier.cli.conditions import as_yaml
from notifier.compose import defaults, tags
from notifier.compose.actions import ACTIONS, Descriptor
from notifier.compose.attributes import Attributes
from notifier.compose.directory.realms import RealmDirectory
from notifier.compose.recipienttypes import TYPES as RECIPIENT_TYPES
from notifier.configuration import DirectoryConfig
from notifier.decide.conditions import REGISTRY
from notifier.decide.conditions.base import TYPES, Condition
from notifier.decide.grammar import INTEGERS, KEYED
from notifier.eventhandler.sample import FULL, sample
from notifier.model import OnUnknown
from notifier.outcome import Skip

HOME = Path(__file__).parent
BLOCK = re.compile(r"(?<=<!-- make reference: )([\w-]+)( -->\n).*?(?=<!-- end -->)", re.DOTALL)
SAMPLE = sample(FULL, "token_init")


def table(*rows: Iterable[str]) -> str:
    """A table; its first row is the head."""
    head, *rest = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, [*("---" for _ in head)], *rest))


def code(text: str) -> str:
    """A name or value as it's written; a dash where there is none."""
    return f"`{text}`" if text else "\N{EN DASH}"


def codes(texts: Iterable[str]) -> str:
    """Some of these."""
    return ", ".join(map(code, texts))


def condition_groups() -> Mapping[str, list[Condition]]:
    """Group → its conditions, as they are looked at."""
    groups = dict.fromkeys(c.group for c in REGISTRY.values())
    return {group: [c for c in REGISTRY.values() if c.group == group] for group in groups}


def condition_index() -> str:
    """Where to find which."""
    rows = ((group, " ".join(f"[`{c.name}`](#{c.name})" for c in found)) for group, found in condition_groups().items())
    return table(("group", "conditions"), *rows)


def condition_types() -> str:
    """How values are written."""
    used = {c.type for c in REGISTRY.values()}
    return table(("type", "written as"), *((code(name), words) for name, words in TYPES.items() if name in used))


def conditions() -> str:
    """All of them, by group."""
    parts = []
    for group, found in condition_groups().items():
        parts += [f"## {group.capitalize()} conditions", *map(condition, found)]
    return "\n\n".join(parts)


def condition(c: Condition) -> str:
    """One condition."""
    unknown: Mapping[OnUnknown, str] = {
        OnUnknown.SKIP: "the definition doesn't fire",
        OnUnknown.MATCH: "holds",
        OnUnknown.PRIVACYIDEA: c.missing_words,
    }
    value = f"{code(c.type)}, of {codes(c.value)}" if c.value else code(c.type)
    remark = f" ({c.remark})" if c.remark else ""
    return "\n".join(
        (
            f"### `{c.name}`\n\n{c.desc}\n",
            f"* Value: {value}{comparators(c)}",
            f"* Fact: {codes(c.places)}{remark}",
            f"* Not known: {'; '.join(f'{code(policy)} → {unknown[policy]}' for policy in OnUnknown)}",
            f"* Example: `{c.name}: {as_yaml(c.example)}`",
        )
    )


def comparators(c: Condition) -> str:
    """Where its comparators are explained."""
    if c.comparators is INTEGERS:
        return ", with the [comparators of numbers](#comparators-of-numbers)"
    return ", as [KEY COMPARATOR VALUE](#key-comparator-value)" if c.comparators is KEYED else ""


def meanings(words: Mapping[str, str]) -> str:
    """Comparators and what they ask for."""
    return table(("comparator", "holds for"), *((code(name), meaning) for name, meaning in words.items()))


def tag_table(found: Mapping[str, tags.Tag]) -> str:
    """Tags with what they are, and what they print of the sample event."""
    scene = tags.Scene(SAMPLE, owner(), "", ZoneInfo("UTC"), "sample")
    return table(
        ("tag", "meaning", "source", "example"),
        *(
            (
                code(f"{{{name}}}"),
                tag.meaning + ("; **a credential**" if tag.credential else ""),
                "; ".join(filter(None, (", ".join(map(code, tag.source.places)), tag.source.remark))),
                code(tags.as_text(tag.source.make(scene))),
            )
            for name, tag in found.items()
        ),
    )


def recipient_tags() -> str:
    """Those that differ by recipient; the example's is the owner."""
    rows = tags.RECIPIENT_TAGS.items()
    return table(
        ("tag", "meaning", "source", "example"),
        *((code(f"{{{n}}}"), words, f"attribute {code(a)}", code(owner().get(a))) for n, (words, a) in rows),
    )


def owner() -> Attributes:
    """The sample's owner, of whom no directory knows more."""
    return Attributes(SAMPLE.facts.tokenowner, RealmDirectory(DirectoryConfig()))


def options(action: str) -> str:
    """An action's options."""
    rows = (
        (code(name), value_of(o), default_of(action, name, o), o["description"], example_of(name, o))
        for name, o in ACTIONS[action].items()
    )
    return table(("option", "type", "default", "meaning", "example"), *rows)


def value_of(option: Descriptor) -> str:
    """Its type, and the choices where there are few."""
    choices = [choice for choice in option.get("value", ()) if choice]
    return f"{code(option['type'])}, of {codes(choices)}" if choices else code(option["type"])


def default_of(action: str, name: str, option: Descriptor) -> str:
    """What is taken where the option isn't there; or that it has to be."""
    default: str = option.get("default", "")
    if "\n" in default:
        return f"[standard {name}](#the-standard-text)"
    if default or not option["required"]:
        return code(default)
    chosen, _, kind = name.partition(" ")
    if kind:
        return f"**required** with `{chosen}: {kind}`"
    return "**required**, or `template`" if name == "body" and "template" in ACTIONS[action] else "**required**"


def example_of(name: str, option: Descriptor) -> str:
    """As it can stand under ``options``."""
    return code(f"{name}: {as_yaml(option['example'])}" if option["example"] else "")


def recipients() -> str:
    """Each type, and when it means nobody."""
    return "\n\n".join(
        f"### `{name}`\n\n{kind.who}\n\n{bullets(recipient(name))}" for name, kind in RECIPIENT_TYPES.items()
    )


def recipient(name: str) -> Iterator[str]:
    """What is to be known of a type."""
    kind = RECIPIENT_TYPES[name]
    default = f"; {code(defaults.ATTRIBUTE)} without it" if kind.names_attribute else ""
    yield f"Sub-option: `To {name}`{' (**required**)' if kind.required else ''}: {kind.argument}{default}."
    for words in kind.nobody:
        yield f"Skipped as `{Skip.NO_RECIPIENT}`: {words.format(option='To')}"
    # Addresses that are given aren't looked for in an attribute; only numbers are missing then.
    yield f"Skipped as `{Skip.NO_ADDRESS}`: {kind.without('mobile' if name == 'email' else defaults.ATTRIBUTE)}"
    yield f"Example: `{{To: {as_yaml(name)}, To {name}: {as_yaml(kind.example)}}}`"


def bullets(items: Iterable[str]) -> str:
    """A list."""
    return "\n".join(f"* {item}" for item in items)


def standard_text() -> str:
    """What a definition says that says nothing."""
    return f"```\n{defaults.SUBJECT}\n\n{defaults.BODY}```"


BLOCKS: Mapping[str, Callable[[], str]] = {
    "condition-index": condition_index,
    "condition-types": condition_types,
    "comparators-of-numbers": lambda: meanings(INTEGERS),
    "comparators-of-keys": lambda: meanings(KEYED),
    "conditions": conditions,
    "tags": lambda: tag_table(tags.TAGS),
    "recipient-tags": recipient_tags,
    "filename-tags": lambda: tag_table(tags.FILENAME_TAGS),
    **{action: partial(options, action) for action in ACTIONS},
    "standard-text": standard_text,
    "recipients": recipients,
}


def filled(page: str) -> str:
    """A page with its blocks as the code has them now."""
    return BLOCK.sub(lambda found: f"{found[1]}{found[2]}\n{BLOCKS[found[1]]()}\n\n", page)


def main() -> None:
    """Write the blocks of all pages."""
    for page in sorted(HOME.glob("*.md")):
        page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
