"""`notifier conditions`: what can stand under ``conditions``, as each condition describes itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from notifier.cli.exits import Misused
from notifier.cli.output import emit, json_option, table

if TYPE_CHECKING:
    from notifier.decide.conditions.base import Condition

EXAMPLE = """\b
Example:
  notifier conditions
  notifier conditions tokeninfo
"""


@click.command(epilog=EXAMPLE)
@click.argument("name", required=False)
@json_option
def conditions(name: str | None, as_json: bool) -> None:
    """List the conditions of definitions, or describe one: what it asks for, its values, comparators and an example.

    "Missing" is what a condition answers under `on_unknown: privacyidea` where the event doesn't carry its fact.
    """
    from notifier.decide.conditions import REGISTRY  # noqa: PLC0415 - --help must not wait for it

    if name is None:
        if as_json:
            emit([_row(c) for c in REGISTRY.values()])
        else:
            rows = [(c.group, c.name, c.type, ", ".join(c.value), c.missing_words, c.desc) for c in _sorted()]
            table(
                ("group", "name", "type", "values", "missing", "asks for"),
                rows,
                whole="name",
                spare=("group", "values"),
            )
        return
    if name not in REGISTRY:
        from notifier.decide.doubts.values import nearest  # noqa: PLC0415

        raise Misused(f"no condition {name!r}; {nearest(name, REGISTRY) or '`notifier conditions` lists them'}")
    condition = REGISTRY[name]
    if as_json:
        more = {"example": _plain(condition), "comparators": dict(condition.comparators), "facts": condition.places}
        emit({**_row(condition), **more})
    else:
        _describe(condition)


def _sorted() -> list[Condition]:
    """By group, in the order the groups are first looked at."""
    from notifier.decide.conditions import REGISTRY  # noqa: PLC0415

    groups = list(dict.fromkeys(c.group for c in REGISTRY.values()))
    return sorted(REGISTRY.values(), key=lambda c: groups.index(c.group))


def _row(c: Condition) -> dict[str, Any]:
    return {
        "name": c.name,
        "type": c.type,
        "group": c.group,
        "desc": c.desc,
        "value": list(c.value),
        "missing": c.missing_words,
    }


def _plain(c: Condition) -> str | list[str]:
    return c.example if isinstance(c.example, str) else list(c.example)


def _describe(c: Condition) -> None:
    click.echo(f"{c.name} ({c.type}, {c.group}): {c.desc}")
    if c.value:
        click.echo(f"values: {', '.join(c.value)}")
    remark = f" ({c.remark})" if c.remark else ""
    click.echo(f"fact: {', '.join(c.places)}{remark}")
    click.echo(f"where the fact is not known: unknown; under on_unknown: privacyidea it {c.missing_words}")
    click.echo(f"example: {{{c.name}: {as_yaml(c.example)}}}")
    for comparator, words in c.comparators.items():
        click.echo(f"  {comparator.ljust(max(map(len, c.comparators)))}  {words}")


def as_yaml(example: str | tuple[str, ...]) -> str:
    """A value as it can stand in a definition."""
    if not isinstance(example, str):
        return f"[{', '.join(example)}]"
    plain = example.replace("_", "").isalnum() and not example[0].isdigit()
    return example if plain else f'"{example}"'
