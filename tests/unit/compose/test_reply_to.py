from __future__ import annotations

from typing import Any

import pytest
from composing import ADDRESS, SENDER, caller, compiled, compose, event, only

from notifier.model import TokenOwner


def reply_to(**options: Any) -> str:
    """Where answers go."""
    return only(compose(compiled(**options), event(logged_in_user=caller("dora", "helpdesk")))).reply_to


def test_32_no_admin_realm() -> None:
    """Case 32: without a realm the mail goes out and answers go to the sender."""
    assert reply_to(reply_to="admin realm", reply_to_admin_realm="") == SENDER


def test_33_admin_realm() -> None:
    """Case 33: answers go to the realm's members, not to the sender."""
    assert reply_to(reply_to="admin realm", reply_to_admin_realm="helpdesk") == "dora@desk.de, frida@desk.de"


def test_34_first_address_only() -> None:
    """Case 34: of several configured addresses the first is used."""
    assert reply_to(reply_to="email", reply_to_email="r1@x.de,r2@x.de") == "r1@x.de"


def test_35_token_owner() -> None:
    """Case 35: answers go to the owner, at the attribute named."""
    owner = TokenOwner("kim", email=ADDRESS, info={"second": "kim2@x.de"})

    assert reply_to(reply_to="tokenowner") == ADDRESS
    action = compiled(reply_to="tokenowner", reply_to_tokenowner="second")
    assert only(compose(action, event(tokenowner=owner))).reply_to == "kim2@x.de"


@pytest.mark.parametrize("options", [{}, {"reply_to": ""}])
def test_36_none(options: dict[str, str]) -> None:
    """Case 36: without reply_to answers go to the sender."""
    assert reply_to(**options) == SENDER


def test_logged_in_user_and_internal_admin() -> None:
    """Answers go to the caller, or to an internal admin."""
    assert reply_to(reply_to="logged_in_user") == "dora@desk.de"
    assert reply_to(reply_to="internal admin", reply_to_internal_admin="admin") == "admin@localhost"
    assert reply_to(reply_to="internal admin", reply_to_internal_admin="nemo") == SENDER


def test_an_address_that_cannot_be_one() -> None:
    """What can't be an address never becomes a header."""
    assert reply_to(reply_to="email", reply_to_email="x@y.de\nBcc: z@y.de") == SENDER


def test_an_unknown_type() -> None:
    """An unknown type is told when the definition is read."""
    ((place, message),) = compiled(reply_to="boss").errors

    assert place == "options.reply_to"
    assert message.startswith("unknown recipient type 'boss'")


def test_answers_go_to_a_hundred_at_most() -> None:
    """A large realm, or a long list, makes no header without end."""
    owner = TokenOwner("kim", email=tuple(f"u{i}@x.de" for i in range(500)))
    action = compiled(To="email", To_email=ADDRESS, reply_to="tokenowner")

    assert only(compose(action, event(tokenowner=owner))).reply_to.count(",") == 99
