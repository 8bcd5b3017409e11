"""The recipient types: whom each value of ``To`` and ``reply_to`` means (reference section 3.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from notifier.address import bare
from notifier.compose.attributes import Attributes
from notifier.compose.directory.port import Directory, User
from notifier.compose.tags import as_text
from notifier.model import Event, Value, digest

#: An attribute of somebody by name; None where nobody knows. Only what is used is looked up.
Known = Callable[[str], Any]


def _nothing(_: str) -> None:
    """What is known of somebody of whom there is no more than an address."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to tell, where, and what is known of them."""

    addresses: tuple[str, ...]
    known: Known = _nothing
    #: Of a realm's members which: see `notifier.model.Message.member`.
    member: str = ""

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


@dataclass(frozen=True, slots=True)
class Asked:
    """What a type is asked with."""

    rule: Rule
    event: Event
    owner: Attributes
    directory: Directory


@dataclass(frozen=True, slots=True)
class RecipientType:
    """One recipient type, describing itself; `make reference` writes it into docs/reference/."""

    who: str
    #: How a skip speaks of them: never by name.
    whose: str
    #: What its sub-option holds, and one that works.
    argument: str
    example: str
    #: Whom it means, or, with nobody, why: one of `nobody`.
    find: Callable[[Asked], Iterable[Recipient] | str]
    nobody: tuple[str, ...]
    #: The sub-option names the attribute that holds the mail address; of a number it is fixed (reference section 3.1).
    names_attribute: bool = False
    #: Without its sub-option it means nobody.
    required: bool = False

    def without(self, attribute: str) -> str:
        """Why there is no address where this attribute holds none."""
        return f"attribute {attribute!r} of {self.whose} is empty"


def addresses(value: Any) -> tuple[str, ...]:
    """An attribute as addresses: lists and comma texts split, blanks, empties and people's names dropped, each once."""
    items = value if isinstance(value, (list, tuple)) else [value]
    texts = [part.strip() for item in items if item is not None for part in str(item).split(",")]
    return tuple(dict.fromkeys(bare(text) if "<" in text and "@" in text else text for text in texts if text))


# Why there is nobody; {option} is To or reply_to.
_NO_OWNER = "the event names no token owner"
_NO_CALLER = "nobody was logged in"
_STRANGE_CALLER = "the caller is an internal admin whom directory.yaml doesn't have (internal_admins)"
_NO_ADMIN = "the admin of the option '{option} internal admin' is not in directory.yaml (internal_admins)"
_REALM_UNSAID = "no admin realm is configured (the option '{option} admin realm')"
_NO_REALM = "the realm of the option '{option} admin realm' is not in directory.yaml (realms)"
_NO_ADDRESSES = "no address is configured (the option '{option} email')"


def _tokenowner(asked: Asked) -> Iterable[Recipient] | str:
    facts = asked.event.facts.tokenowner
    recipient = _recipient(asked.owner, asked.rule.attribute)
    if facts is None or not (facts.username or facts.uid or recipient.addresses):
        return _NO_OWNER
    return [recipient]


def _logged_in_user(asked: Asked) -> Iterable[Recipient] | str:
    caller = asked.event.facts.logged_in_user
    if caller is None or not caller.username:
        return _NO_CALLER
    if caller.realm:
        return [_recipient(Attributes(caller, asked.directory), asked.rule.attribute)]
    # No realm: an internal admin, who has a mail address and no other attribute to choose from.
    attribute = "mobile" if asked.rule.attribute == "mobile" else "email"
    known = asked.directory.internal_admin(caller.username)
    value = getattr(caller, attribute)
    if value is None and known is None:
        return _STRANGE_CALLER
    return [_admin(caller.username, (known or {}).get(attribute) if value is None else value)]


def _internal_admin(asked: Asked) -> Iterable[Recipient] | str:
    name = as_text(asked.rule.argument).strip()
    admin = asked.directory.internal_admin(name)
    return _NO_ADMIN if admin is None else [_admin(name, admin.get(asked.rule.attribute))]


def _admin_realm(asked: Asked) -> Iterable[Recipient] | str:
    realm = as_text(asked.rule.argument).strip()
    if not realm:
        return _REALM_UNSAID
    members = asked.directory.members(realm)
    if members is None:
        return _NO_REALM
    attribute = asked.rule.attribute
    return (Recipient(addresses(user.get(attribute)), user.get, _member(realm, user)) for user in members)


def _member(realm: str, user: User) -> str:
    """Who somebody is in a realm, by a digest; empty where the directory gives no name."""
    username = as_text(user.get("username"))
    return digest("member", realm.lower(), username) if username else ""


def _email(asked: Asked) -> Iterable[Recipient] | str:
    given = addresses(asked.rule.argument)
    if not given:
        return _NO_ADDRESSES
    # Mail addresses have no mobile number.
    return [Recipient((address,)) for address in given] if asked.rule.attribute == "email" else []


def _recipient(person: Attributes, attribute: str) -> Recipient:
    return Recipient(addresses(person.get(attribute)), person.get)


def _admin(name: str, where: Any) -> Recipient:
    """An internal admin is called by the name used to log in."""
    return Recipient(addresses(where), {"givenname": name}.get)


TYPES: Mapping[str, RecipientType] = {
    "tokenowner": RecipientType(
        "The user whom the event is about, at the address that the event carries, else the directory.",
        "the token owner", "The owner's attribute that holds the mail address", "private_email",
        _tokenowner, (_NO_OWNER,), names_attribute=True,
    ),
    "logged_in_user": RecipientType(
        "The caller: a user or an administrator of a realm, like the token owner; or an internal admin (without a "
        "realm), who is called by the user name and has an email of the event, else of directory.yaml.",
        "the caller", "The caller's attribute that holds the mail address; an internal admin's is email", "work_email",
        _logged_in_user, (_NO_CALLER, _STRANGE_CALLER), names_attribute=True,
    ),
    "internal admin": RecipientType(
        "An administrator without a realm, whom directory.yaml has under internal_admins.",
        "the internal admin", "The internal admin's name", "admin",
        _internal_admin, (_NO_ADMIN,),
    ),
    "admin realm": RecipientType(
        "Everybody in a realm of directory.yaml who has an address; others in it are passed over in silence.",
        "the admin realm's members", "The realm whose members are meant", "helpdesk",
        _admin_realm, (_REALM_UNSAID, _NO_REALM), required=True,
    ),
    "email": RecipientType(
        "Mail addresses, whoever reads them; nothing but the address is known of their readers.",
        "the addresses given", "Addresses, separated by commas or in a YAML list", "a@example.com, b@example.com",
        _email, (_NO_ADDRESSES,),
    ),
}  # fmt: skip
