"""Conditions on the token owner and on who is logged in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from notifier.decide.conditions.base import Reading, condition, on, on_key
from notifier.decide.conditions.facts import ABSENT, Fact, Keyed
from notifier.decide.conditions.kinds import ELEMENT, NUMBER, Kind, element, elements, joined, one_of
from notifier.decide.doubts import values
from notifier.model import Event, Value

#: Attribute names as the system taken over calls them → ours.
ATTRIBUTES = {
    "username": "username",
    "userid": "uid",
    "uid": "uid",
    "givenname": "givenname",
    "surname": "surname",
    "email": "email",
    "mobile": "mobile",
    "phone": "phone",
}
ROLES = ("admin", "user")


def _of(name: str) -> Fact:
    def get(event: Event) -> Any:
        return getattr(event.facts.tokenowner, name, None)

    return Fact((f"tokenowner.{name}",), get)


def _realm(event: Event) -> str | None:
    # Realms are lower-case in the system taken over, whatever the producer writes.
    user = event.facts.tokenowner
    return None if user is None or user.realm is None else user.realm.lower()


def _role(event: Event) -> str | None:
    # Absent means that nobody was logged in, which counts as a user.
    caller = event.facts.logged_in_user
    return "user" if caller is None else caller.role


def _attribute(event: Event, key: str) -> Any:
    """An owner's attribute by its old name; a custom one overrides."""
    user = event.facts.tokenowner
    if user is None:
        return None
    fact = (user.info or {}).get(key)
    if fact is None and key in ATTRIBUTES:
        fact = getattr(user, ATTRIBUTES[key])
    # Where `info` is known, all attributes are: one that isn't there doesn't exist.
    return ABSENT if fact is None and user.info is not None else fact


def _counts_as_user(expected: Value) -> Callable[[Event], bool]:
    wanted = joined(expected) == "user"
    return lambda _: wanted


def _of_owner(reading: Reading) -> Reading:
    return replace(reading, of_owner=True)


_ASKED = "where the event doesn't tell, the directory is asked"
_REALM = Fact(("tokenowner.realm",), _realm)
_ROLE = Fact(("logged_in_user.role",), _role, "without logged_in_user nobody was logged in, which counts as user")
_RESOLVER = Fact(("tokenowner.resolver",), lambda event: getattr(event.facts.tokenowner, "resolver", None), _ASKED)
_INFO = Keyed(
    ("tokenowner.info.KEY", "tokenowner.KEY"), _attribute,
    f"{_ASKED}; where info is known, an attribute that stands in neither doesn't hold, whatever the comparator",
)  # fmt: skip

CONDITIONS = (
    condition(
        "realm", "multi", "user", "The owner's realm is one of these.",
        on(_REALM, Kind(element, values.multi(lower=True), listed=elements)), missing=False, example=("sales", "hr"),
    ),
    condition(
        "resolver", "multi", "user", "The owner's resolver is one of these.",
        _of_owner(on(_RESOLVER, ELEMENT)), missing=False, example=("ad", "staff"),
    ),
    condition(
        "logged_in_user", "str", "user", "Who called: an administrator or a user.",
        on(_ROLE, one_of(*ROLES)), missing=(_counts_as_user, "counts as user"), example="admin",
        value=ROLES,
    ),
    condition(
        "user_token_number", "str", "user", "How many tokens the owner has: 1, >2, !=0.",
        on(_of("token_count"), NUMBER), missing=True, example=">2",
    ),
    condition(
        "user_container_number", "str", "user", "How many containers the owner has: 1, >2, !=0.",
        on(_of("container_count"), NUMBER), missing=True, example="==1",
    ),
    condition(
        "user_info", "str", "user", "An attribute of the owner: department == sales, expiration < {now}+7d.",
        _of_owner(on_key(_INFO, now_tag=True)), missing=False, example="department == sales",
    ),
)  # fmt: skip
