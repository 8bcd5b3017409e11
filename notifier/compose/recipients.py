"""To whom: the recipient types of ``To`` and ``reply_to`` (reference section 3.2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from notifier.compose.attributes import Attributes, Person
from notifier.compose.directory.port import Directory
from notifier.compose.tags import as_text
from notifier.model import Event, Skipped, Value
from notifier.outcome import Skip

RECIPIENT_TYPES = ("tokenowner", "logged_in_user", "internal admin", "admin realm", "email")
#: How a skip speaks of them: never by name.
_WHOSE: Mapping[str, str] = {
    "tokenowner": "the token owner",
    "logged_in_user": "the caller",
    "internal admin": "the internal admin",
    "admin realm": "the admin realm's members",
    "email": "the addresses given",
}
_UNFIT = re.compile(r"[ <>,;\"]")


#: An attribute of somebody by name; None where nobody knows. Only what is used is looked up.
Known = Callable[[str], Any]


def _nothing(_: str) -> None:
    """What is known of somebody of whom there is no more than an address."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to tell, where, and what is known of them."""

    addresses: tuple[str, ...]
    known: Known = _nothing

    def text(self, attribute: str) -> str:
        """An attribute as a text; empty where nobody knows."""
        return as_text(self.known(attribute))


@dataclass(frozen=True, slots=True)
class Rule:
    """Whom a definition names: option, type, its sub-option, and the attribute that holds the address."""

    option: str
    kind: str
    argument: Value
    attribute: str


def rule_of(options: Mapping[str, Value], option: str, channel_attribute: str) -> Rule:
    """The rule of ``To`` or ``reply_to``.

    Raises:
        ValueError: there is no such recipient type.
    """
    kind = options.get(option) or "tokenowner"
    if kind not in RECIPIENT_TYPES or not isinstance(kind, str):
        raise ValueError(f"unknown recipient type {kind!r}; one of {', '.join(RECIPIENT_TYPES)}")
    argument = options.get(f"{option} {kind}", "")
    attribute = channel_attribute
    # The number's attribute is fixed (reference section 3.1); the address' can be chosen.
    if channel_attribute == "email" and kind in ("tokenowner", "logged_in_user"):
        attribute = as_text(argument).strip() or channel_attribute
    return Rule(option, kind, argument, attribute)


def addresses(value: Any) -> tuple[str, ...]:
    """An attribute as addresses: lists and comma texts split, blanks and empties dropped, each once."""
    items = value if isinstance(value, (list, tuple)) else [value]
    texts = [part.strip() for item in items if item is not None for part in str(item).split(",")]
    return tuple(dict.fromkeys(filter(None, texts)))


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
        self._find: Mapping[str, Callable[[Rule, Event, Attributes], Iterable[Recipient] | str]] = {
            "tokenowner": self._tokenowner,
            "logged_in_user": self._logged_in_user,
            "internal admin": self._internal_admin,
            "admin realm": self._admin_realm,
            "email": self._email,
        }

    def attributes(self, person: Person | None) -> Attributes:
        """A person's attributes, the directory's included."""
        return Attributes(person, self._directory)

    def find(self, rule: Rule, event: Event, owner: Attributes) -> Iterator[Recipient | Skipped]:
        """Whom a rule means for an event, one by one as they are asked for; with nobody, why.

        Raises:
            DirectoryUnavailable: also on the way.
        """
        found = self._find[rule.kind](rule, event, owner)
        if isinstance(found, str):
            yield Skipped(Skip.NO_RECIPIENT, found)
            return
        nobody = True
        for recipient in found:
            if recipient.addresses:
                nobody = False
                yield recipient
        if nobody:
            yield Skipped(Skip.NO_ADDRESS, f"attribute {rule.attribute!r} of {_WHOSE[rule.kind]} is empty")

    def _tokenowner(self, rule: Rule, event: Event, owner: Attributes) -> Iterable[Recipient] | str:
        facts = event.facts.tokenowner
        recipient = _recipient(owner, rule.attribute)
        if facts is None or not (facts.username or facts.uid or recipient.addresses):
            return "the event names no token owner"
        return [recipient]

    def _logged_in_user(self, rule: Rule, event: Event, _: Attributes) -> Iterable[Recipient] | str:
        caller = event.facts.logged_in_user
        if caller is None or not caller.username:
            return "nobody was logged in"
        if caller.realm:
            return [_recipient(self.attributes(caller), rule.attribute)]
        # No realm: an internal admin, who has a mail address and no other attribute to choose from.
        attribute = "mobile" if rule.attribute == "mobile" else "email"
        known = self._directory.internal_admin(caller.username)
        value = getattr(caller, attribute)
        if value is None and known is None:
            return "the caller is an internal admin whom directory.yaml doesn't have (internal_admins)"
        return [_admin(caller.username, (known or {}).get(attribute) if value is None else value)]

    def _internal_admin(self, rule: Rule, _: Event, __: Attributes) -> Iterable[Recipient] | str:
        name = as_text(rule.argument).strip()
        admin = self._directory.internal_admin(name)
        if admin is None:
            return f"the admin of the option '{rule.option} internal admin' is not in directory.yaml (internal_admins)"
        return [_admin(name, admin.get(rule.attribute))]

    def _admin_realm(self, rule: Rule, _: Event, __: Attributes) -> Iterable[Recipient] | str:
        realm = as_text(rule.argument).strip()
        if not realm:
            return f"no admin realm is configured (the option '{rule.option} admin realm')"
        members = self._directory.members(realm)
        if members is None:
            return f"the realm of the option '{rule.option} admin realm' is not in directory.yaml (realms)"
        return (Recipient(addresses(user.get(rule.attribute)), user.get) for user in members)

    def _email(self, rule: Rule, _: Event, __: Attributes) -> Iterable[Recipient] | str:
        given = addresses(rule.argument)
        if not given:
            return f"no address is configured (the option '{rule.option} email')"
        # Mail addresses have no mobile number.
        return [Recipient((address,)) for address in given] if rule.attribute == "email" else []


def _recipient(person: Attributes, attribute: str) -> Recipient:
    return Recipient(addresses(person.get(attribute)), person.get)


def _admin(name: str, where: Any) -> Recipient:
    """An internal admin is called by the name used to log in."""
    return Recipient(addresses(where), {"givenname": name}.get)
