"""To whom: the people that ``To`` and ``reply_to`` mean for an event (reference section 3.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from notifier.compose import defaults
from notifier.compose.attributes import Attributes, Person
from notifier.compose.directory.port import Directory
from notifier.compose.recipienttypes import TYPES, Asked, Recipient, Rule, addresses
from notifier.compose.tags import as_text
from notifier.model import Event, Skipped, Value
from notifier.outcome import Skip

__all__ = ["RECIPIENT_TYPES", "Recipient", "Recipients", "Rule", "addresses", "fit", "fit_number", "rule_of"]

RECIPIENT_TYPES = tuple(TYPES)
_UNFIT = re.compile(r"[ <>,;\"]")


def rule_of(options: Mapping[str, Value], option: str, channel_attribute: str) -> Rule:
    """The rule of ``To`` or ``reply_to``.

    Raises:
        ValueError: there is no such recipient type.
    """
    kind = options.get(option) or defaults.RECIPIENT
    if kind not in RECIPIENT_TYPES or not isinstance(kind, str):
        raise ValueError(f"unknown recipient type {kind!r}; one of {', '.join(RECIPIENT_TYPES)}")
    argument = options.get(f"{option} {kind}", "")
    attribute = channel_attribute
    if channel_attribute == defaults.ATTRIBUTE and TYPES[kind].names_attribute:
        attribute = as_text(argument).strip() or channel_attribute
    return Rule(option, kind, argument, attribute)


def fit(address: str) -> bool:
    """It can stand in an envelope: a mailbox and a domain, nothing that ends a header or an address."""
    local, _, domain = address.rpartition("@")
    return bool(local and domain) and len(address) <= 320 and address.isprintable() and not _UNFIT.search(address)


def fit_number(number: str) -> bool:
    """It can be dialled: some digit, no control character, not a mail address."""
    return number.isprintable() and "@" not in number and any(map(str.isdigit, number))


class Recipients:
    """Finds people: in the event first, then in the directory."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def attributes(self, person: Person | None) -> Attributes:
        """A person's attributes, the directory's included."""
        return Attributes(person, self._directory)

    def find(self, rule: Rule, event: Event, owner: Attributes) -> Iterator[Recipient | Skipped]:
        """Whom a rule means for an event, one by one as they are asked for; with nobody, why.

        Raises:
            DirectoryUnavailable: also on the way.
        """
        kind = TYPES[rule.kind]
        found = kind.find(Asked(rule, event, owner, self._directory))
        if isinstance(found, str):
            yield Skipped(Skip.NO_RECIPIENT, found.format(option=rule.option))
            return
        nobody = True
        for recipient in found:
            if recipient.addresses:
                nobody = False
                yield recipient
        if nobody:
            yield Skipped(Skip.NO_ADDRESS, kind.without(rule.attribute))
