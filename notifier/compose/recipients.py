"""To whom: the recipient types of ``To`` and ``reply_to`` (reference section 3.2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from notifier.compose.directory.port import Directory
from notifier.compose.tags import as_text
from notifier.model import Event, Skipped, Value
from notifier.outcome import Skip

RECIPIENT_TYPES = ("tokenowner", "logged_in_user", "internal admin", "admin realm", "email")
_UNFIT = re.compile(r"[\x00-\x20\x7f<>,;\"]")


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to tell, and where."""

    addresses: tuple[str, ...]
    givenname: str = ""
    surname: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """Whom a definition names: type, its sub-option, and the attribute that holds the address."""

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
    if channel_attribute == "email" and kind in ("tokenowner", "logged_in_user") and isinstance(argument, str):
        attribute = argument or channel_attribute
    return Rule(kind, argument, attribute)


def addresses(value: Any) -> tuple[str, ...]:
    """An attribute as addresses: lists and comma texts split, blanks and empties dropped, each once."""
    items = value if isinstance(value, (list, tuple)) else [value]
    texts = [part.strip() for item in items if item is not None for part in str(item).split(",")]
    return tuple(dict.fromkeys(filter(None, texts)))


def fit(address: str) -> bool:
    """It can stand in an envelope: a mailbox and a domain, nothing that ends a header or an address."""
    local, _, domain = address.rpartition("@")
    return bool(local and domain) and len(address) <= 320 and not _UNFIT.search(address)


class Recipients:
    """Finds people: in the event first, then in the directory."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def find(self, rule: Rule, event: Event) -> tuple[tuple[Recipient, ...], Skipped | None]:
        """Whom a rule means for an event; with nobody, why."""
        find: Callable[[Rule, Event], Iterable[Recipient] | str] = {
            "tokenowner": self._tokenowner,
            "logged_in_user": self._logged_in_user,
            "internal admin": self._internal_admin,
            "admin realm": self._admin_realm,
            "email": self._email,
        }[rule.kind]
        found = find(rule, event)
        if isinstance(found, str):
            return (), Skipped(Skip.NO_RECIPIENT, found)
        people = tuple(r for r in found if r.addresses)
        if people:
            return people, None
        return (), Skipped(Skip.NO_ADDRESS, f"{rule.kind}: the attribute {rule.attribute!r} is empty or missing")

    def _tokenowner(self, rule: Rule, event: Event) -> Iterable[Recipient] | str:
        owner = event.facts.tokenowner
        if owner is None or not (owner.username or owner.email or owner.mobile):
            return "the event names no token owner"
        return [self._person(owner, rule.attribute)]

    def _logged_in_user(self, rule: Rule, event: Event) -> Iterable[Recipient] | str:
        caller = event.facts.logged_in_user
        if caller is None or not caller.username:
            return "nobody was logged in"
        if caller.realm:
            return [self._person(caller, rule.attribute)]
        found = caller.email or (self._directory.internal_admin(caller.username) or {}).get("email")
        return [Recipient(addresses(found) if rule.attribute != "mobile" else (), caller.username)]

    def _internal_admin(self, rule: Rule, _: Event) -> Iterable[Recipient] | str:
        name = as_text(rule.argument)
        admin = self._directory.internal_admin(name)
        return [Recipient(addresses(admin.get(rule.attribute)), name)] if admin else f"no internal admin {name!r}"

    def _admin_realm(self, rule: Rule, _: Event) -> Iterable[Recipient] | str:
        realm = as_text(rule.argument)
        if not realm:
            return "no admin realm is configured (the option 'To admin realm')"
        return [_member(user, rule.attribute) for user in self._directory.members(realm)]

    def _email(self, rule: Rule, _: Event) -> Iterable[Recipient] | str:
        return [Recipient((address,)) for address in addresses(rule.argument)]

    def _person(self, person: Any, attribute: str) -> Recipient:
        """An event's person; what the event doesn't know, the directory may."""
        known: dict[str, Any] = {}

        def look(name: str) -> Any:
            info = person.info or {}
            value = info[name] if name in info else getattr(person, name, None)
            if value is None and not known:
                found = self._directory.user(person.username, person.realm or "") if person.username else None
                known.update(found or {"": None})
            return known.get(name) if value is None else value

        return Recipient(addresses(look(attribute)), as_text(look("givenname")), as_text(look("surname")))


def _member(user: Mapping[str, Any], attribute: str) -> Recipient:
    return Recipient(addresses(user.get(attribute)), as_text(user.get("givenname")), as_text(user.get("surname")))
