"""A definition's texts, written for sample events: what fails only when an event comes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from notifier.compose.action import LEADS_OUT
from notifier.compose.composer import CompiledAction, Composer
from notifier.compose.templates import folders
from notifier.errors import ComposeError, DirectoryUnavailable
from notifier.eventhandler.sample import FULL, OPTIONAL, bare, sample
from notifier.model import Change, Channel, Event, Facts, HandlerDefinition
from notifier.outcome import Reason

#: Place, what is wrong, and whether it's only a warning.
Finding = tuple[str, str, bool]


def rehearse(composer: Composer, definition: HandlerDefinition) -> list[Finding]:
    """Write the texts for an event that has every fact and for one that has next to none, in every language.

    Args:
        composer: Writes as the configuration says; nobody is looked up, the sample's owner is told.
        definition: Of which the action is one of the composer's.
    """
    action = composer.compile(replace(definition, options=_to_the_sample(definition)))
    if action.errors:  # told elsewhere
        return []
    place = "options.template" if definition.options.get("template") else "options.body"
    found: dict[Finding, None] = {}
    for locale in ("", *_languages(composer, definition)):
        words = f" in {locale}" if locale else ""
        if why := _failure(action, sample(FULL, definition.events[0], locale)):
            found.setdefault((_place(why, place), f"the text can't be written{words}: {why}", False))
        elif why := _failure(action, sample(bare(FULL), definition.events[0], locale)):
            missing = " or ".join(_culprits(action, definition.events[0], locale)) or "less than a sample has"
            found.setdefault(
                (_place(why, place), f"the text fails{words} where the event has no {missing}: {why}", True)
            )
        if why := _too_long(action, sample(FULL, definition.events[0], locale)):
            found.setdefault((place, f"already the text for a sample{words} {why}", True))
    return list(found)


def _place(why: str, text: str) -> str:
    return "options.filename" if why == LEADS_OUT else text


def _to_the_sample(definition: HandlerDefinition) -> dict[str, str | tuple[str, ...]]:
    """The options, but with the sample's owner as the one who is told."""
    people = ("To", "reply_to")
    options = {n: v for n, v in definition.options.items() if n.partition(" ")[0] not in people}
    return options | ({"To": "tokenowner"} if "To" in definition.options else {})


def _languages(composer: Composer, definition: HandlerDefinition) -> Iterator[str]:
    name = definition.options.get("template")
    if name and isinstance(name, str):
        yield from folders(composer.templates, name)


def _culprits(action: CompiledAction, kind: str, locale: str) -> Iterator[str]:
    for words, without in OPTIONAL.items():
        facts: Facts = without(FULL)
        if _failure(action, sample(facts, kind, locale)):
            yield words


def _too_long(action: CompiledAction, event: Event) -> str:
    """What the gateway's ``max_segments`` does to the text of an SMS; nothing where it has room."""
    if action.channel is not Channel.SMS:
        return ""
    try:
        cut = any(Change.CUT in message.changes for message in action.compose(event).messages)
    except ComposeError as error:
        return f"isn't sent: {error.detail}" if error.reason == Reason.TOO_LARGE else ""
    except DirectoryUnavailable:
        return ""
    return "is cut: it takes more segments than max_segments of the gateway" if cut else ""


def _failure(action: CompiledAction, event: Event) -> str:
    """Why the text can't be written; nothing where it can."""
    try:
        for _ in action.compose(event).messages:
            pass
    except ComposeError as error:
        # A long text is one of the event's; a sample's says nothing.
        return "" if error.reason == Reason.TOO_LARGE else error.detail
    except DirectoryUnavailable:  # a text is no worse for it
        return ""
    return ""
