from __future__ import annotations

from typing import Any

import pytest
from composing import ADDRESS, CORNELIUS, caller, compiled, compose, event, only, skip

from notifier.compose.recipients import addresses, fit, fit_number
from notifier.model import Event, TokenOwner, delivery_id


def to(what: Event | None = None, **options: Any) -> list[str]:
    """Where the messages go, one address each."""
    composition = compose(compiled(**options), what)
    assert all(len(m.to) == 1 for m in composition.messages)
    assert composition.skipped == ()
    return [address for m in composition.messages for address in m.to]


def test_18_token_owner_by_default() -> None:
    """Case 18: without To the token's owner is told, in the template's words."""
    subject = "token description: {tokendescription} token serial: {serial}"

    message = only(compose(compiled(subject=subject)))

    assert message.to == (ADDRESS,)
    assert message.subject == "token description: my token token serial: OATH123456"


def test_20_another_attribute() -> None:
    """Case 20: `To tokenowner` names the attribute; without it, email."""
    owner = event(tokenowner=TokenOwner("kim", "r", email=ADDRESS, info={"sec_mail": "sec@x.de"}))

    assert to(owner, To_tokenowner="sec_mail") == ["sec@x.de"]
    assert to(owner) == [ADDRESS]


def test_20_another_attribute_of_the_directory() -> None:
    """Case 20: attributes under info and flat ones of the directory count alike."""
    hans = event(tokenowner=TokenOwner("hans", "REALM1"))

    assert to(hans, To_tokenowner="sec_mail") == ["hans@secret.de"]
    assert skip(compose(compiled(To_tokenowner="shoe"), hans)) == ("no_address", "1 of the addresses can't be one")


@pytest.mark.parametrize("name", ["__class__", "info", "__slots__"])
def test_attributes_are_facts(name: str) -> None:
    """No attribute reaches the program's insides."""
    reason, _ = skip(compose(compiled(To_tokenowner=name)))

    assert reason == "no_address"


def test_22_email() -> None:
    """Case 22 and section 10: several addresses are trimmed, empties dropped, each told once, one message each."""
    assert to(To="email", To_email="a@x.de") == ["a@x.de"]
    assert to(To="email", To_email="a@x.de, b@y.de,,a@x.de") == ["a@x.de", "b@y.de"]
    assert to(To="email", To_email=("a@x.de", "b@y.de")) == ["a@x.de", "b@y.de"]


@pytest.mark.parametrize(
    ("written", "addresses"),
    [
        ("Help Desk <help@x.de>", ["help@x.de"]),
        ("Zoë <zoe@x.de>, <b@x.de>, b@x.de", ["zoe@x.de", "b@x.de"]),
        ('"Desk" <help@x.de>', ["help@x.de"]),
    ],
)
def test_an_address_with_a_name(written: str, addresses: list[str]) -> None:
    """Configured or somebody's attribute: the mail goes to the address, and answers do."""
    assert to(To="email", To_email=written) == addresses
    assert to(event(tokenowner=TokenOwner("kim", email=written))) == addresses
    assert compose(compiled(reply_to="email", reply_to_email=written)).messages[0].reply_to == addresses[0]


@pytest.mark.parametrize("written", ["Anna <a@x.de> <b@x.de>", "a@x.de <b@x.de>", "<a@x.de> b", "A <>"])
def test_what_may_be_another_address_is_none(written: str) -> None:
    """Nobody guesses."""
    assert compose(compiled(To="email", To_email=written)).messages == ()


def test_22_together() -> None:
    """Case 22 as the system taken over does it, on demand: one message with all."""
    message = only(compose(compiled(together=True, To="email", To_email="a@x.de,b@y.de")))

    assert message.to == ("a@x.de", "b@y.de")


def test_together_in_several_mails() -> None:
    """Servers take a hundred recipients of a mail: more get several, the same people in each in whatever order."""
    people = [f"p{number}@x.de" for number in range(201)]
    action, backwards = (compiled(together=True, To="email", To_email=tuple(to)) for to in (people, people[::-1]))

    messages = compose(action).messages

    assert [(m.part, len(m.to)) for m in messages] == [(1, 100), (2, 100), (3, 1)]
    assert sorted(address for m in messages for address in m.to) == sorted(people)
    assert len({delivery_id("e", "h", m) for m in messages}) == 3
    assert [m.to for m in compose(backwards).messages] == [m.to for m in messages]


def test_23_internal_admin() -> None:
    """Case 23: an internal admin by name; unknown, nobody is told (section 10: no attempt to an empty address)."""
    assert to(To="internal admin", To_internal_admin="admin") == ["admin@localhost"]
    assert skip(compose(compiled(To="internal admin", To_internal_admin="nemo"))) == (
        "no_recipient",
        "the admin of the option 'To internal admin' is not in directory.yaml (internal_admins)",
    )
    assert skip(compose(compiled(To="internal admin", To_internal_admin="mailless"))) == (
        "no_address",
        "attribute 'email' of the internal admin is empty",
    )


def test_24_logged_in_user() -> None:
    """Case 24: an internal admin's address, and that of a caller of a realm."""
    assert to(event(logged_in_user=caller("admin")), To="logged_in_user") == ["admin@localhost"]
    assert to(event(logged_in_user=caller("dora", "helpdesk")), To="logged_in_user") == ["dora@desk.de"]


def test_24_the_event_knows_best() -> None:
    """Case 24: an address that the event carries wins over the directory."""
    assert to(event(logged_in_user=caller("admin", email="own@x.de")), To="logged_in_user") == ["own@x.de"]
    assert to(event(logged_in_user=caller("dora", "helpdesk", email="d@x.de")), To="logged_in_user") == ["d@x.de"]


def test_24_an_unknown_internal_admin() -> None:
    """An internal admin whom nobody knows is no recipient; a realm's user without address has none."""
    assert skip(compose(compiled(To="logged_in_user"), event(logged_in_user=caller("nemo")))) == (
        "no_recipient",
        "the caller is an internal admin whom directory.yaml doesn't have (internal_admins)",
    )
    assert skip(compose(compiled(To="logged_in_user"), event(logged_in_user=caller("nemo", "realm1")))) == (
        "no_address",
        "attribute 'email' of the caller is empty",
    )


def test_25_no_caller() -> None:
    """Case 25: nobody logged in, nothing sent."""
    assert skip(compose(compiled(To="logged_in_user"))) == ("no_recipient", "nobody was logged in")


def test_26_admin_realm() -> None:
    """Case 26: everybody in the realm who has an address, the realm in any case; a name counts once."""
    assert to(To="admin realm", To_admin_realm="HelpDesk") == ["dora@desk.de", "frida@desk.de"]
    assert to(To="admin realm", To_admin_realm="realm1") == [ADDRESS, "s1@x.de", "s2@x.de"]


@pytest.mark.parametrize("options", [{}, {"To_admin_realm": ""}, {"To_admin_realm": " "}])
def test_27_no_admin_realm(options: dict[str, str]) -> None:
    """Case 27: without a realm nobody is told, and why is said."""
    assert skip(compose(compiled(To="admin realm", **options))) == (
        "no_recipient",
        "no admin realm is configured (the option 'To admin realm')",
    )


def test_27_a_realm_without_addresses() -> None:
    """A realm with nobody to reach is a skip."""
    assert skip(compose(compiled(To="admin realm", To_admin_realm="mute"))) == (
        "no_address",
        "attribute 'email' of the admin realm's members is empty",
    )


def test_27_a_realm_that_does_not_exist() -> None:
    """A realm nobody has configured is a skip that says so."""
    assert skip(compose(compiled(To="admin realm", To_admin_realm="unheard of"))) == (
        "no_recipient",
        "the realm of the option 'To admin realm' is not in directory.yaml (realms)",
    )


def test_28_deleted_owner() -> None:
    """Case 28: an owner whom the store doesn't have any more is a skip, no exception."""
    gone = event(tokenowner=TokenOwner(uid="1001", realm="realm1", resolver="first"))

    assert skip(compose(compiled(), gone)) == ("no_address", "attribute 'email' of the token owner is empty")


@pytest.mark.parametrize("owner", [None, TokenOwner(), TokenOwner(username="")])
def test_29_unknown_owner(owner: TokenOwner | None) -> None:
    """Case 29: no owner, nothing sent."""
    assert skip(compose(compiled(), event(tokenowner=owner))) == ("no_recipient", "the event names no token owner")


def test_29_unknown_type() -> None:
    """Case 29, decided otherwise: an unknown type of recipient is told when the definition is read."""
    types = "tokenowner, logged_in_user, internal admin, admin realm, email"

    assert compiled(To="tokenwoner").errors == (("options.To", f"unknown recipient type 'tokenwoner'; one of {types}"),)


@pytest.mark.parametrize("email", ["", None, (), ("", " "), " , "])
def test_30_no_address(email: Any) -> None:
    """Case 30, decided otherwise by section 10: an empty address is a skip, not an attempt."""
    owner = event(tokenowner=TokenOwner("nemo", "realm1", email=email))

    assert skip(compose(compiled(), owner)) == ("no_address", "attribute 'email' of the token owner is empty")


def test_an_empty_address_is_not_looked_up() -> None:
    """Known and empty isn't unknown: the directory's address isn't used."""
    owner = event(tokenowner=TokenOwner("cornelius", "realm1", email=""))

    assert skip(compose(compiled(), owner))[0] == "no_address"


def test_the_directory_gives_the_address() -> None:
    """With user name and realm only, the first store of the realm that has the name supplies the address."""
    assert to(event(tokenowner=TokenOwner("cornelius", "realm1"))) == [ADDRESS]
    assert to(event(tokenowner=TokenOwner("cornelius"))) == [ADDRESS]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a@x, b@y", ("a@x", "b@y")),
        (("a@x,b@y", "", "b@y ", "c@z"), ("a@x", "b@y", "c@z")),
        (None, ()),
        (["a@x", None], ("a@x",)),
        (4, ("4",)),
    ],
)
def test_addresses(value: Any, expected: tuple[str, ...]) -> None:
    """Lists and comma texts are split and trimmed; empties and repetitions go."""
    assert addresses(value) == expected


def test_one_bad_address_among_good() -> None:
    """An address that can't be one is skipped for itself, without being shown."""
    owner = event(tokenowner=TokenOwner("kim", email=("good@x.de", "bad\r\nBcc: all@x.de", "nodomain@", "plain")))

    composition = compose(compiled(), owner)

    assert [m.to for m in composition.messages] == [("good@x.de",)]
    assert [(s.reason, s.detail) for s in composition.skipped] == [("no_address", "3 of the addresses can't be one")]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("a@b", True),
        ("jürgen@müller.de", True),
        ("", False),
        ("@b", False),
        ("a@", False),
        ("a b@c", False),
        ("<a@b>", False),
        ("a@b\n", False),
        ("a@b\u2028", False),
        ("a" * 400 + "@b", False),
    ],
)
def test_fit(address: str, expected: bool) -> None:
    """Only what can stand in an envelope is tried."""
    assert fit(address) is expected


@pytest.mark.parametrize(
    ("number", "expected"), [("+49 160/1", True), ("x", False), ("1\n2", False), ("a1@x.de", False)]
)
def test_fit_number(number: str, expected: bool) -> None:
    """Only what can be dialled is tried."""
    assert fit_number(number) is expected


def test_56_sms_to_the_first_number() -> None:
    """Case 56, decided otherwise by section 10: of a list of numbers the first is used."""
    numbers = event(tokenowner=TokenOwner("kim", mobile=("+491", "+492")))

    message = only(compose(compiled("sendsms", body="hi {recipient_givenname}"), numbers))

    assert (message.channel, message.provider, message.to, message.body) == ("sms", "gateway", ("+491",), "hi ")
    assert (message.subject, message.sender, message.reply_to) == ("", "", "")


def test_sms_ignores_the_mail_attribute() -> None:
    """The number's attribute is fixed."""
    assert only(compose(compiled("sendsms", To_tokenowner="email"))).to == (CORNELIUS.mobile,)


def test_sms_to_whom_has_no_number() -> None:
    """Types that name mail addresses only can't be texted; who has a number can."""
    no_number = compose(compiled("sendsms", To="email", To_email="a@x.de"))
    admin = compose(compiled("sendsms", To="internal admin", To_internal_admin="admin"))

    assert skip(no_number) == ("no_address", "attribute 'mobile' of the addresses given is empty")
    assert skip(admin) == ("no_address", "attribute 'mobile' of the internal admin is empty")
    assert only(compose(compiled("sendsms", To="admin realm", To_admin_realm="helpdesk"))).to == ("+49111",)


def test_sms_number_that_is_none() -> None:
    """A number without a digit is skipped, without being shown."""
    assert skip(compose(compiled("sendsms"), event(tokenowner=TokenOwner("kim", mobile="secret")))) == (
        "no_address",
        "1 of the numbers can't be one",
    )
