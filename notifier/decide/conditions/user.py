"""Conditions on the token owner and on who is logged in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from notifier.decide.comparators import generic, integer
from notifier.decide.conditions.base import condition, element, exact, joined
from notifier.model import Event, TokenOwner, Value

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


def owner(name: str) -> Callable[[Event], Any]:
    """An attribute of the token owner, None where there is none."""

    def get(event: Event) -> Any:
        return getattr(event.facts.tokenowner, name, None)

    return get


def _realm(event: Event) -> Any:
    realm = owner("realm")(event)
    return None if realm is None else realm.lower()


def _role(event: Event) -> Any:
    # Absent means that nobody was logged in, which counts as a user.
    caller = event.facts.logged_in_user
    return "user" if caller is None else caller.role


def number(expected: Value) -> Callable[[Any, Event], bool]:
    """A condition on a number."""
    holds = integer(joined(expected))
    return lambda fact, _: holds(fact)


def attribute(user: TokenOwner, key: str) -> Any:
    """A user's attribute by its old name; a custom one overrides."""
    info = user.info or {}
    return info[key] if key in info else getattr(user, ATTRIBUTES.get(key, ""), None)


def _owner_itself(event: Event) -> Any:
    return event.facts.tokenowner


def _user_info(expected: Value) -> Callable[[Any, Event], bool]:
    key, holds = generic(joined(expected), now_tag=True)
    return lambda fact, event: holds(attribute(fact, key), event.time)


CONDITIONS = (
    condition("realm", "multi", "user", "The owner's realm is one of these.", _realm, element, missing=False),
    condition(
        "resolver", "multi", "user", "The owner's resolver is one of these.", owner("resolver"), element, missing=False
    ),
    condition(
        "logged_in_user", "str", "user", "Who called: an administrator or a user.",
        _role, exact, missing=lambda expected, _: joined(expected) == "user", value=("admin", "user"),
    ),
    condition(
        "user_token_number", "str", "user", "How many tokens the owner has: 1, >2, !=0.",
        owner("token_count"), number, missing=True,
    ),
    condition(
        "user_container_number", "str", "user", "How many containers the owner has: 1, >2, !=0.",
        owner("container_count"), number, missing=True,
    ),
    condition(
        "user_info", "str", "user", "An attribute of the owner: department == sales, expiration < {now}+7d.",
        _owner_itself, _user_info, missing=False,
    ),
)  # fmt: skip
